// The crash test with many kills:
//
//   node --conditions=wadi-source packages/mkvs/test/crash-soak.ts [KILLS] [SEED]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashTest } from "./crash-run.ts";

const kills = Number(process.argv[2] ?? process.env["WADI_CRASH_KILLS"] ?? 500);
const seed = Number(process.argv[3] ?? process.env["WADI_CRASH_SEED"] ?? Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "wadi-crash-"));
const start = performance.now();
let lastKill = 0;
try {
  const summary = await crashTest(folder, kills, seed, (kill) => {
    lastKill = kill;
    if (kill % 50 === 0) process.stderr.write(`${kill} kills\n`);
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  process.stdout.write(
    `crash soak: ${kills} kills, seed ${seed}: ok; ${summary.versions} versions in ${seconds} s; ` +
      `file ${summary.sizeBytesHalfway} bytes halfway, ${summary.sizeBytes} at the end\n`,
  );
  rmSync(folder, { recursive: true, force: true });
} catch (e) {
  process.stdout.write(`crash soak: FAILED after kill ${lastKill + 1}, seed ${seed}, data in ${folder}\n`);
  throw e;
}

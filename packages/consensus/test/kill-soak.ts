// The kill test with many kills:
//
//   node --conditions=wadi-source packages/consensus/test/kill-soak.ts [KILLS] [SEED]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killTest } from "./kill-run.ts";

const kills = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "wadi-kill-"));
const start = performance.now();
let done = 0;
try {
  const summary = await killTest(folder, kills, seed, (kill) => {
    done = kill;
    if (kill % 20 === 0) process.stderr.write(`${kill} kills\n`);
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  const { blocks, early, replayed, signatures } = summary;
  process.stdout.write(
    `validator kills: ${kills} kills (${early} while starting), seed ${seed}: ok; ${blocks} blocks, ` +
      `${signatures} signatures, ${replayed} starts with a replay in ${seconds} s\n`,
  );
  rmSync(folder, { recursive: true, force: true });
} catch (e) {
  process.stdout.write(`validator kills: FAILED at kill ${done + 1}, seed ${seed}, data in ${folder}\n`);
  throw e;
}

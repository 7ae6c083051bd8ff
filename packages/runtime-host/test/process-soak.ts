// The long run of components under faults: kills and restarts, then random faults. Nothing may be
// left: no process, descriptor, socket or temporary file.
//
//   node --conditions=wadi-source packages/runtime-host/test/process-soak.ts [CYCLES] [SECONDS] [SEED]
import { killCycles, killedStarts, randomFaults } from "../src/testing/fault-run.ts";
import { leftovers, ownTemporaryDirectory } from "../src/testing/leaks.ts";
import { sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";

const cycles = Number(process.argv[2] ?? 500);
const seconds = Number(process.argv[3] ?? 600);
const seed = Number(process.argv[4] ?? Math.floor(Math.random() * 2 ** 32));

const missing = sandboxIsMissing();
if (missing !== false) {
  process.stdout.write(`skipped: ${missing}\n`);
  process.exit(0);
}

await using folder = await temporaryFolder();
await using _tmp = await ownTemporaryDirectory();
// Once before counting: the first use of some parts opens descriptors for good.
await killCycles(folder.path, 1);
const before = JSON.stringify(leftovers());
await killCycles(folder.path, cycles);
report(`${cycles} kill and restart cycles`);
await killedStarts(folder.path, cycles, seed);
report(`${cycles} kills of what starts`);
const { faults, restarts } = await randomFaults(folder.path, seconds * 1000, seed);
report(`${faults} faults and ${restarts} starts in ${seconds} s, seed ${seed}`);

function report(what: string): void {
  const after = JSON.stringify(leftovers());
  const isClean = after === before;
  const memory = `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`;
  process.stdout.write(`${what}: ${isClean ? "nothing left" : `LEFT ${after}, before ${before}`} (${memory})\n`);
  if (!isClean) process.exitCode = 1;
}

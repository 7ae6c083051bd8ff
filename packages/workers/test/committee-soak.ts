// Runs simulated committees, one for each seed; a seed that breaks a rule prints itself and its end.
//
//   node --conditions=wadi-source packages/workers/test/committee-soak.ts SEEDS [FROM]
//
// With one seed all of its events are printed.
import { committeeText, countsText, simulateCommittee } from "../src/testing/sim/simulate.ts";

const [seeds, from] = [process.argv[2] ?? "2000", process.argv[3] ?? "1"].map(Number);
if (seeds === undefined || from === undefined || !Number.isSafeInteger(seeds + from) || seeds < 1 || from < 0) {
  process.stderr.write("committee-soak: takes how many seeds, and the first one\n");
  process.exit(1);
}
const onLine = (line: string): void => void process.stdout.write(`${line}\n`);
const totals: Record<string, number> = {};
let failed = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const summary = simulateCommittee(seed, seeds === 1 ? { onLine } : {});
  for (const [name, count] of Object.entries({ ...summary.counts, kills: summary.kills })) {
    totals[name] = (totals[name] ?? 0) + count;
  }
  if (summary.violation === undefined) continue;
  failed++;
  onLine(committeeText(summary));
}
const { user, system } = process.cpuUsage();
const seconds = ((user + system) / 1e6).toFixed(0);
onLine(
  `committees of seeds ${from} to ${from + seeds - 1}: ${failed} broke a rule; ${countsText(totals)}; ${seconds} s of CPU`,
);
process.exitCode = failed === 0 ? 0 : 1;

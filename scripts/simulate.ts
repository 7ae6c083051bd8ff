// Runs the consensus engine in virtual networks with faults, one for each seed.
//
//   npm run simulate -- [--from SEED] [--seeds N] [--trace]
//
// A seed that breaks a rule prints itself, what was broken and the hash of its trace; run alone
// with --trace it prints every event. The last line has the totals of the range.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { simulate, summaryText } from "../packages/comet-core/src/testing/sim/simulate.ts";
import { root } from "./source-files.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "100" },
    trace: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const count = Number(values.seeds);
if (!Number.isSafeInteger(from) || from < 0 || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write("simulate: --from and --seeds take whole numbers\n");
  process.exit(1);
}

/** The commit that is being run, for the record. */
function commitName(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" }).trim();
  } catch {
    return "unknown commit";
  }
}

const commit = commitName();
const totals = { failed: 0, blocks: 0, crashes: 0, proofs: 0, slowestMs: 0 };
const startCpu = process.cpuUsage();
for (let seed = from; seed < from + count; seed++) {
  const before = process.cpuUsage();
  const onLine = (line: string): void => void process.stdout.write(`${line}\n`);
  const summary = simulate(seed, values.trace ? { onLine } : {});
  const used = process.cpuUsage(before);
  totals.slowestMs = Math.max(totals.slowestMs, (used.user + used.system) / 1000);
  totals.blocks += summary.blocks;
  totals.crashes += summary.crashes;
  totals.proofs += summary.proofs;
  if (summary.violation !== undefined) totals.failed++;
  if (summary.violation !== undefined || count === 1) process.stdout.write(`${summaryText(summary)}\n`);
}
const used = process.cpuUsage(startCpu);
const meanMs = (used.user + used.system) / 1000 / count;
process.stdout.write(
  `seeds ${from} to ${from + count - 1} at ${commit}: ${count - totals.failed} ok, ${totals.failed} failed; ` +
    `${totals.blocks} blocks, ${totals.crashes} stops, ${totals.proofs} proofs; ` +
    `${meanMs.toFixed(0)} ms of processor time a seed, ${totals.slowestMs.toFixed(0)} ms the slowest\n`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;

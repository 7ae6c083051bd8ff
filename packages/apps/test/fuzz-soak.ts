// The long run of the fuzzer over all applications: other random blocks from each of several
// states of a recorded chain.
//
//   node --conditions=wadi-source packages/apps/test/fuzz-soak.ts [SECONDS] [FIRST]
//
// FIRST is the number of the first run; a failing run names its own.
import { chainBytes } from "@wadi/testing";
import { must } from "@wadi/util";

import { fuzzSeed } from "../src/testing/fuzz-network.ts";
import { fuzzBlocks, type FuzzCounts } from "../src/testing/fuzz-run.ts";

const seconds = Number(process.argv[2] ?? 600);
const first = Number(process.argv[3] ?? 1);
const STARTS = [30, 75, 140, 215];
const BLOCKS = 60;
const TRANSACTIONS = 40;

const json = must(chainBytes("workload/genesis.json"), "no recorded chain at hand");
const chain = must(chainBytes("workload/chain.jsonl"));
const seeds = STARTS.map((blocks) => fuzzSeed(json, chain, blocks));

const totals: FuzzCounts = new Map();
const until = Date.now() + seconds * 1000;
let run = first;
for (; run === first || Date.now() < until; run++) {
  try {
    const seed = must(seeds[run % seeds.length]);
    for (const [method, counted] of fuzzBlocks(seed, { random: run, blocks: BLOCKS, transactions: TRANSACTIONS })) {
      const total = totals.get(method) ?? { accepted: 0, refused: 0 };
      totals.set(method, {
        accepted: total.accepted + counted.accepted,
        refused: total.refused + counted.refused,
      });
    }
  } catch (e) {
    process.stderr.write(`run ${run} failed: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`);
    process.exitCode = 1;
    break;
  }
}
for (const [method, { accepted, refused }] of [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  process.stdout.write(`${method}: ${accepted} accepted, ${refused} refused\n`);
}
process.stdout.write(`${run - first} runs of ${BLOCKS} blocks from states of ${STARTS.length} heights\n`);

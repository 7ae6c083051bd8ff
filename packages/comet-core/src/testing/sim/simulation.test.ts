import { must } from "@wadi/util";
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate, summaryText } from "./simulate.ts";
import type { SimulationOptions } from "./simulation.ts";

/** All that a run shows. */
function record(seed: number, options: SimulationOptions = {}): unknown {
  const lines: string[] = [];
  const summary = simulate(seed, { ...options, onLine: (line) => void lines.push(line) });
  return { lines, ...summary, violation: summary.violation?.message };
}

test("a seed gives the same run again, line by line", () => {
  for (const seed of [4, 8, 12]) assert.deepEqual(record(seed), record(seed), `seed ${seed}`);
});

test("another seed gives another run", () => {
  assert.notEqual(simulate(3).traceHash, simulate(10).traceHash);
});

test("a run that fails does so again, at the same event, and says how to see it", () => {
  const options = { sabotage: "diverges" } as const;
  assert.deepEqual(record(2, options), record(2, options));
  const failed = simulate(2, options);
  const violation = must(failed.violation);
  const text = summaryText(failed);
  for (const part of ["seed 2", failed.traceHash, violation.message, "--from 2 --seeds 1 --trace"]) {
    assert.ok(text.includes(part), part);
  }
});

test("a chain that byzantine vote times have stopped for good is no failure of the engine", () => {
  // Three of four validators commit a block, one of them byzantine and with a time that is not after
  // the block's: the median of three equal votes is the earliest, as in the reference.
  const { tail, violation } = simulate(12_155);
  assert.equal(violation, undefined);
  assert.match(must(tail.at(-1)), /stands still/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate, summaryText } from "../src/testing/sim/simulate.ts";

const SEEDS = 100;

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`seed ${seed}: agreement, no double signature, progress after healing, proofs in blocks`, () => {
    const summary = simulate(seed);
    assert.equal(summary.violation, undefined, summaryText(summary));
  });
}

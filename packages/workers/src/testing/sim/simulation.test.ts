import assert from "node:assert/strict";
import { test } from "node:test";

import { scenarioOf, vices } from "./scenario.ts";
import { committeeText, simulateCommittee } from "./simulate.ts";
import type { SimulationOptions } from "./simulation.ts";
import type { Sabotage } from "./world.ts";

const SEEDS = 200;

/** All that a run shows. */
function record(seed: number, options: SimulationOptions = {}): unknown {
  const lines: string[] = [];
  const summary = simulateCommittee(seed, { ...options, onLine: (line) => void lines.push(line) });
  return { lines, ...summary, violation: summary.violation?.message };
}

test("committees with losses, delays, kills, faulty members and new epochs keep the rules and go on", () => {
  const seen = { normal: 0, failed: 0, suspended: 0, epochs: 0, discrepancies: 0, laterRanks: 0, kills: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const summary = simulateCommittee(seed);
    assert.equal(summary.violation, undefined, committeeText(summary));
    const counts = { ...summary.counts, kills: summary.kills };
    for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += counts[name];
  }
  for (const [name, count] of Object.entries(seen)) assert.ok(count > 10, `${name}: ${count}`);
});

test("a seed gives the same run again, line by line", () => {
  for (const seed of [3, 7, 24]) assert.deepEqual(record(seed), record(seed), `seed ${seed}`);
  assert.notEqual(simulateCommittee(3).traceHash, simulateCommittee(7).traceHash);
});

for (const [sabotage, message] of [
  ["forgets", /made two commitments in round/],
  ["diverges", /results that no execution gives|is blamed/],
  ["never-next-rank", /not final in time/],
] as const satisfies readonly (readonly [Sabotage, RegExp])[]) {
  test(`a rule that is broken is noticed: ${sabotage}`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const summary = simulateCommittee(seed, { sabotage });
      if (!message.test(summary.violation?.message ?? "")) continue;
      assert.match(committeeText(summary), new RegExp(`seed ${seed}: FAILED`));
      return;
    }
    assert.fail("no seed shows it");
  });
}

test("every vice is met", () => {
  const met = new Set(Array.from({ length: SEEDS }, (_, i) => scenarioOf(i + 1).vices).flat());
  for (const vice of vices) assert.ok(met.has(vice), vice);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { planPruning } from "./pruning.ts";

const keep = (versions: bigint) => ({ kind: "keep", versions }) as const;

test("nothing is pruned without a strategy, and blocks are kept from the first one", () => {
  assert.deepEqual(planPruning({ kind: "none" }, { earliest: 1n, latest: 1000n }), { versions: [], retained: 0n });
});

test("n versions stay beside the latest", () => {
  assert.deepEqual(planPruning(keep(3n), { earliest: 1n, latest: 6n }), { versions: [1n, 2n], retained: 3n });
  assert.deepEqual(planPruning(keep(3n), { earliest: 3n, latest: 6n }), { versions: [], retained: 3n });
});

test("too few versions, or none", () => {
  assert.deepEqual(planPruning(keep(10n), { earliest: 1n, latest: 6n }), { versions: [], retained: 0n });
  assert.deepEqual(planPruning(keep(3n), { earliest: 0n, latest: 6n }), { versions: [], retained: 0n });
  assert.throws(() => planPruning(keep(0n), { earliest: 1n, latest: 6n }), RangeError);
});

test("a version that may not go stops it", () => {
  const plan = planPruning(keep(1n), { earliest: 5n, latest: 20n }, (version) => version < 8n);
  assert.deepEqual(plan, { versions: [5n, 6n, 7n], retained: 8n });
});

test("a plan is bounded", () => {
  const { versions, retained } = planPruning(keep(1n), { earliest: 1n, latest: 10_000_000n });
  assert.deepEqual([versions.length, versions.at(-1), retained], [256, 256n, 257n]);
});

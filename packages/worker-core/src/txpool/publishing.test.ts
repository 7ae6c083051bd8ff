import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_PUBLISHED, publishingPass } from "./publishing.ts";

const times = { nowMs: 1_000_000, intervalMs: 125_000 };
const pass = (...ages: readonly (number | undefined)[]) =>
  publishingPass(ages, (age) => (age === undefined ? undefined : times.nowMs - age), times);

test("what was never published, not for an interval, or is forgotten, is due", () => {
  assert.deepEqual(pass(Infinity, 125_000, 124_999, undefined, 0), {
    due: [Infinity, 125_000, undefined],
    nextMs: 1001,
  });
});

test("the next pass is a second after the next transaction is due, at the latest after an interval", () => {
  assert.equal(pass(100_000, 25_000).nextMs, 26_000);
  assert.equal(pass(0).nextMs, 125_000);
  assert.equal(pass().nextMs, 125_000);
});

test("one pass publishes so many, and the rest soon", () => {
  const { due, nextMs } = pass(...Array.from({ length: 300 }, () => Infinity));
  assert.deepEqual([due.length, nextMs], [MAX_PUBLISHED, 1000]);
});

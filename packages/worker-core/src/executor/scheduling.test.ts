import assert from "node:assert/strict";
import { test } from "node:test";

import { wantsBatch, type SchedulingFacts } from "./scheduling.ts";

const nothing: SchedulingFacts = {
  force: false,
  canSchedule: true,
  isBeforeEpoch: false,
  hasTransactions: false,
  hasMessageResults: false,
  hasIncomingMessages: false,
  isFirst: false,
};
const reasons = ["force", "hasTransactions", "hasMessageResults", "hasIncomingMessages", "isFirst"] as const;

test("each of the reasons is enough, and without one there is no batch", () => {
  assert.equal(wantsBatch(nothing), false);
  for (const reason of reasons) assert.equal(wantsBatch({ ...nothing, [reason]: true }), true, reason);
});

test("no reason is enough right before an epoch, or without a runtime that schedules", () => {
  for (const reason of reasons) {
    const facts = { ...nothing, [reason]: true };
    assert.equal(wantsBatch({ ...facts, isBeforeEpoch: true }), false, reason);
    assert.equal(wantsBatch({ ...facts, canSchedule: false }), false, reason);
  }
});

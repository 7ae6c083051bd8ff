import assert from "node:assert/strict";
import { test } from "node:test";
import { roothash, type PublicKey } from "@wadi/types";

import { roundInputs } from "./round-events.ts";

const ROUND = 7n;
const key = (n: number): PublicKey => n.toString(16).padStart(64, "0") as PublicKey;
const [scheduler, worker, stranger] = [key(1), key(2), key(3)];
const rankOf = (id: PublicKey): bigint | undefined => (id === stranger ? undefined : id === scheduler ? 0n : 1n);
const inputs = (event: Partial<roothash.Event>) => roundInputs({ ...roothash.Event.zero(), ...event }, ROUND, rankOf);

function committed(nodeId: PublicKey, schedulerId: PublicKey, round = ROUND): Partial<roothash.Event> {
  const zero = roothash.ExecutorCommitment.zero();
  const header = { ...zero.header, schedulerId, header: { ...zero.header.header, round } };
  return { executorCommitted: { commit: { ...zero, nodeId, header } } };
}

test("a discrepancy of the round is authoritative, those of others are nothing", () => {
  const detected = { round: ROUND, rank: 1n, timeout: false };
  const expected = [{ kind: "discrepancy", rank: 1n, isAuthoritative: true }];
  assert.deepEqual(inputs({ executionDiscrepancy: detected }), expected);
  assert.deepEqual(inputs({ executionDiscrepancy: { ...detected, round: ROUND + 1n } }), []);
});

test("only a scheduler's commitment to its own batch says that it has committed", () => {
  assert.deepEqual(inputs(committed(scheduler, scheduler)), [{ kind: "scheduler-committed", rank: 0n }]);
  assert.deepEqual(inputs(committed(worker, scheduler)), [], "a worker's commitment to it");
  assert.deepEqual(inputs(committed(scheduler, scheduler, ROUND - 1n)), [], "of another round");
  assert.deepEqual(inputs(committed(stranger, stranger)), [], "of somebody who schedules nothing");
});

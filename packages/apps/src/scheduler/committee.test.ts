import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { publicKeyFromHex, type PublicKey } from "@wadi/crypto";
import { scheduler } from "@wadi/types";
import fc from "fast-check";

import { committeeWorkers, isBackupWorker, isMember, isWorker, schedulerIndex, schedulerRank } from "./committee.ts";

const { worker, backupWorker } = scheduler.committeeRoles;

function key(number: number): PublicKey {
  return publicKeyFromHex((number + 1).toString(16).padStart(2, "0").repeat(32));
}

function committeeOf(workers: number, backups: readonly number[]): scheduler.Committee {
  const members = [
    ...Array.from({ length: workers }, (_, i) => ({ role: worker, publicKey: key(i) })),
    ...backups.map((i) => ({ role: backupWorker, publicKey: key(i) })),
  ];
  return create(scheduler.Committee, { members });
}

test("in each round every worker has one rank", () => {
  const rounds = fc.oneof(fc.bigInt({ min: 0n, max: 100n }), fc.bigInt({ min: 2n ** 63n, max: 2n ** 64n - 20n }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), rounds, (workers, round) => {
      const committee = committeeOf(workers, [20]);
      for (let i = 0; i < workers; i++) {
        const rank = schedulerRank(committee, round, key(i));
        assert(rank !== undefined && rank < BigInt(workers));
        assert.equal(schedulerIndex(committee, round, rank), i);
        // Who was first goes to the end.
        const next = schedulerRank(committee, round + 1n, key(i));
        assert.equal(next, (rank + 1n) % BigInt(workers));
      }
    }),
  );
});

test("only workers schedule", () => {
  const committee = committeeOf(2, [1, 2]);
  assert.equal(schedulerRank(committee, 0n, key(2)), undefined);
  assert.equal(schedulerIndex(committee, 0n, 2n), undefined);
  assert.equal(schedulerIndex(create(scheduler.Committee, { members: null }), 0n, 0n), undefined);
  assert.equal(committeeWorkers(committee).length, 2);
});

test("a node may have both roles", () => {
  const committee = committeeOf(2, [1, 2]);
  const roles = [0, 1, 2, 3].map((i) => [isMember, isWorker, isBackupWorker].map((is) => is(committee, key(i))));
  assert.deepEqual(roles, [
    [true, true, false],
    [true, true, true],
    [true, false, true],
    [false, false, false],
  ]);
});

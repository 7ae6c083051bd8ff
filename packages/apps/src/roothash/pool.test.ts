import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor } from "@wadi/codec";
import { hashOf, publicKeyFromHex, ZERO_HASH } from "@wadi/crypto";
import { roothash, scheduler, type PublicKey } from "@wadi/types";
import { isError, toHex, WadiError } from "@wadi/util";
import fc from "fast-check";

import { committeeMembers, isBackupWorker, isMember, schedulerRank } from "../scheduler/committee.ts";
import { addCommitment, newPool, NO_RANK, processCommitments } from "./pool.ts";

const { worker, backupWorker } = scheduler.committeeRoles;
/** With two workers the first one's turn. */
const ROUND = 8n;

function key(number: number): PublicKey {
  return publicKeyFromHex(number.toString(16).padStart(2, "0").repeat(32));
}

function committeeOf(workers: readonly number[], backups: readonly number[]): scheduler.Committee {
  const seats = (role: number, nodes: readonly number[]): scheduler.CommitteeNode[] =>
    nodes.map((node) => ({ role, publicKey: key(node) }));
  return create(scheduler.Committee, { members: [...seats(worker, workers), ...seats(backupWorker, backups)] });
}

interface Vote {
  readonly node: number;
  readonly scheduler: number;
  /** 0 is a failure. */
  readonly result: number;
}

function commitment({ node, scheduler: proposer, result }: Vote): roothash.ExecutorCommitment {
  const root = result === 0 ? null : hashOf(Uint8Array.of(result));
  const header = create(roothash.ComputeResultsHeader, { round: ROUND, previousHash: ZERO_HASH, ioRoot: root });
  const { none, unknown } = roothash.executorCommitmentFailures;
  return create(roothash.ExecutorCommitment, {
    nodeId: key(node),
    header: create(roothash.ExecutorCommitmentHeader, {
      schedulerId: key(proposer),
      header,
      failure: result === 0 ? unknown : none,
    }),
  });
}

function stored(pool: roothash.Pool): string {
  return toHex(encodeCbor(roothash.Pool, pool));
}

/** The pool after these votes; what is refused is left out. */
function poolOf(votes: readonly Vote[], committee: scheduler.Committee, start = newPool()): roothash.Pool {
  return votes.reduce((pool, vote) => {
    try {
      return addCommitment(pool, committee, commitment(vote));
    } catch (e) {
      assert(e instanceof WadiError, String(e));
      assert.equal(e.module, "roothash/commitment");
      return pool;
    }
  }, start);
}

const nodes = fc.integer({ min: 1, max: 8 });
/** Nodes 1 to 8 in any roles, 6 to 8 in none more often; a node may have two roles. */
const committees = fc
  .record({
    workers: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
    backups: fc.uniqueArray(fc.integer({ min: 3, max: 7 }), { maxLength: 4 }),
  })
  .map(({ workers, backups }) => committeeOf(workers, backups));
/** What the pool is handed passed verification, so schedulers do not indicate failures. */
const votes = fc
  .record({ node: nodes, scheduler: nodes, result: fc.integer({ min: 0, max: 2 }) })
  .map((vote): Vote => (vote.node === vote.scheduler && vote.result === 0 ? { ...vote, result: 1 } : vote));
const stragglers = fc.integer({ min: 0, max: 3 });
const operations = fc.array(fc.oneof({ weight: 5, arbitrary: votes }, { weight: 1, arbitrary: fc.boolean() }), {
  maxLength: 30,
});

function requireSound(pool: roothash.Pool, committee: scheduler.Committee): void {
  const { highestRank, schedulerCommitments, discrepancy } = pool;
  for (const [rank, { votes: cast, commitment: proposal }] of schedulerCommitments) {
    assert(rank < BigInt(committeeMembers(committee).length));
    assert(rank <= highestRank);
    for (const voter of cast.keys()) assert(isMember(committee, voter));
    if (proposal === null) continue;
    assert.equal(schedulerRank(committee, ROUND, proposal.nodeId), rank);
    assert.equal(highestRank, rank);
  }
  if (highestRank !== NO_RANK) assert(schedulerCommitments.get(highestRank)?.commitment);
  if (discrepancy) assert.deepEqual([...schedulerCommitments.keys()], [highestRank]);
  assert.equal(stored(decodeCbor(roothash.Pool, encodeCbor(roothash.Pool, pool))), stored(pool));
}

test("pools stay sound whatever comes, and refuse with errors of their own", () => {
  fc.assert(
    fc.property(committees, stragglers, operations, (committee, allowed, steps) => {
      let pool = newPool();
      for (const step of steps) {
        const before = stored(pool);
        const previous = pool;
        if (typeof step === "boolean") {
          const processed = processCommitments(pool, committee, allowed, step);
          const { kind } = processed.verdict;
          if (pool.discrepancy) assert.notEqual(kind, "discrepancy");
          if (step) assert.notEqual(kind, "waiting");
          pool = processed.pool;
          assert.equal(pool.discrepancy, previous.discrepancy || kind === "discrepancy");
        } else {
          pool = poolOf([step], committee, pool);
        }
        assert.equal(stored(previous), before, "a rule changed the pool it was given");
        requireSound(pool, committee);
      }
    }),
    { numRuns: 500 },
  );
});

test("until a discrepancy it does not matter in which order commitments come", () => {
  const distinct = fc.uniqueArray(votes, { selector: (v) => `${v.node} ${v.scheduler}`, maxLength: 20 });
  const orders = distinct.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
  );
  fc.assert(
    fc.property(committees, orders, (committee, [one, other]) => {
      assert.equal(stored(poolOf(one, committee)), stored(poolOf(other, committee)));
    }),
    { numRuns: 500 },
  );
});

test("a verdict depends on the stored pool only", () => {
  fc.assert(
    fc.property(
      committees,
      stragglers,
      fc.array(votes, { maxLength: 20 }),
      fc.boolean(),
      (committee, allowed, cast, isTimeout) => {
        const pool = poolOf(cast, committee);
        const reread = decodeCbor(roothash.Pool, encodeCbor(roothash.Pool, pool));
        const [a, b] = [pool, reread].map((from) => processCommitments(from, committee, allowed, isTimeout));
        assert.equal(stored(a!.pool), stored(b!.pool));
        assert.deepEqual(a!.verdict.kind, b!.verdict.kind);
      },
    ),
  );
});

test("votes that agree with all workers finalize, one other vote is a discrepancy", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.boolean(), (size, isTimeout) => {
      const workers = Array.from({ length: size }, (_, i) => i + 1);
      const committee = committeeOf(workers, []);
      const first = workers.find((node) => schedulerRank(committee, ROUND, key(node)) === 0n)!;
      const cast = workers.map((node) => ({ node, scheduler: first, result: 1 }));
      assert.equal(processCommitments(poolOf(cast, committee), committee, 0, isTimeout).verdict.kind, "accepted");
      if (size === 1) return;
      const other = cast.map((vote) => (vote.node === first ? vote : { ...vote, result: 2 }));
      assert.equal(processCommitments(poolOf(other, committee), committee, 0, isTimeout).verdict.kind, "discrepancy");
    }),
  );
});

test("disagreement under a backup scheduler waits for the timeout", () => {
  const committee = committeeOf([1, 2, 3], [4]);
  const second = [1, 2, 3].find((node) => schedulerRank(committee, ROUND, key(node)) === 1n)!;
  const [other] = [1, 2, 3].filter((node) => node !== second);
  const pool = poolOf(
    [
      { node: second, scheduler: second, result: 1 },
      { node: other!, scheduler: second, result: 2 },
    ],
    committee,
  );
  assert.equal(processCommitments(pool, committee, 0, false).verdict.kind, "waiting");
  assert.equal(processCommitments(pool, committee, 0, true).verdict.kind, "discrepancy");
});

test("early votes of backup workers count as soon as resolution begins", () => {
  const committee = committeeOf([1, 2], [3, 4, 5]);
  const first = [1, 2].find((node) => schedulerRank(committee, ROUND, key(node)) === 0n)!;
  const pool = poolOf(
    [
      { node: 3, scheduler: first, result: 1 },
      { node: 4, scheduler: first, result: 1 },
      { node: first, scheduler: first, result: 1 },
      { node: 3 - first, scheduler: first, result: 0 },
    ],
    committee,
  );
  const detected = processCommitments(pool, committee, 0, false);
  assert.equal(detected.verdict.kind, "discrepancy");
  assert.equal(processCommitments(detected.pool, committee, 0, false).verdict.kind, "accepted");
});

test("a node that is worker and backup worker votes in resolution what it did not say before", () => {
  const committee = committeeOf([1, 2], [2]);
  assert(isBackupWorker(committee, key(2)));
  const pool = poolOf([{ node: 1, scheduler: 1, result: 1 }], committee);
  const { pool: resolving } = processCommitments(pool, committee, 0, true);
  assert(resolving.discrepancy);
  const after = addCommitment(resolving, committee, commitment({ node: 2, scheduler: 1, result: 1 }));
  assert.equal(processCommitments(after, committee, 0, false).verdict.kind, "accepted");
});

test("only the timeout fails a round in which nobody proposed", () => {
  const committee = committeeOf([1], []);
  assert.equal(processCommitments(newPool(), committee, 0, false).verdict.kind, "waiting");
  const { verdict } = processCommitments(newPool(), committee, 0, true);
  assert(verdict.kind === "failed" && verdict.error === roothash.ErrCommitmentNoSchedulerCommitment);
});

test("each refusal has its own code", () => {
  const committee = committeeOf([1, 2], [3]);
  const [first, second] = schedulerRank(committee, ROUND, key(1)) === 0n ? [1, 2] : [2, 1];
  const refusal = (pool: roothash.Pool, vote: Vote): unknown => {
    try {
      addCommitment(pool, committee, commitment(vote));
    } catch (e) {
      return e;
    }
    return undefined;
  };
  const proposed = poolOf([{ node: first, scheduler: first, result: 1 }], committee);
  const resolving = processCommitments(proposed, committee, 0, true).pool;
  const { ErrCommitmentNotInCommittee, ErrCommitmentBadExecutorCommitment, ErrCommitmentAlreadyCommitted } = roothash;
  assert(isError(refusal(proposed, { node: 8, scheduler: first, result: 1 }), ErrCommitmentNotInCommittee));
  assert(isError(refusal(proposed, { node: 3, scheduler: 3, result: 1 }), ErrCommitmentBadExecutorCommitment));
  assert(
    isError(refusal(proposed, { node: second, scheduler: second, result: 1 }), ErrCommitmentBadExecutorCommitment),
  );
  assert(isError(refusal(proposed, { node: first, scheduler: first, result: 2 }), ErrCommitmentAlreadyCommitted));
  assert(
    isError(refusal(resolving, { node: second, scheduler: first, result: 1 }), ErrCommitmentBadExecutorCommitment),
  );
  assert.equal(refusal(resolving, { node: 3, scheduler: first, result: 1 }), undefined);
});

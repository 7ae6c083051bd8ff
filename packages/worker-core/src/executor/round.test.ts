import assert from "node:assert/strict";
import { test } from "node:test";
import { roothash, type Hash } from "@wadi/types";

import { ProposalQueue } from "./proposal-queue.ts";
import { ExecutorRound, NO_RANK, type RoundEffect, type RoundSetting } from "./round.ts";

const PREVIOUS = "aa".repeat(32) as Hash;
const hash = (n: number): Hash => n.toString(16).padStart(64, "0") as Hash;

const setting: RoundSetting = {
  round: 7n,
  previousHash: PREVIOUS,
  isWorker: true,
  isBackup: false,
  ownRank: 1n,
  maxBatchSize: 3n,
  maxBatchBytes: 100n,
};

function proposal(batch: readonly Hash[], previousHash = PREVIOUS): roothash.Proposal {
  const zero = roothash.Proposal.zero();
  return { ...zero, header: { ...zero.header, round: 7n, previousHash }, batch };
}

/** A round with a pool that has the transactions of the set. */
function start(change: Partial<RoundSetting> = {}) {
  const proposals = new ProposalQueue();
  const pool = new Map<Hash, Uint8Array>();
  let batch = true;
  const round = new ExecutorRound(
    { ...setting, ...change },
    {
      proposals,
      promote: (hashes) => ({
        txs: hashes.map((h) => pool.get(h)),
        missing: hashes.filter((h) => !pool.has(h)),
      }),
      wantsToSchedule: (force) => force || batch,
    },
  );
  const kinds = (effects: readonly RoundEffect[]): readonly string[] =>
    effects.map(({ kind, rank }) => `${kind} ${rank}`);
  return {
    round,
    proposals,
    pool,
    setBatch: (has: boolean) => void (batch = has),
    handle: (...args: Parameters<ExecutorRound["handle"]>) => kinds(round.handle(...args)),
  };
}

const changed = { kind: "changed" } as const;

test("the first scheduler proposes at once, others when its time is over", () => {
  assert.deepEqual(start({ ownRank: 0n }).handle(changed), ["schedule 0"]);
  const second = start();
  assert.deepEqual(second.handle(changed), []);
  assert.deepEqual(second.handle({ kind: "rank-elapsed" }), ["schedule 1"]);
  assert.deepEqual(second.handle({ kind: "rank-elapsed" }), [], "once is enough");
});

test("an empty batch waits for the flush, a failed one is tried again, a submitted one is not", () => {
  const first = start({ ownRank: 0n });
  first.setBatch(false);
  assert.deepEqual(first.handle(changed), []);
  assert.deepEqual(first.handle({ kind: "flush-elapsed" }), ["schedule 0"]);
  assert.deepEqual(first.handle({ kind: "done", rank: 0n, outcome: "failed" }), ["schedule 0"]);
  assert.deepEqual(first.handle({ kind: "done", rank: 0n, outcome: "committed" }), []);
  assert.deepEqual(first.handle({ kind: "rank-elapsed" }), []);
});

test("a proposal of a better rank is executed; transactions that lack are fetched", () => {
  const node = start();
  node.proposals.add(proposal([hash(1), hash(2)]), 0n);
  node.pool.set(hash(1), Uint8Array.of(1));
  assert.deepEqual(node.handle(changed), ["fetch 0"]);
  assert.equal(node.round.stage, "waiting-for-txs");
  node.pool.set(hash(2), Uint8Array.of(2));
  assert.deepEqual(node.handle(changed), ["execute 0"]);
  assert.deepEqual(node.handle({ kind: "done", rank: 0n, outcome: "committed" }), []);
  assert.deepEqual(node.handle({ kind: "rank-elapsed" }), ["schedule 1"], "the next rank may still be needed");
});

test("work on a worse rank is given up for a better one", () => {
  const node = start({ ownRank: 2n });
  node.handle({ kind: "rank-elapsed" });
  assert.deepEqual(node.handle({ kind: "rank-elapsed" }), ["schedule 2"]);
  node.proposals.add(proposal([]), 1n);
  assert.deepEqual(node.handle(changed), ["abandon 2", "execute 1"]);
  node.proposals.add(proposal([]), 0n);
  assert.deepEqual(node.handle({ kind: "scheduler-committed", rank: 0n }), ["abandon 1", "execute 0"]);
  assert.deepEqual(node.handle({ kind: "done", rank: 1n, outcome: "failed" }), [], "what was given up does not count");
  assert.equal(node.round.stage, "processing");
});

test("proposals that are too large fail, those on other blocks are left alone, wrong ones are not tried again", () => {
  const large = start();
  large.proposals.add(proposal([1, 2, 3, 4].map(hash)), 0n);
  assert.deepEqual(large.handle(changed), ["commit-failure 0"]);
  const heavy = start();
  heavy.proposals.add(proposal([hash(1)]), 0n);
  assert.deepEqual(heavy.handle(changed), ["fetch 0"]);
  heavy.pool.set(hash(1), new Uint8Array(101));
  assert.deepEqual(heavy.handle(changed), ["commit-failure 0"]);
  const other = start();
  other.proposals.add(proposal([], hash(9)), 0n);
  assert.deepEqual(other.handle(changed), []);
  const wrong = start();
  wrong.proposals.add(proposal([]), 0n);
  assert.deepEqual(wrong.handle(changed), ["execute 0"]);
  assert.deepEqual(wrong.handle({ kind: "done", rank: 0n, outcome: "rejected" }), []);
});

test("a backup worker waits for a discrepancy, and only it resolves one", () => {
  const backup = start({ isWorker: false, isBackup: true, ownRank: NO_RANK });
  backup.proposals.add(proposal([]), 0n);
  assert.deepEqual(backup.handle(changed), []);
  assert.equal(backup.round.stage, "waiting-for-discrepancy");
  assert.deepEqual(backup.handle({ kind: "discrepancy", rank: 0n, isAuthoritative: true }), ["execute 0"]);

  const worker = start();
  worker.proposals.add(proposal([]), 0n);
  assert.deepEqual(worker.handle({ kind: "discrepancy", rank: 0n, isAuthoritative: true }), []);
});

test("consensus has the last word on a discrepancy", () => {
  const backup = start({ isWorker: false, isBackup: true, ownRank: NO_RANK });
  backup.proposals.add(proposal([]), 0n);
  backup.proposals.add(proposal([]), 1n);
  assert.deepEqual(backup.handle({ kind: "discrepancy", rank: 0n, isAuthoritative: false }), ["execute 0"]);
  assert.deepEqual(backup.handle({ kind: "discrepancy", rank: 1n, isAuthoritative: true }), ["abandon 0", "execute 1"]);
  assert.deepEqual(backup.handle({ kind: "discrepancy", rank: 0n, isAuthoritative: false }), []);
});

test("a worse proposal than the one that was committed to is not executed when its transactions come", () => {
  const node = start({ ownRank: 2n });
  node.proposals.add(proposal([hash(1)]), 1n);
  assert.deepEqual(node.handle({ kind: "rank-elapsed" }), ["fetch 1"]);
  assert.deepEqual(node.handle({ kind: "scheduler-committed", rank: 0n }), []);
  node.pool.set(hash(1), Uint8Array.of(1));
  assert.deepEqual(node.handle(changed), []);
  node.proposals.add(proposal([]), 0n);
  assert.deepEqual(node.handle(changed), ["abandon 1", "execute 0"]);
});

test("a proposal that was found wrong is not executed again because of a discrepancy", () => {
  const node = start({ isBackup: true, ownRank: 1n });
  node.proposals.add(proposal([]), 0n);
  assert.deepEqual(node.handle(changed), ["execute 0"]);
  assert.deepEqual(node.handle({ kind: "done", rank: 0n, outcome: "rejected" }), []);
  assert.deepEqual(node.handle({ kind: "discrepancy", rank: 0n, isAuthoritative: true }), []);
});

test("a commitment that leaves the node while its work is given up is not made again", () => {
  const node = start();
  assert.deepEqual(node.handle({ kind: "rank-elapsed" }), ["schedule 1"]);
  node.proposals.add(proposal([]), 0n);
  assert.deepEqual(node.handle(changed), ["abandon 1", "execute 0"]);
  assert.deepEqual(node.handle({ kind: "done", rank: 1n, outcome: "committed" }), []);
  assert.equal(node.round.stage, "processing");
  assert.deepEqual(node.handle({ kind: "done", rank: 0n, outcome: "committed" }), []);
});

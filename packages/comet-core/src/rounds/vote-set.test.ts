import {
  BlockIdFlag,
  ErrVoteInvalidAddress,
  ErrVoteInvalidSignature,
  SignedMsgType,
  ZERO_BLOCK_ID,
  validateCommit,
  verifyCommit,
  type BlockId,
  type HexHash,
} from "@wadi/comet-types";
import { isError } from "@wadi/util";
import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ErrConflictingMajorityClaim,
  ErrVoteInvalidIndex,
  ErrVoteNonDeterministicSignature,
  ErrVoteUnexpectedStep,
} from "./errors.ts";
import { CHAIN_ID, ToyVerifier, toyGenesis, toyVote } from "./testing/toy-chain.ts";
import { VoteSet, type VoteOutcome } from "./vote-set.ts";

const blockId = (digit: string, total = 1, parts = digit): BlockId => ({
  hash: digit.repeat(64) as HexHash,
  partSetHeader: { total, hash: parts.repeat(64) as HexHash },
});
const A = blockId("a");
const B = blockId("b");

function setup(count: number, type: "prevote" | "precommit" = "prevote", powers?: readonly bigint[]) {
  const { state } = toyGenesis(powers ?? Array.from({ length: count }, () => 1n));
  const { validators } = state;
  const verifier = new ToyVerifier();
  const set = new VoteSet({ chainId: CHAIN_ID, height: 1, round: 0, type: SignedMsgType[type], validators, verifier });
  const vote = (index: number, id: BlockId, init: { height?: number; round?: number; timestamp?: bigint } = {}) =>
    toyVote(validators, index, { type, height: 1, round: 0, blockId: id, ...init });
  return { set, validators, verifier, vote, add: (index: number, id: BlockId) => set.add(vote(index, id)) };
}

function assertRefused(outcome: VoteOutcome, kind: Parameters<typeof isError>[1]): void {
  assert.equal(outcome.kind, "refused");
  assert.ok(outcome.kind === "refused" && isError(outcome.reason, kind), JSON.stringify(outcome));
}

describe("VoteSet", () => {
  it("counts a good vote", () => {
    const { set, add } = setup(10);
    assert.equal(set.has(0), false);
    assert.deepEqual(add(0, ZERO_BLOCK_ID), { kind: "added" });
    assert.equal(set.has(0), true);
    assert.deepEqual([...set.bits().ones()], [0]);
    assert.equal(set.majority, undefined);
  });

  it("refuses bad votes", () => {
    const { set, add, vote, verifier } = setup(10);
    assert.deepEqual(add(0, ZERO_BLOCK_ID), { kind: "added" });
    assertRefused(set.add(vote(1, ZERO_BLOCK_ID, { height: 2 })), ErrVoteUnexpectedStep);
    assertRefused(set.add(vote(1, ZERO_BLOCK_ID, { round: 1 })), ErrVoteUnexpectedStep);
    assertRefused(set.add({ ...vote(1, ZERO_BLOCK_ID), type: SignedMsgType.precommit }), ErrVoteUnexpectedStep);
    assertRefused(set.add({ ...vote(1, ZERO_BLOCK_ID), validatorIndex: 2 }), ErrVoteInvalidAddress);
    assertRefused(set.add({ ...vote(1, ZERO_BLOCK_ID), validatorIndex: 10 }), ErrVoteInvalidIndex);
    assertRefused(set.add({ ...vote(1, ZERO_BLOCK_ID), validatorIndex: -1 }), ErrVoteInvalidIndex);
    assert.equal(verifier.calls, 1, "only a vote that might count is verified");
    assertRefused(set.add({ ...vote(1, A), blockId: B }), ErrVoteInvalidSignature);
    assert.equal(set.has(1), false);
  });

  it("verifies each vote once", () => {
    const { set, vote, verifier } = setup(4);
    const known = vote(0, A);
    assert.equal(set.add(known).kind, "added");
    assert.equal(set.add(known).kind, "duplicate");
    assert.equal(set.add({ ...known, signature: known.signature.slice() }).kind, "duplicate");
    assertRefused(set.add({ ...known, signature: new Uint8Array(64) }), ErrVoteNonDeterministicSignature);
    assertRefused(set.add(vote(0, A, { timestamp: 5n })), ErrVoteNonDeterministicSignature);
    assert.equal(verifier.calls, 1);
  });

  it("has a majority from two thirds plus one on, for the very same block and parts", () => {
    const { set, add } = setup(100);
    const id = blockId("a", 123, "c");
    for (let i = 0; i < 66; i++) add(i, id);
    assert.equal(set.majority, undefined);
    add(66, ZERO_BLOCK_ID);
    add(67, blockId("a", 123, "d"));
    add(68, blockId("a", 124, "c"));
    add(69, blockId("b", 123, "c"));
    assert.equal(set.majority, undefined);
    assert.equal(set.hasTwoThirdsAny(), true);
    add(70, id);
    assert.deepEqual(set.majority, id);
  });

  it("weighs by power", () => {
    const { set, add } = setup(0, "prevote", [5n, 2n, 2n]);
    add(0, A);
    assert.equal(set.hasTwoThirdsAny(), false);
    add(1, A);
    assert.deepEqual(set.majority, A, "7 of 9 is more than two thirds");
    assert.equal(set.hasAll(), false);
    add(2, B);
    assert.equal(set.hasAll(), true);
    assert.deepEqual(set.majority, A);
  });

  it("a majority for nil is a majority", () => {
    const { set, add } = setup(10);
    for (let i = 0; i < 6; i++) add(i, ZERO_BLOCK_ID);
    add(6, A);
    assert.equal(set.majority, undefined);
    add(7, ZERO_BLOCK_ID);
    assert.deepEqual(set.majority, ZERO_BLOCK_ID);
    assert.equal(set.isCommit, false);
  });

  it("keeps a conflicting vote only where a peer claims a majority", () => {
    const { set, add } = setup(4);
    assert.equal(add(0, ZERO_BLOCK_ID).kind, "added");
    const first = add(0, A);
    assert.ok(first.kind === "conflict" && !first.added);
    assert.equal(first.earlier.blockId, ZERO_BLOCK_ID);
    assert.equal(set.claimMajority("peerA", A).kind, "noted");
    const second = add(0, A);
    assert.ok(second.kind === "conflict" && second.added);
    assert.equal(set.claimMajority("peerA", A).kind, "ignored", "the same claim again");
    const other = set.claimMajority("peerA", B);
    assert.ok(other.kind === "refused" && isError(other.reason, ErrConflictingMajorityClaim));
    const third = add(0, B);
    assert.ok(third.kind === "conflict" && !third.added, "the second claim of a peer does not count");
    assert.equal(add(1, A).kind, "added");
    assert.equal(set.hasTwoThirdsAny(), false, "a validator's power counts once");
    assert.equal(add(2, B).kind, "added");
    assert.equal(set.hasTwoThirdsAny(), true);
    assert.equal(set.majority, undefined);
    assert.equal(set.claimMajority("peerB", A).kind, "noted");
    const fourth = add(2, A);
    assert.ok(fourth.kind === "conflict" && fourth.added);
    assert.deepEqual(set.majority, A);
    assert.deepEqual([...set.bitsFor(A)!.ones()], [0, 1, 2]);
    assert.deepEqual([...set.bitsFor(B)!.ones()], [2]);
    assert.deepEqual([set.get(0)!.blockId, set.get(2)!.blockId], [A, A], "votes for the majority are passed on");
  });

  it("a conflicting vote for the majority takes the validator's place even when it is not kept", () => {
    const { set, add } = setup(4);
    add(3, B);
    for (const index of [0, 1, 2]) add(index, A);
    assert.deepEqual(set.majority, A);
    const outcome = add(3, A);
    assert.ok(outcome.kind === "conflict" && !outcome.added);
    assert.deepEqual(set.get(3)!.blockId, A);
    assert.deepEqual([...set.bitsFor(A)!.ones()], [0, 1, 2]);
  });

  it("makes a commit that verifies", () => {
    const { set, add, validators, verifier } = setup(10, "precommit");
    for (let i = 0; i < 6; i++) add(i, A);
    assert.throws(() => set.makeCommit());
    add(6, B);
    add(7, A);
    add(8, ZERO_BLOCK_ID);
    assert.equal(set.isCommit, true);
    const commit = set.makeCommit();
    validateCommit(commit);
    verifyCommit(validators, commit, { chainId: CHAIN_ID, blockId: A, height: 1 }, verifier);
    const flags = commit.signatures.map((sig) => sig.blockIdFlag);
    const { absent, commit: yes, nil } = BlockIdFlag;
    assert.deepEqual(flags, [yes, yes, yes, yes, yes, yes, absent, yes, nil, absent]);
  });

  it("gives the same majority whatever the order of votes of honest validators", () => {
    const ids = [A, B, ZERO_BLOCK_ID];
    const arbitrary = fc.record({
      choices: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 7, maxLength: 7 }),
      order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ choices, order }) => {
        const { set, add } = setup(7);
        for (const index of order) add(index, ids[choices[index]!]!);
        const winner = ids.find((_, i) => choices.filter((choice) => choice === i).length >= 5);
        assert.deepEqual(set.majority, winner);
        assert.equal(set.hasAll(), true);
      }),
      { numRuns: 60 },
    );
  });
});

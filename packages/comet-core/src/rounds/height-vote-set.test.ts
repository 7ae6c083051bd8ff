import { SignedMsgType, type BlockId, type HexHash } from "@wadi/comet-types";
import { isError } from "@wadi/util";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrUnwantedRound } from "./errors.ts";
import { HeightVoteSet } from "./height-vote-set.ts";
import { CHAIN_ID, ToyVerifier, toyGenesis, toyVote } from "./testing/toy-chain.ts";

const A: BlockId = {
  hash: "a".repeat(64) as HexHash,
  partSetHeader: { total: 1, hash: "a".repeat(64) as HexHash },
};

function setup() {
  const { validators } = toyGenesis(Array.from({ length: 10 }, () => 1n)).state;
  const votes = new HeightVoteSet({ chainId: CHAIN_ID, height: 1, validators, verifier: new ToyVerifier() });
  const precommit = (index: number, round: number) =>
    toyVote(validators, index, { type: "precommit", height: 1, round, blockId: A });
  return { votes, precommit };
}

describe("HeightVoteSet", () => {
  it("takes two catch-up rounds of each peer", () => {
    const { votes, precommit } = setup();
    assert.equal(votes.add(precommit(0, 999), "peer1").kind, "added");
    assert.equal(votes.add(precommit(0, 1000), "peer1").kind, "added");
    const third = votes.add(precommit(0, 1001), "peer1");
    assert.ok(third.kind === "refused" && isError(third.reason, ErrUnwantedRound));
    assert.equal(votes.precommits(1001), undefined);
    assert.equal(votes.add(precommit(0, 1001), "peer2").kind, "added");
    assert.equal(votes.add(precommit(1, 1001), "peer1").kind, "added", "by now the round is known");
  });

  it("keeps no round for a vote that does not verify, but counts it", () => {
    const { votes, precommit } = setup();
    const forged = { ...precommit(0, 50), signature: new Uint8Array(64) };
    assert.equal(votes.add(forged, "peer1").kind, "refused");
    assert.equal(votes.precommits(50), undefined);
    assert.equal(votes.add(precommit(0, 51), "peer1").kind, "added");
    const third = votes.add(precommit(0, 52), "peer1");
    assert.ok(third.kind === "refused" && isError(third.reason, ErrUnwantedRound));
  });

  it("keeps catch-up votes when their round is reached", () => {
    const { votes, precommit } = setup();
    assert.equal(votes.prevotes(1), undefined);
    votes.add(precommit(3, 4), "peer1");
    votes.setRound(5);
    assert.equal(votes.precommits(4)?.has(3), true);
    for (let round = 0; round <= 5; round++) assert.ok(votes.prevotes(round), `round ${round} is followed`);
    assert.equal(votes.prevotes(6), undefined);
    votes.setRound(2);
    assert.ok(votes.prevotes(5), "rounds are never forgotten");
  });

  it("ignores claims about rounds that are not followed", () => {
    const { votes } = setup();
    const claim = { height: 1, round: 7, type: SignedMsgType.precommit, blockId: A };
    assert.equal(votes.claimMajority("peer1", claim).kind, "ignored");
    assert.equal(votes.precommits(7), undefined);
  });
});

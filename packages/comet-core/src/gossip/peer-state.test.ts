import assert from "node:assert/strict";
import { test } from "node:test";
import { BitArray, Proposal, SignedMsgType, type NewRoundStep } from "@wadi/comet-types";
import { must } from "@wadi/util";
import fc from "fast-check";
import { RoundStep } from "../rounds/step.ts";
import { blockIdNamed, commitFor, signersWith } from "../testing/signers.ts";
import { PeerState } from "./peer-state.ts";
import { commitVotes } from "./vote-source.ts";

const { prevote, precommit } = SignedMsgType;
const blockId = blockIdNamed("block", 4);
const header = blockId.partSetHeader;

function stepAt(height: number, round = 0, step: number = RoundStep.propose, lastCommitRound = 0): NewRoundStep {
  return { height, round, step, secondsSinceStartTime: 0n, lastCommitRound };
}

function peerAt(height: number, round = 0, step: number = RoundStep.propose): PeerState {
  const peer = new PeerState();
  peer.applyNewRoundStep(stepAt(height, round, step));
  return peer;
}

const ones = (bits: BitArray | undefined): number[] => [...must(bits).ones()];
const proposalAt = (height: number, round: number, polRound = -1): Proposal =>
  Proposal.create({ type: SignedMsgType.proposal, height, round, polRound, blockId });

test("a step that is not ahead of the known one is ignored", () => {
  const peer = peerAt(5, 2, RoundStep.prevote);
  for (const step of [
    stepAt(4, 9, 8),
    stepAt(5, 1, 8),
    stepAt(5, 2, RoundStep.propose),
    stepAt(5, 2, RoundStep.prevote),
  ]) {
    peer.applyNewRoundStep(step);
    assert.deepEqual([peer.height, peer.round, peer.step], [5, 2, RoundStep.prevote]);
  }
  peer.applyNewRoundStep(stepAt(5, 2, RoundStep.precommit));
  assert.equal(peer.step, RoundStep.precommit);
});

test("a new step of the same round keeps what is known, a new round clears it", () => {
  const peer = peerAt(5);
  peer.markProposal(proposalAt(5, 0));
  peer.expectVotes(5, 4);
  peer.markPart(5, 0, 1);
  peer.markVote({ height: 5, round: 0, type: prevote, index: 2 });
  peer.applyNewRoundStep(stepAt(5, 0, RoundStep.precommit));
  assert.deepEqual([peer.hasProposal, ones(peer.parts), ones(peer.prevotes)], [true, [1], [2]]);
  peer.applyNewRoundStep(stepAt(5, 1));
  assert.deepEqual(
    [peer.hasProposal, peer.parts, peer.prevotes, peer.precommits, peer.pol, peer.polRound],
    [false, undefined, undefined, undefined, undefined, -1],
  );
});

test("the precommits of a height become the last commit of the next one if the rounds match", () => {
  for (const [lastCommitRound, expected] of [
    [2, [3]],
    [1, undefined],
  ] as const) {
    const peer = peerAt(5, 2, RoundStep.commit);
    peer.expectVotes(5, 4);
    peer.markVote({ height: 5, round: 2, type: precommit, index: 3 });
    peer.applyNewRoundStep(stepAt(6, 0, RoundStep.newHeight, lastCommitRound));
    assert.equal(peer.lastCommitRound, lastCommitRound);
    assert.deepEqual(peer.lastCommit && ones(peer.lastCommit), expected);
    peer.expectVotes(5, 4);
    peer.markVote({ height: 5, round: lastCommitRound, type: precommit, index: 0 });
    assert.deepEqual(ones(peer.lastCommit), [0, ...(expected ?? [])]);
    assert.equal(peer.votesOf(5, lastCommitRound, prevote), undefined, "prevotes of the past are of no use");
  }
});

test("a peer that enters the round of the commit it was sent keeps the votes of it", () => {
  const signers = signersWith([1n, 1n, 1n, 1n]);
  const peer = peerAt(5, 0, RoundStep.prevote);
  peer.expectVotesOf(commitVotes(commitFor(signers, 5, blockId, 3)));
  assert.equal(peer.catchupCommitRound, 3);
  peer.markVote({ height: 5, round: 3, type: precommit, index: 1 });
  assert.deepEqual(ones(peer.catchupCommit), [1]);
  assert.equal(peer.votesOf(5, 3, prevote), undefined);
  peer.applyNewRoundStep(stepAt(5, 3, RoundStep.precommit));
  assert.deepEqual(ones(peer.precommits), [1]);
  peer.applyNewRoundStep(stepAt(6, 0, RoundStep.newHeight, 3));
  assert.deepEqual([peer.catchupCommitRound, peer.catchupCommit], [-1, undefined]);
  assert.deepEqual(ones(peer.lastCommit), [1]);
});

test("a commit for the round the peer is in shares its precommits", () => {
  const signers = signersWith([1n, 1n, 1n, 1n]);
  const peer = peerAt(5, 1, RoundStep.prevote);
  peer.expectVotes(5, 4);
  peer.markVote({ height: 5, round: 1, type: precommit, index: 2 });
  peer.expectVotesOf(commitVotes(commitFor(signers, 5, blockId, 1)));
  peer.markVote({ height: 5, round: 1, type: precommit, index: 0 });
  assert.deepEqual(ones(peer.precommits), [0, 2]);
  assert.deepEqual(ones(peer.catchupCommit), [0, 2]);
});

test("parts are those of the proposal, unless the peer collects another block already", () => {
  const peer = peerAt(5);
  peer.markPart(5, 0, 1);
  peer.markProposal(proposalAt(5, 1));
  assert.equal(peer.hasProposal, false, "of another round");
  peer.markProposal(proposalAt(5, 0, 0));
  assert.deepEqual([peer.partsHeader, must(peer.parts).size, peer.polRound], [header, 4, 0]);
  peer.markPart(5, 0, 3);
  peer.markPart(5, 1, 0);
  peer.markPart(5, 0, 4);
  assert.deepEqual(ones(peer.parts), [3]);

  const other = peerAt(5);
  const parts = BitArray.from([true, false]);
  const named = { total: 2, hash: blockIdNamed("other").hash };
  other.applyNewValidBlock({ height: 5, round: 0, header: named, parts, isCommit: false });
  other.markProposal(proposalAt(5, 0, 0));
  assert.deepEqual([other.hasProposal, other.partsHeader, other.polRound], [true, named, -1]);
  other.collect(header);
  assert.equal(other.partsHeader, named);
});

test("a proposal that claims more parts than a block has takes no memory", () => {
  const peer = peerAt(5);
  const huge = { ...blockId, partSetHeader: { ...header, total: 0xffff_ffff } };
  peer.markProposal({ ...proposalAt(5, 0), blockId: huge });
  assert.deepEqual([peer.hasProposal, peer.parts], [true, undefined]);
});

test("a valid block counts for its round, a decided one for its height", () => {
  const news = { height: 5, round: 1, header, parts: BitArray.from([true, false, true, false]), isCommit: false };
  const peer = peerAt(5, 0);
  peer.applyNewValidBlock(news);
  peer.applyNewValidBlock({ ...news, height: 6, isCommit: true });
  assert.equal(peer.parts, undefined);
  peer.applyNewValidBlock({ ...news, isCommit: true });
  assert.deepEqual(ones(peer.parts), [0, 2]);
});

test("proof-of-lock bits are those of the proposal's round", () => {
  const peer = peerAt(5, 2);
  peer.markProposal(proposalAt(5, 2, 1));
  const votes = BitArray.from([true, false, true]);
  peer.applyProofOfLock({ height: 5, round: 0, votes });
  peer.applyProofOfLock({ height: 6, round: 1, votes });
  assert.equal(peer.pol, undefined);
  peer.applyProofOfLock({ height: 5, round: 1, votes });
  assert.deepEqual(ones(peer.votesOf(5, 1, prevote)), [0, 2]);
  assert.equal(peer.votesOf(5, 1, precommit), undefined);
});

test("votes outside the set or of other heights change nothing", () => {
  const peer = peerAt(5);
  peer.applyHasVote({ height: 5, round: 0, type: prevote, index: 0 });
  peer.expectVotes(5, 4);
  for (const index of [4, 100_000, 0x7fff_ffff]) peer.applyHasVote({ height: 5, round: 0, type: prevote, index });
  peer.applyHasVote({ height: 4, round: 0, type: precommit, index: 1 });
  peer.applyHasVote({ height: 6, round: 0, type: prevote, index: 1 });
  peer.applyHasVote({ height: 5, round: 7, type: prevote, index: 1 });
  assert.deepEqual([ones(peer.prevotes), ones(peer.precommits)], [[], []]);
});

const flags = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });

test("property: vote bits replace what is known, but not for other blocks where we know better", () => {
  fc.assert(
    fc.property(flags, flags, fc.array(fc.boolean(), { maxLength: 9 }), fc.boolean(), (known, ours, told, weKnow) => {
      const peer = peerAt(5);
      peer.expectVotes(5, 6);
      for (const [index, bit] of known.entries()) {
        if (bit) peer.markVote({ height: 5, round: 0, type: prevote, index });
      }
      const votes = { height: 5, round: 0, type: prevote, blockId, votes: BitArray.from(told) };
      peer.applyVoteBits(votes, weKnow ? BitArray.from(ours) : undefined);
      const expected = known.map((bit, i) => {
        if (weKnow) return told[i] === true || (bit && ours[i] === false);
        return told[i] ?? bit;
      });
      assert.deepEqual(
        known.map((_, i) => must(peer.prevotes).get(i)),
        expected,
      );
    }),
  );
});

// Which vote a peer needs next, and which majorities it should hear of (gossipVotesRoutine and
// queryMaj23Routine in consensus/reactor.go of the fork).
import { SignedMsgType, type BlockId, type Vote } from "@wadi/comet-types";
import { RoundStep } from "../rounds/step.ts";
import type { RoundView } from "../rounds/view.ts";
import { pickMissing, type PickIndex, type StoredBlocks } from "./gossip-data.ts";
import { STATE_CHANNEL, VOTE_CHANNEL } from "./messages.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PeerState } from "./peer-state.ts";
import { commitVotes, type VoteSource } from "./vote-source.ts";

function pickVote(votes: VoteSource | undefined, peer: PeerState, pick: PickIndex): Vote | undefined {
  if (votes === undefined || votes.size === 0) return undefined;
  peer.expectVotesOf(votes);
  const known = peer.votesOf(votes.height, votes.round, votes.type);
  // An array of another size comes from a peer that lies; marking what it was sent would fail.
  if (known?.size !== votes.size) return undefined;
  const index = pickMissing(votes.bits(), known, pick);
  return index === undefined ? undefined : votes.get(index);
}

/** The sets to choose from for a peer at our height, the most urgent first. */
function* currentVotes(
  { round, votes, lastCommit }: RoundView,
  peer: PeerState,
): IterableIterator<VoteSource | undefined> {
  const isInRound = peer.round !== -1 && peer.round <= round;
  if (peer.step === RoundStep.newHeight) yield lastCommit;
  if (peer.step <= RoundStep.propose && isInRound && peer.polRound !== -1) yield votes.prevotes(peer.polRound);
  if (peer.step <= RoundStep.prevoteWait && isInRound) yield votes.prevotes(peer.round);
  if (peer.step <= RoundStep.precommitWait && isInRound) yield votes.precommits(peer.round);
  // A peer past its prevotes still needs them to see that a block is valid.
  if (isInRound) yield votes.prevotes(peer.round);
  if (peer.polRound !== -1) yield votes.prevotes(peer.polRound);
}

function* usefulVotes(
  view: RoundView,
  peer: PeerState,
  blocks: StoredBlocks,
): IterableIterator<VoteSource | undefined> {
  if (peer.height === view.height) yield* currentVotes(view, peer);
  if (peer.height === 0) return;
  if (view.height === peer.height + 1) yield view.lastCommit;
  if (view.height >= peer.height + 2 && blocks.base > 0 && peer.height >= blocks.base) {
    const commit = blocks.loadCommit(peer.height);
    if (commit !== undefined) yield commitVotes(commit);
  }
}

/** One vote that the peer lacks; undefined if it needs none. */
export function nextVote(
  view: RoundView,
  peer: PeerState,
  blocks: StoredBlocks,
  pick: PickIndex,
): Outgoing | undefined {
  for (const votes of usefulVotes(view, peer, blocks)) {
    const vote = pickVote(votes, peer, pick);
    if (vote === undefined) continue;
    const { height, round, type, validatorIndex: index } = vote;
    return {
      channel: VOTE_CHANNEL,
      message: { sum: { case: "vote", value: { vote } } },
      teaches: { kind: "vote", height, round, type, index },
    };
  }
  return undefined;
}

function claim(height: number, round: number, type: number, blockId: BlockId): Outgoing {
  const value = { height, round, type, blockId };
  return { channel: STATE_CHANNEL, message: { sum: { case: "voteSetMaj23", value } }, teaches: undefined };
}

/**
 * What we have seen two thirds for in the rounds that the peer works on. It answers with the votes
 * that it has, which tells those apart that equivocating validators gave to it and to us.
 */
export function majorityClaims(view: RoundView, peer: PeerState, blocks: StoredBlocks): readonly Outgoing[] {
  const claims: Outgoing[] = [];
  const { prevote, precommit } = SignedMsgType;
  const { height, round, polRound } = peer;
  if (view.height === height) {
    const { votes } = view;
    const add = (at: number, type: number, blockId: BlockId | undefined): void => {
      if (blockId !== undefined) claims.push(claim(height, at, type, blockId));
    };
    add(round, prevote, votes.prevotes(round)?.majority);
    add(round, precommit, votes.precommits(round)?.majority);
    if (polRound >= 0) add(polRound, prevote, votes.prevotes(polRound)?.majority);
  }
  if (peer.catchupCommitRound === -1 || height <= 0 || height < blocks.base || height > blocks.height) return claims;
  const commit = height === blocks.height ? blocks.loadSeenCommit(height) : blocks.loadCommit(height);
  if (commit !== undefined) claims.push(claim(height, commit.round, precommit, commit.blockId));
  return claims;
}

// What a vote changes (addVote of consensus/state.go in the fork).
import {
  SignedMsgType,
  isZeroBlockId,
  sameBlockId,
  type BlockId,
  type Vote,
  type VoteSetMaj23,
} from "@wadi/comet-types";
import { must } from "@wadi/util";
import { enterCommit } from "./commit.ts";
import type { RoundsContext } from "./context.ts";
import { enterNewRound } from "./new-round.ts";
import { collectInstead, enterPrecommit, enterPrecommitWait, unlock } from "./precommit.ts";
import { enterPrevote, enterPrevoteWait } from "./prevote.ts";
import { RoundStep } from "./step.ts";
import { OWN_PEER } from "./types.ts";
import type { VoteOutcome } from "./vote-set.ts";

/** Adds a vote of this height, or a late precommit for the last one, and does what follows from it. */
export function addVote(ctx: RoundsContext, vote: Vote, peer: string): void {
  const { rs } = ctx;
  if (vote.height !== rs.height) return addLatePrecommit(ctx, vote, peer);
  if (!report(ctx, rs.votes.add(vote, peer), vote, peer)) return;
  if (vote.type === SignedMsgType.prevote) afterPrevote(ctx, vote.round);
  else afterPrecommit(ctx, vote.round);
}

/** While the next height waits for its start, precommits for the last block still join its commit. */
function addLatePrecommit(ctx: RoundsContext, vote: Vote, peer: string): void {
  const { rs, config } = ctx;
  const isLate = vote.height + 1 === rs.height && vote.type === SignedMsgType.precommit;
  if (!isLate || rs.step !== RoundStep.newHeight || rs.lastCommit === undefined) return;
  if (!report(ctx, rs.lastCommit.add(vote), vote, peer)) return;
  if (config.skipTimeoutCommit && rs.lastCommit.hasAll()) enterNewRound(ctx, 0);
}

/** Notes a peer's claim that two thirds have voted for a block; a second, different one disconnects it. */
export function addMajorityClaim(ctx: RoundsContext, claim: VoteSetMaj23, peer: string): void {
  if (claim.height !== ctx.rs.height) return;
  const outcome = ctx.rs.votes.claimMajority(peer, claim);
  if (outcome.kind === "noted") ctx.log({ kind: "majority-claim", claim }, peer);
  if (outcome.kind === "refused") ctx.emit({ kind: "peer-error", peer, error: outcome.reason });
}

/** Tells the log and others what became of a vote; true if it was added. */
function report(ctx: RoundsContext, outcome: VoteOutcome, vote: Vote, peer: string): boolean {
  // One pair proves it; a validator could sign any number of others.
  if (outcome.kind === "conflict" && !outcome.added && !ctx.rs.noteConflict(vote)) return false;
  if (outcome.kind === "added" || outcome.kind === "conflict") ctx.log({ kind: "vote", vote }, peer);
  if (outcome.kind === "refused") {
    ctx.event({ kind: "message-refused", peer, what: "vote", reason: outcome.reason });
  } else if (outcome.kind === "conflict") {
    const pair = { a: outcome.earlier, b: vote };
    if (vote.validatorAddress === ctx.config.validator) ctx.event({ kind: "own-conflict", ...pair });
    else ctx.emit({ kind: "conflicting-votes", ...pair });
  }
  const isAdded = outcome.kind === "added" || (outcome.kind === "conflict" && outcome.added);
  if (isAdded) {
    const { height, round, type, validatorIndex: index } = vote;
    ctx.event({ kind: "vote", vote });
    ctx.broadcast({ kind: "has-vote", value: { height, round, type, index } });
    if (peer !== OWN_PEER) ctx.event({ kind: "useful", peer, what: "vote" });
  }
  return isAdded;
}

function afterPrevote(ctx: RoundsContext, round: number): void {
  const { rs } = ctx;
  const prevotes = must(rs.votes.prevotes(round));
  if (prevotes.majority !== undefined) applyPolka(ctx, prevotes.majority, round);
  if (round > rs.round) {
    if (prevotes.hasTwoThirdsAny()) enterNewRound(ctx, round);
  } else if (round === rs.round && rs.step >= RoundStep.prevote) {
    const { majority } = prevotes;
    if (majority !== undefined && (rs.isProposalComplete() || isZeroBlockId(majority))) enterPrecommit(ctx, round);
    else if (prevotes.hasTwoThirdsAny()) enterPrevoteWait(ctx, round);
  } else if (rs.proposal !== undefined && rs.proposal.polRound === round && rs.isProposalComplete()) {
    enterPrevote(ctx, rs.round);
  }
}

/** Two thirds have prevoted one block, or nil, in some round. */
function applyPolka(ctx: RoundsContext, polka: BlockId, round: number): void {
  const { rs } = ctx;
  const { locked } = rs;
  // A polka of a round ahead of ours is dealt with when we get there.
  if (locked && rs.lockedRound < round && round <= rs.round && !sameBlockId(locked.id, polka)) unlock(ctx);
  if (isZeroBlockId(polka) || rs.validRound >= round || round !== rs.round) return;
  if (rs.proposed !== undefined && sameBlockId(rs.proposed.id, polka)) {
    rs.validRound = round;
    rs.valid = rs.proposed;
  }
  collectInstead(ctx, polka);
  ctx.event({ kind: "valid-block", blockId: polka });
  ctx.announceValidBlock();
}

function afterPrecommit(ctx: RoundsContext, round: number): void {
  const { rs } = ctx;
  const precommits = must(rs.votes.precommits(round));
  const { majority } = precommits;
  if (majority !== undefined) {
    // The majority may be of a later round than ours.
    enterNewRound(ctx, round);
    enterPrecommit(ctx, round);
    if (isZeroBlockId(majority)) enterPrecommitWait(ctx, round);
    else enterCommit(ctx, round);
  } else if (round >= rs.round && precommits.hasTwoThirdsAny()) {
    enterNewRound(ctx, round);
    enterPrecommitWait(ctx, round);
  }
}

// The end of a round: votes are judged, messages carried out, nodes counted and punished, the next
// block made. Reference: go/consensus/cometbft/apps/roothash/finalization.go, timeout.go.
import { events, roothash, staking, type Namespace, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { attribute } from "../framework/events.ts";
import { node } from "../registry/state.ts";
import { committeeMembers, memberAt, schedulerIndex } from "../scheduler/committee.ts";
import { incomingMessages, removeIncomingMessages } from "./incoming-messages.ts";
import { counted, newLivenessStatistics, type MemberCounter } from "./liveness.ts";
import { processCommitments, voteOf, type AcceptedProposal } from "./pool.ts";
import { finalizeEmptyBlock, finalizeNormalBlock, runtimeAttribute } from "./runtime-block.ts";
import { executeRuntimeMessages } from "./runtime-messages.ts";
import { slashForIncorrectResults } from "./slashing.ts";
import {
  rearmRoundTimeout,
  runningRuntime,
  setLastRoundResults,
  setRuntimeState,
  type RunningRuntime,
  type RuntimeState,
} from "./state.ts";

/** A runtime whose epoch's counters exist. */
interface Round extends RunningRuntime {
  readonly livenessStats: roothash.LivenessStatistics;
}

/** Ends a runtime's round if its votes allow it; at the timeout they have to. A refusal fails the block. */
export function tryFinalizeRound(ctx: Context, runtimeId: Namespace, isTimeout: boolean): void {
  ctx.atomically((inner) => {
    const running = runningRuntime(inner.state, runtimeId);
    const members = committeeMembers(running.committee).length;
    const livenessStats = running.livenessStats ?? newLivenessStatistics(members);
    setRuntimeState(inner.state, finalizeOrWait(inner, { ...running, livenessStats }, isTimeout));
  });
}

function finalizeOrWait(ctx: Context, round: Round, isTimeout: boolean): RuntimeState {
  const { pool, verdict } = judge(round, isTimeout);
  const judged = { ...round, commitmentPool: pool };
  switch (verdict.kind) {
    case "waiting":
      return judged;
    case "failed":
      return failRound(ctx, judged);
    case "accepted":
      return finalizeProposal(ctx, judged, verdict.proposal);
    case "discrepancy":
      return resolveDiscrepancy(ctx, judged, isTimeout);
  }
}

function judge(
  { commitmentPool, committee, runtime }: Round,
  isTimeout: boolean,
): ReturnType<typeof processCommitments> {
  return processCommitments(commitmentPool, committee, runtime.executor.allowedStragglers, isTimeout);
}

/** Backup workers get one and a half round timeouts; their votes may be there already. */
function resolveDiscrepancy(ctx: Context, round: Round, isTimeout: boolean): RuntimeState {
  const { id, executor } = round.runtime;
  ctx.emitTogether(
    attribute(events.eventKinds.roothashExecutionDiscrepancy, {
      round: roundNumber(round),
      rank: round.commitmentPool.highestRank,
      timeout: isTimeout,
    }),
    runtimeAttribute(id),
  );
  const height = BigInt(ctx.currentHeight);
  const timeout = BigInt.asIntN(64, height + BigInt.asIntN(64, executor.roundTimeout * 15n) / 10n);
  rearmRoundTimeout(ctx.state, id, round.timeout, timeout);
  // With a round timeout of 0 there is no time for backup workers at all.
  return finalizeOrWait(ctx, { ...round, timeout }, timeout === height);
}

/** Number of the round in progress. */
function roundNumber({ lastBlock }: RuntimeState): bigint {
  return BigInt.asUintN(64, lastBlock.header.round + 1n);
}

/** One more for the worker whose turn it was to propose. */
function countProposer<R extends Round>(round: R, counter: MemberCounter, proposer = firstProposer(round)): R {
  return { ...round, livenessStats: counted(round.livenessStats, counter, proposer) };
}

function firstProposer(round: Round): number {
  return must(schedulerIndex(round.committee, roundNumber(round), 0n), "a worker in the committee");
}

function failRound(ctx: Context, round: Round): RuntimeState {
  return finalizeEmptyBlock(ctx, countProposer(round, "missedProposals"), roothash.headerTypes.roundFailed);
}

function finalizeProposal(ctx: Context, before: Round, proposal: AcceptedProposal): RuntimeState {
  const round = withCountedProposal(before, proposal);
  const { id } = round.runtime;
  const { header } = proposal.commitment.header;
  // A count of 0 takes none, where the queue takes a limit of 0 as no limit.
  const count = header.inMsgsCount;
  const processed = count === 0 ? [] : incomingMessages(ctx.state, id, 0n, count);
  if (roothash.incomingMessagesHash(processed) !== header.inMsgsHash) return failRound(ctx, round);
  takeIncomingMessages(ctx, round, processed);
  const messages = executeRuntimeMessages(ctx, id, proposal.commitment.messages);
  const voters = countVoters(ctx, round, proposal);
  if (round.commitmentPool.discrepancy) {
    const penalty = round.runtime.staking.slashing.get(staking.slashReasons.runtimeIncorrectResults)?.amount ?? 0n;
    slashForIncorrectResults(ctx, voters.wrong, voters.right, round.runtime, penalty);
  }
  setLastRoundResults(ctx.state, id, {
    messages,
    goodComputeEntities: voters.right,
    badComputeEntities: voters.wrong,
  });
  return finalizeNormalBlock(ctx, { ...round, livenessStats: voters.livenessStats }, header);
}

/** The round counts, and for or against the worker whose turn it was. These counts stay if the round still fails. */
function withCountedProposal(round: Round, { commitment }: AcceptedProposal): Round {
  const { livenessStats, committee } = round;
  const proposer = firstProposer(round);
  const wasFirst = memberAt(committee, proposer).publicKey === commitment.header.schedulerId;
  const totalRounds = livenessStats.totalRounds + 1n;
  const countedRound = { ...round, livenessStats: { ...livenessStats, totalRounds } };
  return countProposer(countedRound, wasFirst ? "finalizedProposals" : "missedProposals", proposer);
}

function takeIncomingMessages(ctx: Context, round: Round, processed: readonly roothash.IncomingMessage[]): void {
  const { id } = round.runtime;
  removeIncomingMessages(ctx.state, id, processed);
  for (const message of processed) {
    const { caller, tag } = message;
    ctx.emitTogether(
      attribute(events.eventKinds.roothashInMsgProcessed, { id: message.id, round: roundNumber(round), caller, tag }),
      runtimeAttribute(id),
    );
  }
}

/** Entities by the votes of their nodes, once for each node, in order of the committee. */
interface Voters {
  readonly right: readonly PublicKey[];
  readonly wrong: readonly PublicKey[];
  readonly livenessStats: roothash.LivenessStatistics;
}

/** Failures and nodes that are gone count for neither side; a node in two roles counts in the first. */
function countVoters(
  ctx: Context,
  { committee, livenessStats }: Round,
  { commitment, votes }: AcceptedProposal,
): Voters {
  const accepted = voteOf(commitment);
  const right: PublicKey[] = [];
  const wrong: PublicKey[] = [];
  const seen = new Set<PublicKey>();
  let stats = livenessStats;
  for (const [index, { publicKey }] of committeeMembers(committee).entries()) {
    const vote = votes.get(publicKey) ?? null;
    if (vote === null || seen.has(publicKey)) continue;
    seen.add(publicKey);
    const voter = node(ctx.state, publicKey);
    if (voter === undefined) continue;
    if (vote === accepted) {
      right.push(voter.entityId);
      stats = counted(stats, "goodRounds", index);
    } else {
      wrong.push(voter.entityId);
    }
  }
  return { right, wrong, livenessStats: stats };
}

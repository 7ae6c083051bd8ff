// The step NewHeight (updateToState and reconstructLastCommit of consensus/state.go in the fork).
import { SignedMsgType, commitVote, isAbsent, type EngineState } from "@wadi/comet-types";
import { WadiError, must } from "@wadi/util";
import { nextHeight } from "../execution/create-block.ts";
import type { RoundsContext } from "./context.ts";
import { ErrConsensusFailure } from "./errors.ts";
import { HeightVoteSet } from "./height-vote-set.ts";
import { RoundState } from "./round-state.ts";
import { RoundStep } from "./step.ts";
import type { RoundPorts } from "./types.ts";
import { VoteSet } from "./vote-set.ts";

/** The height after a state; round 0 starts at `startMs`. */
export function heightAfter(
  state: EngineState,
  ports: RoundPorts,
  startMs: number,
  lastCommit: VoteSet | undefined,
): RoundState {
  const height = nextHeight(state);
  const { chainId, validators } = state;
  const votes = new HeightVoteSet({ chainId, height, validators, verifier: ports.verifier });
  return new RoundState({ state, height, startMs, votes, lastCommit });
}

/** The stored commit of the last block as votes; throws ErrConsensusFailure if it does not prove that block. */
export function storedLastCommit(state: EngineState, ports: RoundPorts): VoteSet | undefined {
  const height = state.lastBlockHeight;
  if (height === 0) return undefined;
  const fail = (context: string, cause?: unknown): WadiError => new WadiError(ErrConsensusFailure, { context, cause });
  const commit = ports.loadSeenCommit(height);
  if (commit === undefined) throw fail(`seen commit of height ${height} not found`);
  const votes = new VoteSet({
    chainId: state.chainId,
    height,
    round: commit.round,
    type: SignedMsgType.precommit,
    validators: state.lastValidators,
    verifier: ports.verifier,
  });
  for (const [index, sig] of commit.signatures.entries()) {
    if (isAbsent(sig)) continue;
    const outcome = votes.add(commitVote(commit, index));
    if (outcome.kind === "refused") throw fail(`seen commit of height ${height}`, outcome.reason);
  }
  if (!votes.isCommit) throw fail(`seen commit of height ${height} has no majority`);
  return votes;
}

/** Leaves a height whose block has been applied. */
export function enterNewHeight(ctx: RoundsContext, state: EngineState): void {
  const { rs, config, ports } = ctx;
  if (state.lastBlockHeight !== rs.height) {
    const context = `block ${rs.height} was applied, but the state is of height ${state.lastBlockHeight}`;
    throw new WadiError(ErrConsensusFailure, { context });
  }
  const lastCommit = must(rs.votes.precommits(rs.commitRound));
  ctx.rs = heightAfter(state, ports, rs.commitMs + config.timeouts.commitMs, lastCommit);
  ctx.newStep();
  scheduleStart(ctx);
}

/** Sets the timer for round 0. */
export function scheduleStart(ctx: RoundsContext): void {
  const { rs, now } = ctx;
  const timeout = {
    durationMs: Math.max(0, rs.startMs - now.ms),
    height: rs.height,
    round: 0,
    step: RoundStep.newHeight,
  };
  ctx.emit({ kind: "schedule-timeout", timeout });
}

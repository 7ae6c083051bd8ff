// The round state machine (consensus/state.go of the fork, v0.37.18-oasis3): one input at a time
// gives a list of effects. Where it differs from the fork on purpose:
// - Blocks are compared by their whole id, hash and parts. The fork compares hashes only in some
//   places, so that one block sent in two encodings could leave it with a block but not its parts.
// - Only messages and timeouts that change something get a record in the log; of a validator that
//   contradicts itself in one step only the first pair is logged and reported.
// - A round of catch-up votes is kept only if its first vote verifies.
// - The news of the block that is collected for a commit says that it is for a commit; the fork
//   sends it a moment before it enters that step, without the flag.
// - Transactions that come before the start of a round that waits for them still open that round
//   in order (enterNewRound); the fork's one timer skips it.
// - With skipTimeoutCommit a height that has all precommits of the last one starts at once, also
//   where the block came after them.
import type { EngineState } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { RoundsContext } from "./context.ts";
import { ErrConsensusFailure } from "./errors.ts";
import { enterNewHeight, heightAfter, scheduleStart, storedLastCommit } from "./new-height.ts";
import { enterNewRound, transactionsAvailable } from "./new-round.ts";
import { enterPrecommit } from "./precommit.ts";
import { enterPrevote } from "./prevote.ts";
import { addBlockPart, addProposal } from "./proposals.ts";
import { enterPropose } from "./propose.ts";
import { RoundStep } from "./step.ts";
import type { Effect, Input, Now, RoundMessage, RoundPorts, RoundsConfig, TimeoutInfo } from "./types.ts";
import type { RoundView } from "./view.ts";
import { addMajorityClaim, addVote } from "./votes.ts";

export class Rounds {
  readonly #ctx: RoundsContext;
  #isStopped = false;

  /**
   * The height after `state`. Round 0 begins `commitMs` from now, after `start`; until then the log
   * may be replayed. Throws ErrConsensusFailure if the stored commit does not prove the last block.
   */
  constructor(config: RoundsConfig, ports: RoundPorts, state: EngineState, now: Now) {
    const lastCommit = storedLastCommit(state, ports);
    const rs = heightAfter(state, ports, now.ms + config.timeouts.commitMs, lastCommit);
    this.#ctx = new RoundsContext(config, ports, rs, now);
  }

  /** The current state; hold on to it no longer than to the next input. */
  get view(): RoundView {
    return this.#ctx.rs;
  }

  /** After the effect `fatal`. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The effects of an input, to be carried out in their order. Does not throw. */
  handle(input: Input, now: Now): readonly Effect[] {
    if (this.#isStopped) return [];
    const ctx = this.#ctx;
    ctx.now = now;
    try {
      dispatch(ctx, input);
    } catch (e) {
      // Whatever it was, going on with a half-changed state could sign something wrong.
      this.#isStopped = true;
      const error = e instanceof Error ? e : new WadiError(ErrConsensusFailure, { cause: e });
      ctx.emit({ kind: "fatal", error });
    }
    return ctx.take();
  }
}

function dispatch(ctx: RoundsContext, input: Input): void {
  if (ctx.rs.isApplying !== (input.kind === "block-applied")) {
    const context = ctx.rs.isApplying ? `${input.kind} while a block is applied` : "no block was to be applied";
    throw new WadiError(ErrConsensusFailure, { context });
  }
  switch (input.kind) {
    case "start":
      ctx.announceStep();
      return scheduleStart(ctx);
    case "message":
      return handleMessage(ctx, input.message, input.peer);
    case "timeout":
      return handleTimeout(ctx, input.timeout);
    case "txs-available":
      return transactionsAvailable(ctx);
    case "block-applied":
      enterNewHeight(ctx, input.state);
      if (ctx.config.skipTimeoutCommit && ctx.rs.lastCommit?.hasAll() === true) enterNewRound(ctx, 0);
      return;
  }
}

function handleMessage(ctx: RoundsContext, message: RoundMessage, peer: string): void {
  switch (message.kind) {
    case "proposal":
      return addProposal(ctx, message.proposal, peer);
    case "block-part":
      return addBlockPart(ctx, message.part, peer);
    case "vote":
      return addVote(ctx, message.vote, peer);
    case "majority-claim":
      return addMajorityClaim(ctx, message.claim, peer);
  }
}

function handleTimeout(ctx: RoundsContext, timeout: TimeoutInfo): void {
  const { rs } = ctx;
  const { height, round, step } = timeout;
  if (height !== rs.height || round < rs.round || (round === rs.round && step < rs.step)) return;
  ctx.emit({ kind: "write-ahead", record: { kind: "timeout", timeout }, sync: false });
  ctx.event({ kind: "timeout", step });
  switch (step) {
    case RoundStep.newHeight:
      return enterNewRound(ctx, 0);
    case RoundStep.newRound:
      // Not yet in the round if transactions were available before it started.
      enterNewRound(ctx, 0);
      return enterPropose(ctx, 0);
    case RoundStep.propose:
      return enterPrevote(ctx, round);
    case RoundStep.prevoteWait:
      return enterPrecommit(ctx, round);
    case RoundStep.precommitWait:
      enterPrecommit(ctx, round);
      return enterNewRound(ctx, round + 1);
    default:
      throw new WadiError(ErrConsensusFailure, { context: `timeout of step ${step}` });
  }
}

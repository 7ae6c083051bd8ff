// The steps Prevote and PrevoteWait (consensus/state.go of the fork).
import { SignedMsgType } from "@wadi/comet-types";
import { assert } from "@wadi/util";
import { NIL, castVote } from "./ballots.ts";
import { whyRefused } from "./block-check.ts";
import type { RoundsContext } from "./context.ts";
import { RoundStep } from "./step.ts";
import { prevoteTimeoutMs } from "./timeouts.ts";

/** Once the proposal is complete or its time is over: prevote, and wait for the others. */
export function enterPrevote(ctx: RoundsContext, round: number): void {
  const { rs } = ctx;
  if (round !== rs.round || rs.step >= RoundStep.prevote) return;
  doPrevote(ctx);
  rs.step = RoundStep.prevote;
  ctx.newStep();
}

/** The locked block, else the proposal's if it is valid and the application takes it, else nil. */
function doPrevote(ctx: RoundsContext): void {
  const { locked, proposed } = ctx.rs;
  if (locked !== undefined) return castVote(ctx, SignedMsgType.prevote, locked.id);
  if (proposed === undefined) return castVote(ctx, SignedMsgType.prevote, NIL);
  const reason = whyRefused(ctx, proposed.block);
  if (reason !== undefined) ctx.event({ kind: "proposal-refused", reason });
  castVote(ctx, SignedMsgType.prevote, reason === undefined ? proposed.id : NIL);
}

/** Two thirds have prevoted without agreeing: give the rest some time. */
export function enterPrevoteWait(ctx: RoundsContext, round: number): void {
  const { rs, config } = ctx;
  if (round !== rs.round || rs.step >= RoundStep.prevoteWait) return;
  assert(rs.votes.prevotes(round)?.hasTwoThirdsAny(), "two thirds must have prevoted");
  ctx.schedule(prevoteTimeoutMs(config.timeouts, round), RoundStep.prevoteWait);
  rs.step = RoundStep.prevoteWait;
  ctx.newStep();
}

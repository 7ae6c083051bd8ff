// What roothash does before and after the transactions of a block.
// Reference: go/consensus/cometbft/apps/roothash/roothash.go (BeginBlock, EndBlock), timeout.go.
import { events } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { changeCommittees } from "./committee-change.ts";
import { tryFinalizeRound } from "./finalization.ts";
import { runtimesTimingOut } from "./state.ts";
import { runtimesToFinalize } from "./transactions/executor-commit.ts";

/** Committees change with the epoch, and where the scheduler elected in between. */
export function beginBlock(ctx: Context): void {
  if (ctx.epochChange() !== undefined || ctx.hasEvent(events.eventKinds.schedulerElected)) changeCommittees(ctx);
}

/**
 * First runtimes that got commitments, by ID; then those whose time is over, by hash of their ID,
 * as far as they still wait after the first pass.
 */
export function endBlock(ctx: Context): undefined {
  for (const id of runtimesToFinalize(ctx)) tryFinalizeRound(ctx, id, false);
  for (const id of runtimesTimingOut(ctx.state, ctx.currentHeight)) tryFinalizeRound(ctx, id, true);
}

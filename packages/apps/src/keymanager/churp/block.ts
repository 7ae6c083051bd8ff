// What happens to handoffs when an epoch begins.
// Reference: go/consensus/cometbft/apps/keymanager/churp/epoch.go.
import { events, type churp } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { runtimes } from "../../registry/state.ts";
import { areHandoffsDisabled, finalizeHandoff, minApplicants, resetHandoff } from "./handoff.ts";
import { setStatus, statuses } from "./state.ts";

/** Starts, completes or repeats the handoffs of all active runtimes. */
export function updateHandoffs(ctx: Context, epoch: bigint): void {
  for (const { id } of runtimes(ctx.state)) {
    for (const status of statuses(ctx.state, id)) {
      const next = statusInEpoch(status, epoch);
      if (next === undefined) continue;
      setStatus(ctx.state, next);
      ctx.emit(events.eventKinds.churpUpdate, { status: next });
    }
  }
}

/** The status when an epoch begins, or undefined where nothing changes. */
export function statusInEpoch(status: churp.Status, epoch: bigint): churp.Status | undefined {
  if (areHandoffsDisabled(status)) return undefined;
  const after = BigInt.asUintN(64, epoch + 1n);
  // Applications are closed now; with too few of them nodes get another epoch to apply.
  if (epoch === status.nextHandoff) {
    return status.applications.size >= minApplicants(status) ? undefined : resetHandoff(status, after);
  }
  // Not all applicants have confirmed in the epoch that is over; those who have may be enough.
  if (epoch === BigInt.asUintN(64, status.nextHandoff + 1n)) {
    return finalizeHandoff(status, true) ?? resetHandoff(status, after);
  }
  return undefined;
}

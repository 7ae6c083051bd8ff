// Reading and writing the state of CHURP schemes, without rules.
// Reference: go/consensus/cometbft/apps/keymanager/churp/state/state.go.
import { churp, type Namespace } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { CorruptedStateError } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { keys } from "../keys.ts";

/** Networks from before CHURP have none stored: everything is free then. */
export function parameters(state: State): churp.ConsensusParameters {
  return state.get(keys.churpParameters.at()) ?? churp.ConsensusParameters.zero();
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: churp.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`CHURP parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.churpParameters.at(), changed);
}

export function status(state: State, { runtimeId, id }: churp.Identity): churp.Status | undefined {
  return state.get(keys.churpStatuses.at({ runtime: runtimeId, id }));
}

/** The schemes of a runtime by ID. */
export function statuses(state: State, runtime: Namespace): churp.Status[] {
  return state.list(keys.churpStatuses.under({ runtime })).map(({ value }) => value);
}

/** All schemes by hash of the runtime ID, then by ID. */
export function allStatuses(state: State): churp.Status[] {
  return state.list(keys.churpStatuses.all()).map(({ value }) => value);
}

export function setStatus(state: State, changed: churp.Status): void {
  state.set(keys.churpStatuses.at({ runtime: changed.runtimeId, id: changed.id }), changed);
}

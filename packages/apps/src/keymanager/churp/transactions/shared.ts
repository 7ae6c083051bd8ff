// What all methods of CHURP begin and end with. Gas is charged before the rules, also in CheckTx.
// Reference: go/consensus/cometbft/apps/keymanager/churp/txs.go.
import { events, type churp, type transaction } from "@wadi/types";

import type { Context } from "../../../framework/context.ts";
import { refusePlain } from "../../../framework/errors.ts";
import { parameters, setStatus, status } from "../state.ts";

/** False in simulation, which ends here. */
export function chargeGas(ctx: Context, op: transaction.Op): boolean {
  ctx.useGas(1, op, parameters(ctx.state).gasCosts);
  return !ctx.isSimulation;
}

/** The scheme's status; (`unknown`, 1) if there is none. */
export function requireStatus({ state }: Context, { id, runtimeId }: churp.Identity): churp.Status {
  return status(state, { id, runtimeId }) ?? refusePlain("no such scheme", { runtime: runtimeId, id });
}

export function nextEpoch(ctx: Context): bigint {
  return BigInt.asUintN(64, ctx.currentEpoch() + 1n);
}

export function store(ctx: Context, changed: churp.Status): void {
  setStatus(ctx.state, changed);
  ctx.emit(events.eventKinds.churpUpdate, { status: changed });
}

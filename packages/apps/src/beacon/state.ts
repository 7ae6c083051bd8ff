// Reading and writing the state of the beacon, without rules.
// Reference: go/consensus/cometbft/apps/beacon/state/state.go, state_vrf.go.
import { beacon as types } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refuse, refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

const UNSET: types.EpochTimeState = Object.freeze({ epoch: 0n, height: 0 });

export function parameters(state: State): types.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain, as nothing changes them later: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: types.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`beacon parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

/** The epoch and the height it began at; epoch 0 at height 0 where none was ever set. */
export function epoch(state: State): types.EpochTimeState {
  return state.get(keys.epoch.at()) ?? UNSET;
}

export function setEpoch(state: State, value: types.EpochTimeState): void {
  state.set(keys.epoch.at(), value);
}

/** The scheduled transition. */
export function futureEpoch(state: State): types.EpochTimeState | undefined {
  return state.get(keys.futureEpoch.at());
}

/** Schedules a transition; refuses with (`unknown`, 1) if one is scheduled already. */
export function setFutureEpoch(state: State, value: types.EpochTimeState): void {
  const pending = futureEpoch(state);
  if (pending !== undefined) refusePlain("an epoch transition is pending already", { pending, requested: value });
  state.set(keys.futureEpoch.at(), value);
}

export function clearFutureEpoch(state: State): void {
  state.remove(keys.futureEpoch.at());
}

/** The beacon, 32 bytes; refuses with (`beacon`, 2) before the first transition. */
export function beacon(state: State): Uint8Array {
  return state.get(keys.beacon.at()) ?? refuse(types.ErrBeaconNotAvailable, "no epoch transition has happened yet");
}

export function setBeacon(state: State, value: Uint8Array): void {
  state.set(keys.beacon.at(), value);
}

export function pendingMockEpoch(state: State): bigint | undefined {
  return state.get(keys.pendingMockEpoch.at());
}

export function setPendingMockEpoch(state: State, value: bigint): void {
  state.set(keys.pendingMockEpoch.at(), value);
}

export function clearPendingMockEpoch(state: State): void {
  state.remove(keys.pendingMockEpoch.at());
}

/** Undefined with the insecure backend, and before the first block. */
export function vrfState(state: State): types.VRFState | undefined {
  return state.get(keys.vrfState.at());
}

export function setVrfState(state: State, value: types.VRFState): void {
  state.set(keys.vrfState.at(), value);
}

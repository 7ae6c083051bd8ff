// The application's EndBlock: what changed in the validator set.
// Reference: go/consensus/cometbft/apps/scheduler/scheduler.go (updateValidators, diffValidators).
import type { ValidatorUpdate } from "../framework/application.ts";
import type { Context } from "../framework/context.ts";
import {
  clearPendingValidators,
  currentValidators,
  pendingValidators,
  setCurrentValidators,
  type Validators,
} from "./state.ts";

/** Undefined if there was no election in this block. */
export function updateValidators({ state }: Context): ValidatorUpdate[] | undefined {
  const pending = pendingValidators(state);
  if (pending === undefined) return undefined;
  const updates = validatorUpdates(currentValidators(state) ?? new Map(), pending);
  clearPendingValidators(state);
  setCurrentValidators(state, pending);
  return updates;
}

/** By consensus key; validators that are not elected again get power 0. The engine ignores the order. */
export function validatorUpdates(current: Validators, pending: Validators): ValidatorUpdate[] {
  const updates: ValidatorUpdate[] = [];
  for (const publicKey of current.keys()) {
    if (!pending.has(publicKey)) updates.push({ publicKey, power: 0n });
  }
  for (const [publicKey, { votingPower }] of pending) {
    if (current.get(publicKey)?.votingPower !== votingPower) updates.push({ publicKey, power: votingPower });
  }
  return updates.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1));
}

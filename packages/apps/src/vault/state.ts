// Reading and writing the state of the vault application, without rules.
// Reference: go/consensus/cometbft/apps/vault/state/state.go.
import { vaultAddress, type Address } from "@wadi/crypto";
import { vault } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

const NO_PARAMETERS = vault.ConsensusParameters.zero();

/** All zero, which means disabled, where none are stored. */
export function parameters(state: State): vault.ConsensusParameters {
  return state.get(keys.parameters.at()) ?? NO_PARAMETERS;
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: vault.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`vault parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

/** The ledger account of a vault, which is its name too. */
export function addressOf({ creator, id }: vault.Vault): Address {
  return vaultAddress(creator, id);
}

/** All vaults by address. */
export function vaults(state: State): vault.Vault[] {
  return state.list(keys.vaults.all()).map(({ value }) => value);
}

export function hasVault(state: State, address: Address): boolean {
  return state.has(keys.vaults.at({ vault: address }));
}

/** Refuses with (`vault`, 2) if there is none. */
export function vaultAt(state: State, address: Address): vault.Vault {
  const found = state.get(keys.vaults.at({ vault: address }));
  return found ?? refuse(vault.ErrNoSuchVault, "no such vault", { vault: address });
}

export function setVault(state: State, changed: vault.Vault): void {
  state.set(keys.vaults.at({ vault: addressOf(changed) }), changed);
}

/** What an address may withdraw; undefined where the vault has no policy for it. */
export function addressState(state: State, of: Address, address: Address): vault.AddressState | undefined {
  return state.get(keys.addressStates.at({ vault: of, address }));
}

/** The states of all addresses of a vault, in order. */
export function addressStates(state: State, of: Address): Map<Address, vault.AddressState> {
  const found = state.list(keys.addressStates.under({ vault: of }));
  return new Map(found.map(({ fields, value }) => [fields.address, value]));
}

export function setAddressState(state: State, of: Address, address: Address, changed: vault.AddressState): void {
  state.set(keys.addressStates.at({ vault: of, address }), changed);
}

export function pendingAction(state: State, of: Address, nonce: bigint): vault.PendingAction | undefined {
  return state.get(keys.pendingActions.at({ vault: of, nonce }));
}

/** All pending actions of a vault by nonce. */
export function pendingActions(state: State, of: Address): vault.PendingAction[] {
  return state.list(keys.pendingActions.under({ vault: of })).map(({ value }) => value);
}

export function setPendingAction(state: State, of: Address, action: vault.PendingAction): void {
  state.set(keys.pendingActions.at({ vault: of, nonce: action.nonce }), action);
}

export function removePendingAction(state: State, of: Address, nonce: bigint): void {
  state.remove(keys.pendingActions.at({ vault: of, nonce }));
}

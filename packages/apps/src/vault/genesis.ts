// Import and export of the vault state. Reference: go/consensus/cometbft/apps/vault/genesis.go.
import type { Address } from "@wadi/crypto";
import type { genesis, vault } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import {
  addressOf,
  addressStates,
  parameters,
  pendingActions,
  setAddressState,
  setParameters,
  setPendingAction,
  setVault,
  vaults,
} from "./state.ts";

/** Documents from before vaults have no section. Withdraw hooks are part of the staking ledger. */
export function initChain(ctx: Context, { vault: document }: genesis.Document): void {
  if (document === null) return;
  const { state } = ctx;
  setParameters(ctx, document.params);
  for (const one of document.vaults) setVault(state, one);
  for (const [of, byAddress] of document.states) {
    for (const [address, one] of byAddress) setAddressState(state, of, address, one);
  }
  for (const [of, actions] of document.pendingActions) {
    for (const action of actions) setPendingAction(state, of, action);
  }
}

/** The section that would start a chain from this state. */
export function exportGenesis(state: State): vault.Genesis {
  const all = vaults(state);
  const states = new Map<Address, Map<Address, vault.AddressState>>();
  const actions = new Map<Address, vault.PendingAction[]>();
  for (const one of all) {
    const address = addressOf(one);
    const byAddress = addressStates(state, address);
    if (byAddress.size > 0) states.set(address, byAddress);
    const pending = pendingActions(state, address);
    if (pending.length > 0) actions.set(address, pending);
  }
  return { params: parameters(state), vaults: all, states, pendingActions: actions };
}

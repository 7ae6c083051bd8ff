// What others ask about the vaults of a height. Reference: go/consensus/cometbft/apps/vault/query.go.
import type { Address } from "@wadi/crypto";
import { vault } from "@wadi/types";

import { refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { exportGenesis } from "./genesis.ts";
import { addressState, parameters, pendingActions, vaultAt, vaults } from "./state.ts";

/** Answers about one state. */
export const vaultQueries = {
  vaults,
  /** (`vault`, 2) if there is none. */
  vault: vaultAt,
  addressState: queryAddressState,
  /** In order of nonces. */
  pendingActions,
  genesis: exportGenesis,
  consensusParameters: parameters,
} as const;

/** (`vault`, 3) if the vault has no policy for the address. */
function queryAddressState(state: State, of: Address, address: Address): vault.AddressState {
  const found = addressState(state, of, address);
  return found ?? refuse(vault.ErrNoSuchState, "no withdraw policy for the address", { vault: of, address });
}

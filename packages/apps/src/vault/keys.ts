// State keys of the vault application.
// Reference: go/consensus/cometbft/apps/vault/state/state.go.
import type { Schema } from "@wadi/codec";
import { vault } from "@wadi/types";

import { addressElement, u64Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, type ValueFormat } from "../framework/state-value.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

export const keys = {
  vaults: stateKey(0x30, "vaults", { vault: addressElement }, strict(vault.Vault)),
  /** What an address may withdraw from a vault, and has withdrawn. */
  addressStates: stateKey(
    0x31,
    "vault address states",
    { vault: addressElement, address: addressElement },
    strict(vault.AddressState),
  ),
  pendingActions: stateKey(
    0x32,
    "pending vault actions",
    { vault: addressElement, nonce: u64Element },
    strict(vault.PendingAction),
  ),
  /** Absent where the application was never enabled. */
  parameters: stateKey(0x33, "vault parameters", {}, strict(vault.ConsensusParameters)),
} as const;

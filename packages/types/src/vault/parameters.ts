// Parameters and genesis of vaults. Reference: go/vault/api/api.go.
import { bool, list, map, nilable, nullable, optional, struct, u8, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { Address } from "../scalars/address.ts";
import { Costs } from "../transaction/gas.ts";
import { AddressState, PendingAction, Vault } from "./actions.ts";

export const ConsensusParameters = struct("vault.ConsensusParameters", {
  enabled: optional(bool),
  maxAuthorityAddresses: optional(u8),
  gasCosts: optional(Costs),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. */
export const ConsensusParameterChanges = struct("vault.ConsensusParameterChanges", {
  maxAuthorityAddresses: optional(nullable(u8)),
  gasCosts: optional(nilable(Costs)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

export const Genesis = struct("vault.Genesis", {
  params: ConsensusParameters,
  vaults: optional(list(present(Vault))),
  states: optional(map(Address, present(map(Address, present(AddressState))))),
  pendingActions: optional(map(Address, present(list(present(PendingAction))))),
});
export type Genesis = TypeOf<typeof Genesis>;

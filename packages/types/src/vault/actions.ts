// Vaults, their actions and transaction bodies. Reference: go/vault/api/api.go.
import { i64Number, list, nullable, optional, quantity, raw, struct, text, u64, u8, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { State } from "./kinds.ts";

export const Authority = struct("vault.Authority", {
  addresses: nullable(list(Address)),
  threshold: u8,
});
export type Authority = TypeOf<typeof Authority>;

export const Create = struct("vault.Create", {
  adminAuthority: Authority,
  suspendAuthority: Authority,
});
export type Create = TypeOf<typeof Create>;

export const WithdrawPolicy = struct("vault.WithdrawPolicy", {
  limitAmount: quantity,
  limitInterval: u64,
});
export type WithdrawPolicy = TypeOf<typeof WithdrawPolicy>;

export const ActionSuspend = struct("vault.ActionSuspend", {});
export type ActionSuspend = TypeOf<typeof ActionSuspend>;

export const ActionResume = struct("vault.ActionResume", {});
export type ActionResume = TypeOf<typeof ActionResume>;

export const ActionExecuteMessage = struct("vault.ActionExecuteMessage", {
  method: text,
  body: optional(raw),
});
export type ActionExecuteMessage = TypeOf<typeof ActionExecuteMessage>;

export const ActionUpdateWithdrawPolicy = struct("vault.ActionUpdateWithdrawPolicy", {
  address: Address,
  policy: WithdrawPolicy,
});
export type ActionUpdateWithdrawPolicy = TypeOf<typeof ActionUpdateWithdrawPolicy>;

/** Null leaves an authority as it is. */
export const ActionUpdateAuthority = struct("vault.ActionUpdateAuthority", {
  adminAuthority: optional(nullable(Authority)),
  suspendAuthority: optional(nullable(Authority)),
});
export type ActionUpdateAuthority = TypeOf<typeof ActionUpdateAuthority>;

/** Exactly one member is set. */
export const Action = struct("vault.Action", {
  suspend: optional(nullable(ActionSuspend)),
  resume: optional(nullable(ActionResume)),
  executeMsg: optional(nullable(ActionExecuteMessage)),
  updateWithdrawPolicy: optional(nullable(ActionUpdateWithdrawPolicy)),
  updateAuthority: optional(nullable(ActionUpdateAuthority)),
});
export type Action = TypeOf<typeof Action>;

export const AuthorizeAction = struct("vault.AuthorizeAction", {
  vault: Address,
  nonce: u64,
  action: Action,
});
export type AuthorizeAction = TypeOf<typeof AuthorizeAction>;

export const CancelAction = struct("vault.CancelAction", {
  vault: Address,
  nonce: u64,
});
export type CancelAction = TypeOf<typeof CancelAction>;

export const Vault = struct("vault.Vault", {
  creator: Address,
  id: u64,
  state: State,
  nonce: optional(u64),
  adminAuthority: Authority,
  suspendAuthority: Authority,
});
export type Vault = TypeOf<typeof Vault>;

/** How much of a withdraw policy's interval bucket is used. */
export const AddressState = struct("vault.AddressState", {
  withdrawPolicy: WithdrawPolicy,
  bucket: u64,
  amount: quantity,
});
export type AddressState = TypeOf<typeof AddressState>;

export const PendingAction = struct("vault.PendingAction", {
  nonce: u64,
  authorizedBy: nullable(list(Address)),
  action: Action,
});
export type PendingAction = TypeOf<typeof PendingAction>;

export const VaultQuery = struct("vault.VaultQuery", {
  height: i64Number,
  address: Address,
});
export type VaultQuery = TypeOf<typeof VaultQuery>;

export const AddressQuery = struct("vault.AddressQuery", {
  height: i64Number,
  vault: Address,
  address: Address,
});
export type AddressQuery = TypeOf<typeof AddressQuery>;

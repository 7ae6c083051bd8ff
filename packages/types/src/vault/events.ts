// Events of vaults. Reference: go/vault/api/api.go.
import { i64Number, nullable, optional, struct, text, u32, u64, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { Hash } from "../scalars/hash.ts";
import { State } from "./kinds.ts";

export const ActionSubmittedEvent = struct("vault.ActionSubmittedEvent", {
  submitter: Address,
  vault: Address,
  nonce: u64,
});
export type ActionSubmittedEvent = TypeOf<typeof ActionSubmittedEvent>;

export const ActionCanceledEvent = struct("vault.ActionCanceledEvent", {
  vault: Address,
  nonce: u64,
});
export type ActionCanceledEvent = TypeOf<typeof ActionCanceledEvent>;

export const ActionExecutionResult = struct("vault.ActionExecutionResult", {
  module: optional(text),
  code: optional(u32),
});
export type ActionExecutionResult = TypeOf<typeof ActionExecutionResult>;

export const ActionExecutedEvent = struct("vault.ActionExecutedEvent", {
  vault: Address,
  nonce: u64,
  result: optional(ActionExecutionResult),
});
export type ActionExecutedEvent = TypeOf<typeof ActionExecutedEvent>;

export const StateChangedEvent = struct("vault.StateChangedEvent", {
  vault: Address,
  oldState: State,
  newState: State,
});
export type StateChangedEvent = TypeOf<typeof StateChangedEvent>;

export const PolicyUpdatedEvent = struct("vault.PolicyUpdatedEvent", {
  vault: Address,
  address: Address,
});
export type PolicyUpdatedEvent = TypeOf<typeof PolicyUpdatedEvent>;

export const AuthorityUpdatedEvent = struct("vault.AuthorityUpdatedEvent", {
  vault: Address,
});
export type AuthorityUpdatedEvent = TypeOf<typeof AuthorityUpdatedEvent>;

/** Exactly one of the members after `tx_hash` is set. */
export const Event = struct("vault.Event", {
  height: optional(i64Number),
  /** The empty hash (not zeros) for events of block processing. */
  txHash: optional(Hash),
  actionSubmitted: optional(nullable(ActionSubmittedEvent)),
  actionCanceled: optional(nullable(ActionCanceledEvent)),
  actionExecuted: optional(nullable(ActionExecutedEvent)),
  stateChanged: optional(nullable(StateChangedEvent)),
  /** Not tagged: null when unset. */
  policyUpdated: nullable(PolicyUpdatedEvent),
  /** Not tagged: null when unset. */
  authorityUpdated: nullable(AuthorityUpdatedEvent),
});
export type Event = TypeOf<typeof Event>;

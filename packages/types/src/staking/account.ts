// Accounts and delegations. Reference: go/staking/api/api.go.
import { list, map, nullable, optional, quantity, struct, text, u64, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { CommissionSchedule } from "./commission.ts";
import { HookKind, ThresholdKind } from "./kinds.ts";

/** Base units and the shares that own them. */
export const SharePool = struct("staking.SharePool", {
  balance: optional(quantity),
  totalShares: optional(quantity),
});
export type SharePool = TypeOf<typeof SharePool>;

/** A global threshold kind or a constant. */
export const StakeThreshold = struct("staking.StakeThreshold", {
  global: optional(nullable(ThresholdKind)),
  /** A fixed amount; exactly one member is set. */
  const: optional(nullable(quantity)),
});
export type StakeThreshold = TypeOf<typeof StakeThreshold>;

/** Claim name to the thresholds it must meet. */
export const StakeAccumulator = struct("staking.StakeAccumulator", {
  /** A claim without thresholds is null: the reference writes a nil list for it. */
  claims: optional(map(text, nullable(list(StakeThreshold)))),
});
export type StakeAccumulator = TypeOf<typeof StakeAccumulator>;

export const HookDestination = struct("staking.HookDestination", {
  module: text,
});
export type HookDestination = TypeOf<typeof HookDestination>;

export const GeneralAccount = struct("staking.GeneralAccount", {
  balance: optional(quantity),
  nonce: optional(u64),
  allowances: optional(map(Address, quantity)),
  hooks: optional(map(HookKind, HookDestination)),
});
export type GeneralAccount = TypeOf<typeof GeneralAccount>;

export const EscrowAccount = struct("staking.EscrowAccount", {
  active: optional(SharePool),
  debonding: optional(SharePool),
  commissionSchedule: optional(CommissionSchedule),
  stakeAccumulator: optional(StakeAccumulator),
});
export type EscrowAccount = TypeOf<typeof EscrowAccount>;

/** General and escrow part; both vanish from CBOR when all their members are empty. */
export const Account = struct("staking.Account", {
  general: optional(GeneralAccount),
  escrow: optional(EscrowAccount),
});
export type Account = TypeOf<typeof Account>;

export const Delegation = struct("staking.Delegation", {
  shares: quantity,
});
export type Delegation = TypeOf<typeof Delegation>;

export const DebondingDelegation = struct("staking.DebondingDelegation", {
  shares: quantity,
  debondEnd: EpochTime,
});
export type DebondingDelegation = TypeOf<typeof DebondingDelegation>;

export const DelegationInfo = struct("staking.DelegationInfo", {
  ...Delegation.members,
  pool: SharePool,
});
export type DelegationInfo = TypeOf<typeof DelegationInfo>;

export const DebondingDelegationInfo = struct("staking.DebondingDelegationInfo", {
  ...DebondingDelegation.members,
  pool: SharePool,
});
export type DebondingDelegationInfo = TypeOf<typeof DebondingDelegationInfo>;

// Events of the staking module. Reference: go/staking/api/api.go.
import { bool, i64Number, nullable, optional, quantity, struct, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Hash } from "../scalars/hash.ts";

export const TransferEvent = struct("staking.TransferEvent", {
  from: Address,
  to: Address,
  amount: quantity,
});
export type TransferEvent = TypeOf<typeof TransferEvent>;

export const BurnEvent = struct("staking.BurnEvent", {
  owner: Address,
  amount: quantity,
});
export type BurnEvent = TypeOf<typeof BurnEvent>;

export const AddEscrowEvent = struct("staking.AddEscrowEvent", {
  owner: Address,
  escrow: Address,
  amount: quantity,
  newShares: quantity,
});
export type AddEscrowEvent = TypeOf<typeof AddEscrowEvent>;

/** Slashing; `amount` includes `debonding_amount`. */
export const TakeEscrowEvent = struct("staking.TakeEscrowEvent", {
  owner: Address,
  amount: quantity,
  debondingAmount: quantity,
});
export type TakeEscrowEvent = TypeOf<typeof TakeEscrowEvent>;

export const DebondingStartEscrowEvent = struct("staking.DebondingStartEscrowEvent", {
  owner: Address,
  escrow: Address,
  amount: quantity,
  activeShares: quantity,
  debondingShares: quantity,
  debondEndTime: EpochTime,
});
export type DebondingStartEscrowEvent = TypeOf<typeof DebondingStartEscrowEvent>;

export const ReclaimEscrowEvent = struct("staking.ReclaimEscrowEvent", {
  owner: Address,
  escrow: Address,
  amount: quantity,
  shares: quantity,
});
export type ReclaimEscrowEvent = TypeOf<typeof ReclaimEscrowEvent>;

/** Exactly one member is set. */
export const EscrowEvent = struct("staking.EscrowEvent", {
  add: optional(nullable(AddEscrowEvent)),
  take: optional(nullable(TakeEscrowEvent)),
  debondingStart: optional(nullable(DebondingStartEscrowEvent)),
  reclaim: optional(nullable(ReclaimEscrowEvent)),
});
export type EscrowEvent = TypeOf<typeof EscrowEvent>;

export const AllowanceChangeEvent = struct("staking.AllowanceChangeEvent", {
  owner: Address,
  beneficiary: Address,
  allowance: quantity,
  negative: optional(bool),
  amountChange: quantity,
});
export type AllowanceChangeEvent = TypeOf<typeof AllowanceChangeEvent>;

/** Exactly one of the members after `tx_hash` is set. */
export const Event = struct("staking.Event", {
  height: optional(i64Number),
  /** The empty hash (not zeros) for events of block processing. */
  txHash: optional(Hash),
  transfer: optional(nullable(TransferEvent)),
  burn: optional(nullable(BurnEvent)),
  escrow: optional(nullable(EscrowEvent)),
  allowanceChange: optional(nullable(AllowanceChangeEvent)),
});
export type Event = TypeOf<typeof Event>;

// Transaction bodies of the staking module and results of its runtime messages. Reference: go/staking/api/api.go.
import { bool, optional, quantity, struct, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";

export const Transfer = struct("staking.Transfer", {
  to: Address,
  amount: quantity,
});
export type Transfer = TypeOf<typeof Transfer>;

export const Burn = struct("staking.Burn", {
  amount: quantity,
});
export type Burn = TypeOf<typeof Burn>;

/** Body of `staking.AddEscrow`. */
export const Escrow = struct("staking.Escrow", {
  account: Address,
  amount: quantity,
});
export type Escrow = TypeOf<typeof Escrow>;

export const ReclaimEscrow = struct("staking.ReclaimEscrow", {
  account: Address,
  /** Shares, not base units. */
  shares: quantity,
});
export type ReclaimEscrow = TypeOf<typeof ReclaimEscrow>;

export const Allow = struct("staking.Allow", {
  beneficiary: Address,
  /** True lowers the allowance. */
  negative: optional(bool),
  amountChange: quantity,
});
export type Allow = TypeOf<typeof Allow>;

export const Withdraw = struct("staking.Withdraw", {
  from: Address,
  amount: quantity,
});
export type Withdraw = TypeOf<typeof Withdraw>;

/** Result of a transfer made by a runtime message. */
export const TransferResult = struct("staking.TransferResult", {
  from: Address,
  to: Address,
  amount: quantity,
});
export type TransferResult = TypeOf<typeof TransferResult>;

/** Result of an escrow made by a runtime message. */
export const AddEscrowResult = struct("staking.AddEscrowResult", {
  owner: Address,
  escrow: Address,
  amount: quantity,
  newShares: quantity,
});
export type AddEscrowResult = TypeOf<typeof AddEscrowResult>;

/** Result of a reclaim made by a runtime message. */
export const ReclaimEscrowResult = struct("staking.ReclaimEscrowResult", {
  owner: Address,
  escrow: Address,
  amount: quantity,
  debondingShares: quantity,
  remainingShares: quantity,
  debondEndTime: EpochTime,
});
export type ReclaimEscrowResult = TypeOf<typeof ReclaimEscrowResult>;

/** Result of a withdrawal made by a runtime message. */
export const WithdrawResult = struct("staking.WithdrawResult", {
  owner: Address,
  beneficiary: Address,
  allowance: quantity,
  amountChange: quantity,
});
export type WithdrawResult = TypeOf<typeof WithdrawResult>;

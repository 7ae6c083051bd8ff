// Consensus parameters of the staking module. Reference: go/staking/api/api.go, rewards.go.
import {
  bool,
  list,
  map,
  nilable,
  nullable,
  optional,
  quantity,
  struct,
  text,
  u32,
  u64,
  u8,
  type TypeOf,
} from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Costs } from "../transaction/gas.ts";
import { CommissionScheduleRules } from "./commission.ts";
import { SlashReason, ThresholdKind } from "./kinds.ts";

export const RewardStep = struct("staking.RewardStep", {
  until: EpochTime,
  /** Denominator 100 000 000. */
  scale: quantity,
});
export type RewardStep = TypeOf<typeof RewardStep>;

/** What a fault costs and for how many epochs the node is frozen (2^64-1: forever). */
export const Slash = struct("staking.Slash", {
  amount: quantity,
  freezeInterval: EpochTime,
});
export type Slash = TypeOf<typeof Slash>;

/** `token_symbol` and `token_value_exponent` are deprecated copies of the genesis members. */
export const ConsensusParameters = struct("staking.ConsensusParameters", {
  tokenSymbol: optional(text),
  tokenValueExponent: optional(u8),
  thresholds: optional(map(ThresholdKind, quantity)),
  debondingInterval: optional(EpochTime),
  rewardSchedule: optional(list(RewardStep)),
  signingRewardThresholdNumerator: optional(u64),
  signingRewardThresholdDenominator: optional(u64),
  commissionScheduleRules: optional(CommissionScheduleRules),
  slashing: optional(map(SlashReason, Slash)),
  gasCosts: optional(Costs),
  minDelegation: quantity,
  minTransfer: quantity,
  minTransactBalance: quantity,
  disableTransfers: optional(bool),
  disableDelegation: optional(bool),
  undisableTransfersFrom: optional(map(Address, bool)),
  allowEscrowMessages: optional(bool),
  maxAllowances: optional(u32),
  feeSplitWeightPropose: quantity,
  feeSplitWeightVote: quantity,
  feeSplitWeightNextPropose: quantity,
  rewardFactorEpochSigned: quantity,
  rewardFactorBlockProposed: quantity,
  debugBypassStake: optional(bool),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. Members without a tag appear as null on the wire. */
export const ConsensusParameterChanges = struct("staking.ConsensusParameterChanges", {
  debondingInterval: optional(nullable(EpochTime)),
  rewardSchedule: optional(nullable(list(RewardStep))),
  gasCosts: optional(nilable(Costs)),
  minDelegation: nullable(quantity),
  minTransfer: nullable(quantity),
  minTransactBalance: nullable(quantity),
  minCommissionRate: nullable(quantity),
  disableTransfers: optional(nullable(bool)),
  disableDelegation: optional(nullable(bool)),
  allowEscrowMessages: optional(nullable(bool)),
  maxAllowances: optional(nullable(u32)),
  feeSplitWeightPropose: nullable(quantity),
  feeSplitWeightVote: nullable(quantity),
  feeSplitWeightNextPropose: nullable(quantity),
  rewardFactorEpochSigned: nullable(quantity),
  rewardFactorBlockProposed: nullable(quantity),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

// Parameter groups of a runtime descriptor. Reference: go/registry/api/runtime.go.
import { duration, i64, map, nullable, optional, quantity, struct, u16, u32, u64, u8, type TypeOf } from "@wadi/codec";

import { Hash } from "../scalars/hash.ts";
import { SlashReason, ThresholdKind } from "../staking/kinds.ts";
import { Slash } from "../staking/parameters.ts";

export const RuntimeGenesis = struct("registry.RuntimeGenesis", {
  stateRoot: Hash,
  round: u64,
});
export type RuntimeGenesis = TypeOf<typeof RuntimeGenesis>;

export const ExecutorParameters = struct("registry.ExecutorParameters", {
  groupSize: u16,
  groupBackupSize: u16,
  allowedStragglers: u16,
  /** Blocks; unbounded on input, therefore bigint. */
  roundTimeout: i64,
  maxMessages: u32,
  minLiveRoundsPercent: optional(u8),
  maxMissedProposalsPercent: optional(u8),
  /** Rounds that must pass before liveness is judged. */
  minLiveRoundsEval: optional(u64),
  maxLivenessFails: optional(u8),
});
export type ExecutorParameters = TypeOf<typeof ExecutorParameters>;

export const TxnSchedulerParameters = struct("registry.TxnSchedulerParameters", {
  batchFlushTimeout: optional(duration),
  maxBatchSize: optional(u64),
  maxBatchSizeBytes: optional(u64),
  maxInMessages: optional(u32),
  proposeBatchTimeout: optional(duration),
});
export type TxnSchedulerParameters = TypeOf<typeof TxnSchedulerParameters>;

export const StorageParameters = struct("registry.StorageParameters", {
  checkpointInterval: u64,
  checkpointNumKept: u64,
  checkpointChunkSize: u64,
});
export type StorageParameters = TypeOf<typeof StorageParameters>;

export const ValidatorSetConstraint = struct("registry.ValidatorSetConstraint", {});
export type ValidatorSetConstraint = TypeOf<typeof ValidatorSetConstraint>;

export const MaxNodesConstraint = struct("registry.MaxNodesConstraint", {
  limit: u16,
});
export type MaxNodesConstraint = TypeOf<typeof MaxNodesConstraint>;

export const MinPoolSizeConstraint = struct("registry.MinPoolSizeConstraint", {
  limit: u16,
});
export type MinPoolSizeConstraint = TypeOf<typeof MinPoolSizeConstraint>;

/** Rules for one role of one committee kind. */
export const SchedulingConstraints = struct("registry.SchedulingConstraints", {
  validatorSet: optional(nullable(ValidatorSetConstraint)),
  maxNodes: optional(nullable(MaxNodesConstraint)),
  minPoolSize: optional(nullable(MinPoolSizeConstraint)),
});
export type SchedulingConstraints = TypeOf<typeof SchedulingConstraints>;

export const RuntimeStakingParameters = struct("registry.RuntimeStakingParameters", {
  thresholds: optional(map(ThresholdKind, quantity)),
  slashing: optional(map(SlashReason, Slash)),
  rewardEquivocation: optional(u8),
  rewardBadResults: optional(u8),
  minInMessageFee: optional(quantity),
});
export type RuntimeStakingParameters = TypeOf<typeof RuntimeStakingParameters>;

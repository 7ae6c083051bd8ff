// Events of roothash. Reference: go/roothash/api/api.go.
import { bool, i64Number, named, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { Hash } from "../scalars/hash.ts";
import { Namespace } from "../scalars/namespace.ts";
import { ExecutorCommitment } from "./commitment.ts";

export const ExecutorCommittedEvent = struct("roothash.ExecutorCommittedEvent", {
  commit: ExecutorCommitment,
});
export type ExecutorCommittedEvent = TypeOf<typeof ExecutorCommittedEvent>;

export const ExecutionDiscrepancyDetectedEvent = struct("roothash.ExecutionDiscrepancyDetectedEvent", {
  round: u64,
  rank: u64,
  timeout: bool,
});
export type ExecutionDiscrepancyDetectedEvent = TypeOf<typeof ExecutionDiscrepancyDetectedEvent>;

export const FinalizedEvent = struct("roothash.FinalizedEvent", {
  round: u64,
});
export type FinalizedEvent = TypeOf<typeof FinalizedEvent>;

export const InMsgProcessedEvent = struct("roothash.InMsgProcessedEvent", {
  id: u64,
  round: u64,
  caller: Address,
  tag: optional(u64),
});
export type InMsgProcessedEvent = TypeOf<typeof InMsgProcessedEvent>;

/** Event attribute; its value is the base64 of the raw 32 bytes, not CBOR. */
export const RuntimeIDAttribute = struct("roothash.RuntimeIDAttribute", {
  id: named("ID", Namespace),
});
export type RuntimeIDAttribute = TypeOf<typeof RuntimeIDAttribute>;

/** Exactly one of the members after `runtime_id` is set. */
export const Event = struct("roothash.Event", {
  height: optional(i64Number),
  /** The empty hash (not zeros) for events of block processing. */
  txHash: optional(Hash),
  runtimeId: Namespace,
  executorCommitted: optional(nullable(ExecutorCommittedEvent)),
  executionDiscrepancy: optional(nullable(ExecutionDiscrepancyDetectedEvent)),
  finalized: optional(nullable(FinalizedEvent)),
  inMsgProcessed: optional(nullable(InMsgProcessedEvent)),
});
export type Event = TypeOf<typeof Event>;

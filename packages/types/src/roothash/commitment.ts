// Executor commitments and proposals. Reference: go/roothash/api/commitment.
import { bool, list, map, nullable, optional, struct, u32, u64, u8, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { Hash } from "../scalars/hash.ts";
import { PublicKey, RawSignature } from "../scalars/keys.ts";
import { Message } from "./message.ts";

/** A u8; see `executorCommitmentFailures`. */
export const ExecutorCommitmentFailure = u8;
export type ExecutorCommitmentFailure = number;

export const executorCommitmentFailures = { none: 0, unknown: 1, stateUnavailable: 2 } as const;

/** Signed by the RAK. The optional hashes are null in a failure indication. */
export const ComputeResultsHeader = struct("roothash.ComputeResultsHeader", {
  round: u64,
  previousHash: Hash,
  ioRoot: optional(nullable(Hash)),
  stateRoot: optional(nullable(Hash)),
  messagesHash: optional(nullable(Hash)),
  inMsgsHash: optional(nullable(Hash)),
  inMsgsCount: optional(u32),
});
export type ComputeResultsHeader = TypeOf<typeof ComputeResultsHeader>;

export const ExecutorCommitmentHeader = struct("roothash.ExecutorCommitmentHeader", {
  schedulerId: PublicKey,
  header: ComputeResultsHeader,
  failure: optional(ExecutorCommitmentFailure),
  rakSig: optional(nullable(RawSignature)),
});
export type ExecutorCommitmentHeader = TypeOf<typeof ExecutorCommitmentHeader>;

export const ExecutorCommitment = struct("roothash.ExecutorCommitment", {
  nodeId: PublicKey,
  header: ExecutorCommitmentHeader,
  /** Over the CBOR of `header`. */
  sig: RawSignature,
  messages: optional(list(Message)),
});
export type ExecutorCommitment = TypeOf<typeof ExecutorCommitment>;

export const ProposalHeader = struct("roothash.ProposalHeader", {
  round: u64,
  previousHash: Hash,
  batchHash: Hash,
});
export type ProposalHeader = TypeOf<typeof ProposalHeader>;

export const Proposal = struct("roothash.Proposal", {
  nodeId: PublicKey,
  header: ProposalHeader,
  /** Over the CBOR of `header`. */
  sig: RawSignature,
  batch: optional(list(Hash)),
  batchSig: optional(nullable(RawSignature)),
});
export type Proposal = TypeOf<typeof Proposal>;

export const SchedulerCommitment = struct("roothash.SchedulerCommitment", {
  commitment: optional(nullable(ExecutorCommitment)),
  /** Node to the hash it voted for; null is a failure indication. */
  votes: optional(map(PublicKey, nullable(Hash))),
});
export type SchedulerCommitment = TypeOf<typeof SchedulerCommitment>;

/** Commitments of one round by scheduler rank. */
export const Pool = struct("roothash.Pool", {
  highestRank: optional(u64),
  schedulerCommitments: optional(map(u64, present(SchedulerCommitment))),
  discrepancy: optional(bool),
});
export type Pool = TypeOf<typeof Pool>;

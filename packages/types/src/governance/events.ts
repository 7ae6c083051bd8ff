// Events of governance. Reference: go/governance/api/api.go.
import { i64Number, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { Hash } from "../scalars/hash.ts";
import { ProposalState, Vote } from "./kinds.ts";

export const ProposalSubmittedEvent = struct("governance.ProposalSubmittedEvent", {
  id: u64,
  submitter: Address,
});
export type ProposalSubmittedEvent = TypeOf<typeof ProposalSubmittedEvent>;

export const ProposalExecutedEvent = struct("governance.ProposalExecutedEvent", {
  id: u64,
});
export type ProposalExecutedEvent = TypeOf<typeof ProposalExecutedEvent>;

export const ProposalFinalizedEvent = struct("governance.ProposalFinalizedEvent", {
  id: u64,
  state: ProposalState,
});
export type ProposalFinalizedEvent = TypeOf<typeof ProposalFinalizedEvent>;

export const VoteEvent = struct("governance.VoteEvent", {
  id: u64,
  submitter: Address,
  vote: Vote,
});
export type VoteEvent = TypeOf<typeof VoteEvent>;

/** Exactly one of the members after `tx_hash` is set. */
export const Event = struct("governance.Event", {
  height: optional(i64Number),
  /** The empty hash (not zeros) for events of block processing. */
  txHash: optional(Hash),
  proposalSubmitted: optional(nullable(ProposalSubmittedEvent)),
  proposalExecuted: optional(nullable(ProposalExecutedEvent)),
  proposalFinalized: optional(nullable(ProposalFinalizedEvent)),
  vote: optional(nullable(VoteEvent)),
});
export type Event = TypeOf<typeof Event>;

// Proposals and votes. Reference: go/governance/api/api.go.
import {
  i64Number,
  map,
  nilable,
  nullable,
  optional,
  quantity,
  raw,
  struct,
  text,
  u64,
  type TypeOf,
} from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Descriptor } from "../upgrade/upgrade.ts";
import { ProposalState, Vote } from "./kinds.ts";

export const ProposalMetadata = struct("governance.ProposalMetadata", {
  title: text,
  description: optional(text),
});
export type ProposalMetadata = TypeOf<typeof ProposalMetadata>;

/** The upgrade descriptor, flattened in. */
export const UpgradeProposal = struct("governance.UpgradeProposal", {
  ...Descriptor.members,
});
export type UpgradeProposal = TypeOf<typeof UpgradeProposal>;

export const CancelUpgradeProposal = struct("governance.CancelUpgradeProposal", {
  proposalId: u64,
});
export type CancelUpgradeProposal = TypeOf<typeof CancelUpgradeProposal>;

/** `changes` is the CBOR of the module's ConsensusParameterChanges. */
export const ChangeParametersProposal = struct("governance.ChangeParametersProposal", {
  module: text,
  changes: raw,
});
export type ChangeParametersProposal = TypeOf<typeof ChangeParametersProposal>;

/** Exactly one of upgrade, cancel and change is set. */
export const ProposalContent = struct("governance.ProposalContent", {
  metadata: optional(nullable(ProposalMetadata)),
  upgrade: optional(nullable(UpgradeProposal)),
  cancelUpgrade: optional(nullable(CancelUpgradeProposal)),
  changeParameters: optional(nullable(ChangeParametersProposal)),
});
export type ProposalContent = TypeOf<typeof ProposalContent>;

export const ProposalVote = struct("governance.ProposalVote", {
  id: u64,
  vote: Vote,
});
export type ProposalVote = TypeOf<typeof ProposalVote>;

export const Proposal = struct("governance.Proposal", {
  id: u64,
  submitter: Address,
  state: ProposalState,
  deposit: quantity,
  content: ProposalContent,
  createdAt: EpochTime,
  closesAt: EpochTime,
  /** Null until the votes are counted; sanity checks tell null from empty. */
  results: optional(nilable(map(Vote, quantity))),
  invalidVotes: optional(u64),
});
export type Proposal = TypeOf<typeof Proposal>;

export const VoteEntry = struct("governance.VoteEntry", {
  voter: Address,
  vote: Vote,
});
export type VoteEntry = TypeOf<typeof VoteEntry>;

export const ProposalQuery = struct("governance.ProposalQuery", {
  height: i64Number,
  id: u64,
});
export type ProposalQuery = TypeOf<typeof ProposalQuery>;

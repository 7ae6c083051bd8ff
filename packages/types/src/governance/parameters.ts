// Parameters and genesis of governance. Reference: go/governance/api/api.go.
import { bool, list, map, nilable, nullable, optional, quantity, struct, u64, u8, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Costs } from "../transaction/gas.ts";
import { Proposal, VoteEntry } from "./proposals.ts";

export const ConsensusParameters = struct("governance.ConsensusParameters", {
  gasCosts: optional(Costs),
  minProposalDeposit: optional(quantity),
  votingPeriod: optional(EpochTime),
  stakeThreshold: optional(u8),
  upgradeMinEpochDiff: optional(EpochTime),
  upgradeCancelMinEpochDiff: optional(EpochTime),
  enableChangeParametersProposal: optional(bool),
  allowVoteWithoutEntity: optional(bool),
  allowProposalMetadata: optional(bool),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. */
export const ConsensusParameterChanges = struct("governance.ConsensusParameterChanges", {
  gasCosts: optional(nilable(Costs)),
  minProposalDeposit: optional(nullable(quantity)),
  votingPeriod: optional(nullable(EpochTime)),
  stakeThreshold: optional(nullable(u8)),
  upgradeMinEpochDiff: optional(nullable(EpochTime)),
  upgradeCancelMinEpochDiff: optional(nullable(EpochTime)),
  enableChangeParametersProposal: optional(nullable(bool)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

export const Genesis = struct("governance.Genesis", {
  params: ConsensusParameters,
  proposals: optional(list(present(Proposal))),
  /** Null where nobody voted: exported documents name every proposal. */
  voteEntries: optional(map(u64, nullable(list(present(VoteEntry))))),
});
export type Genesis = TypeOf<typeof Genesis>;

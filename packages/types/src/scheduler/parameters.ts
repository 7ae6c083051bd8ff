// Parameters and genesis of the scheduler. Reference: go/scheduler/api/api.go.
import { bool, i64, map, nilable, nullable, optional, quantity, struct, u64, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";
import { byteList } from "./byte-list.ts";
import { CommitteeKind, Role, VotingPowerDistribution } from "./kinds.ts";

/** Debug only. */
export const ForceElectCommitteeRole = struct("scheduler.ForceElectCommitteeRole", {
  kind: optional(CommitteeKind),
  roles: optional(byteList(Role)),
  index: optional(u64),
});
export type ForceElectCommitteeRole = TypeOf<typeof ForceElectCommitteeRole>;

export const ConsensusParameters = struct("scheduler.ConsensusParameters", {
  minValidators: i64,
  maxValidators: i64,
  maxValidatorsPerEntity: i64,
  debugBypassStake: optional(bool),
  rewardFactorEpochElectionAny: quantity,
  /** Debug only; sanity checks tell null from empty. */
  debugForceElect: optional(nilable(map(Namespace, present(map(PublicKey, present(ForceElectCommitteeRole)))))),
  debugAllowWeakAlpha: optional(bool),
  votingPowerDistribution: optional(VotingPowerDistribution),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. Members without a tag appear as null on the wire. */
export const ConsensusParameterChanges = struct("scheduler.ConsensusParameterChanges", {
  minValidators: nullable(i64),
  maxValidators: nullable(i64),
  votingPowerDistribution: optional(nullable(VotingPowerDistribution)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

export const Genesis = struct("scheduler.Genesis", {
  params: ConsensusParameters,
});
export type Genesis = TypeOf<typeof Genesis>;

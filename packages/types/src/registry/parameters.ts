// Consensus parameters of the registry. Reference: go/registry/api/api.go.
import { bool, map, nilable, nullable, optional, struct, u8, type TypeOf } from "@wadi/codec";

import { TEEFeatures } from "../node/tee.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Costs } from "../transaction/gas.ts";
import { RuntimeGovernanceModel } from "./kinds.ts";

export const ConsensusParameters = struct("registry.ConsensusParameters", {
  debugAllowUnroutableAddresses: optional(bool),
  debugAllowTestRuntimes: optional(bool),
  debugDeployImmediately: optional(bool),
  disableRuntimeRegistration: optional(bool),
  disableKmRuntimeRegistration: optional(bool),
  enableKmChurp: optional(bool),
  gasCosts: optional(Costs),
  maxNodeExpiration: optional(EpochTime),
  enableRuntimeGovernanceModels: optional(map(RuntimeGovernanceModel, bool)),
  teeFeatures: optional(nullable(TEEFeatures)),
  maxRuntimeDeployments: optional(u8),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. */
export const ConsensusParameterChanges = struct("registry.ConsensusParameterChanges", {
  disableRuntimeRegistration: optional(nullable(bool)),
  disableKmRuntimeRegistration: optional(nullable(bool)),
  gasCosts: optional(nilable(Costs)),
  maxNodeExpiration: optional(nullable(EpochTime)),
  enableRuntimeGovernanceModels: optional(nilable(map(RuntimeGovernanceModel, bool))),
  /** A double pointer in the reference: present but null cannot be told from absent. */
  teeFeatures: optional(nullable(TEEFeatures)),
  maxRuntimeDeployments: optional(nullable(u8)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

// Parameters and genesis of roothash. Reference: go/roothash/api/api.go.
import { bool, list, map, nilable, nullable, optional, struct, u32, u64, type TypeOf } from "@wadi/codec";

import { present } from "../present.ts";
import { RuntimeGenesis } from "../registry/runtime-parameters.ts";
import { Namespace } from "../scalars/namespace.ts";
import { Costs } from "../transaction/gas.ts";
import { MessageEvent } from "./state.ts";

export const ConsensusParameters = struct("roothash.ConsensusParameters", {
  gasCosts: optional(Costs),
  debugDoNotSuspendRuntimes: optional(bool),
  debugBypassStake: optional(bool),
  maxRuntimeMessages: u32,
  maxInRuntimeMessages: u32,
  maxEvidenceAge: u64,
  maxPastRootsStored: optional(u64),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. Members without a tag appear as null on the wire. */
export const ConsensusParameterChanges = struct("roothash.ConsensusParameterChanges", {
  gasCosts: optional(nilable(Costs)),
  maxRuntimeMessages: nullable(u32),
  maxInRuntimeMessages: nullable(u32),
  maxEvidenceAge: nullable(u64),
  maxPastRootsStored: optional(nullable(u64)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

/** The runtime genesis members are flattened in. */
export const GenesisRuntimeState = struct("roothash.GenesisRuntimeState", {
  ...RuntimeGenesis.members,
  messageResults: optional(list(present(MessageEvent))),
});
export type GenesisRuntimeState = TypeOf<typeof GenesisRuntimeState>;

export const Genesis = struct("roothash.Genesis", {
  params: ConsensusParameters,
  runtimeStates: optional(map(Namespace, present(GenesisRuntimeState))),
});
export type Genesis = TypeOf<typeof Genesis>;

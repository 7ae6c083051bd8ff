// The beacon: parameters, state and events. Reference: go/beacon/api/api.go, vrf.go, insecure.go.
import {
  bool,
  bytes,
  i64,
  i64Number,
  map,
  named,
  nullable,
  optional,
  struct,
  text,
  u64,
  type TypeOf,
} from "@wadi/codec";

import { present } from "../present.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Proof } from "../signature/proof.ts";
import { Costs } from "../transaction/gas.ts";

export const InsecureParameters = struct("beacon.InsecureParameters", {
  /** Epoch length in blocks. */
  interval: optional(i64),
});
export type InsecureParameters = TypeOf<typeof InsecureParameters>;

export const VRFParameters = struct("beacon.VRFParameters", {
  alphaHqThreshold: optional(u64),
  /** Epoch length in blocks; unbounded in genesis, therefore bigint, like every height computed from it. */
  interval: optional(i64),
  proofDelay: optional(i64),
  gasCosts: optional(Costs),
});
export type VRFParameters = TypeOf<typeof VRFParameters>;

export const ConsensusParameters = struct("beacon.ConsensusParameters", {
  backend: text,
  debugMockBackend: optional(bool),
  insecureParameters: optional(nullable(InsecureParameters)),
  vrfParameters: optional(nullable(VRFParameters)),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

export const Genesis = struct("beacon.Genesis", {
  base: EpochTime,
  params: ConsensusParameters,
});
export type Genesis = TypeOf<typeof Genesis>;

export const EpochTimeState = struct("beacon.EpochTimeState", {
  epoch: EpochTime,
  height: i64Number,
});
export type EpochTimeState = TypeOf<typeof EpochTimeState>;

/** Body of `beacon.VRFProve`. */
export const VRFProve = struct("beacon.VRFProve", {
  epoch: EpochTime,
  pi: nullable(bytes),
});
export type VRFProve = TypeOf<typeof VRFProve>;

export const PrevVRFState = struct("beacon.PrevVRFState", {
  /** The key is literally `pi.omitempty` (a slip in the reference that became wire format); null when nil. */
  pi: named("pi.omitempty", nullable(map(PublicKey, present(Proof)))),
  canElect: optional(bool),
});
export type PrevVRFState = TypeOf<typeof PrevVRFState>;

/** The VRF round in progress. */
export const VRFState = struct("beacon.VRFState", {
  epoch: optional(EpochTime),
  alpha: optional(bytes),
  pi: optional(map(PublicKey, present(Proof))),
  alphaHq: optional(bool),
  /** Block height. */
  submitAfter: optional(i64),
  prevState: optional(nullable(PrevVRFState)),
});
export type VRFState = TypeOf<typeof VRFState>;

export const EpochEvent = struct("beacon.EpochEvent", {
  epoch: optional(EpochTime),
});
export type EpochEvent = TypeOf<typeof EpochEvent>;

export const BeaconEvent = struct("beacon.BeaconEvent", {
  beacon: optional(bytes),
});
export type BeaconEvent = TypeOf<typeof BeaconEvent>;

export const VRFEvent = struct("beacon.VRFEvent", {
  epoch: optional(EpochTime),
  alpha: optional(bytes),
  /** Block height. */
  submitAfter: i64,
});
export type VRFEvent = TypeOf<typeof VRFEvent>;

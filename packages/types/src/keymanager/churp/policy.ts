// Access policy and status of a churp scheme. Reference: go/keymanager/churp/policy.go, state.go.
import { bool, i64Number, list, map, nilable, nullable, optional, struct, u32, u8, type TypeOf } from "@wadi/codec";

import { present } from "../../present.ts";
import { EpochTime } from "../../scalars/epoch.ts";
import { Hash } from "../../scalars/hash.ts";
import { PublicKey } from "../../scalars/keys.ts";
import { Namespace } from "../../scalars/namespace.ts";
import { EnclaveIdentity } from "../../sgx/enclave-identity.ts";
import { Signature } from "../../signature/signed.ts";
import { Costs } from "../../transaction/gas.ts";

export const Identity = struct("churp.Identity", {
  id: u8,
  runtimeId: Namespace,
});
export type Identity = TypeOf<typeof Identity>;

export const PolicySGX = struct("churp.PolicySGX", {
  ...Identity.members,
  serial: u32,
  mayShare: nullable(list(EnclaveIdentity)),
  mayJoin: nullable(list(EnclaveIdentity)),
  /** Until 26.1 there could be none; an empty map counts as one. */
  mayQuery: optional(nilable(map(Namespace, nullable(list(EnclaveIdentity))))),
});
export type PolicySGX = TypeOf<typeof PolicySGX>;

/** The signatures cover the CBOR of `policy`. */
export const SignedPolicySGX = struct("churp.SignedPolicySGX", {
  policy: PolicySGX,
  signatures: optional(list(Signature)),
});
export type SignedPolicySGX = TypeOf<typeof SignedPolicySGX>;

export const Application = struct("churp.Application", {
  checksum: Hash,
  reconstructed: bool,
});
export type Application = TypeOf<typeof Application>;

export const Status = struct("churp.Status", {
  ...Identity.members,
  suiteId: u8,
  threshold: u8,
  extraShares: u8,
  handoffInterval: EpochTime,
  policy: SignedPolicySGX,
  handoff: EpochTime,
  checksum: optional(nullable(Hash)),
  committee: optional(list(PublicKey)),
  nextHandoff: EpochTime,
  nextChecksum: optional(nullable(Hash)),
  applications: optional(map(PublicKey, Application)),
});
export type Status = TypeOf<typeof Status>;

export const ConsensusParameters = struct("churp.ConsensusParameters", {
  gasCosts: optional(Costs),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

export const Genesis = struct("churp.Genesis", {
  params: ConsensusParameters,
  statuses: optional(list(present(Status))),
});
export type Genesis = TypeOf<typeof Genesis>;

export const StatusQuery = struct("churp.StatusQuery", {
  height: i64Number,
  runtimeId: Namespace,
  churpId: u8,
});
export type StatusQuery = TypeOf<typeof StatusQuery>;

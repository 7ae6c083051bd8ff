// Access policy and status of a key manager. Reference: go/keymanager/secrets/api.go, policy_sgx.go.
import { bool, bytes, list, map, nilable, nullable, optional, struct, u32, u64, type TypeOf } from "@wadi/codec";

import { present } from "../../present.ts";
import { EpochTime } from "../../scalars/epoch.ts";
import { PublicKey } from "../../scalars/keys.ts";
import { Namespace } from "../../scalars/namespace.ts";
import { EnclaveIdentity } from "../../sgx/enclave-identity.ts";
import { Signature } from "../../signature/signed.ts";
import { Costs } from "../../transaction/gas.ts";

export const EnclavePolicySGX = struct("secrets.EnclavePolicySGX", {
  mayQuery: nullable(map(Namespace, nullable(list(EnclaveIdentity)))),
  mayReplicate: nullable(list(EnclaveIdentity)),
});
export type EnclavePolicySGX = TypeOf<typeof EnclavePolicySGX>;

export const PolicySGX = struct("secrets.PolicySGX", {
  serial: u32,
  id: Namespace,
  /** Keyed by enclave identity, which is a map in CBOR. Signatures cover null entries too. */
  enclaves: nullable(map(EnclaveIdentity, nullable(EnclavePolicySGX))),
  masterSecretRotationInterval: optional(EpochTime),
  maxEphemeralSecretAge: optional(EpochTime),
});
export type PolicySGX = TypeOf<typeof PolicySGX>;

/** The signatures cover the CBOR of `policy`. */
export const SignedPolicySGX = struct("secrets.SignedPolicySGX", {
  policy: PolicySGX,
  signatures: nullable(list(Signature)),
});
export type SignedPolicySGX = TypeOf<typeof SignedPolicySGX>;

export const Status = struct("secrets.Status", {
  id: Namespace,
  isInitialized: bool,
  isSecure: bool,
  generation: optional(u64),
  rotationEpoch: optional(EpochTime),
  checksum: nullable(bytes),
  nodes: nullable(list(PublicKey)),
  policy: nullable(SignedPolicySGX),
  nextPolicy: optional(nullable(SignedPolicySGX)),
  rsk: optional(nullable(PublicKey)),
});
export type Status = TypeOf<typeof Status>;

export const ConsensusParameters = struct("secrets.ConsensusParameters", {
  gasCosts: optional(Costs),
});
export type ConsensusParameters = TypeOf<typeof ConsensusParameters>;

/** Null leaves a parameter unchanged. */
export const ConsensusParameterChanges = struct("secrets.ConsensusParameterChanges", {
  gasCosts: optional(nilable(Costs)),
});
export type ConsensusParameterChanges = TypeOf<typeof ConsensusParameterChanges>;

export const Genesis = struct("secrets.Genesis", {
  params: ConsensusParameters,
  statuses: optional(list(present(Status))),
});
export type Genesis = TypeOf<typeof Genesis>;

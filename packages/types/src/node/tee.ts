// TEE capabilities of nodes and the TEE features of the registry. Reference: go/common/node/node.go, tee.go.
import { bool, bytes, nullable, optional, struct, u64, u8, type TypeOf } from "@wadi/codec";

import { PublicKey, X25519PublicKey } from "../scalars/keys.ts";
import { Policy } from "../sgx/quote.ts";
import { Signature } from "../signature/signed.ts";

/** A u8; also covers TDX. */
export const TEEHardware = u8;
export type TEEHardware = number;

export const teeHardware = { none: 0, intelSGX: 1 } as const;

export const CapabilityTEE = struct("node.CapabilityTEE", {
  hardware: TEEHardware,
  rak: PublicKey,
  rek: optional(nullable(X25519PublicKey)),
  attestation: nullable(bytes),
});
export type CapabilityTEE = TypeOf<typeof CapabilityTEE>;

export const Capabilities = struct("node.Capabilities", {
  tee: optional(nullable(CapabilityTEE)),
});
export type Capabilities = TypeOf<typeof Capabilities>;

/** A TEE capability with the node's signature over its CBOR. */
export const EndorsedCapabilityTEE = struct("node.EndorsedCapabilityTEE", {
  capabilityTee: CapabilityTEE,
  nodeEndorsement: Signature,
});
export type EndorsedCapabilityTEE = TypeOf<typeof EndorsedCapabilityTEE>;

/** Which SGX features the registry allows. */
export const TEEFeaturesSGX = struct("node.TEEFeaturesSGX", {
  pcs: bool,
  signedAttestations: optional(bool),
  defaultPolicy: optional(nullable(Policy)),
  maxAttestationAge: optional(u64),
  tdx: optional(bool),
});
export type TEEFeaturesSGX = TypeOf<typeof TEEFeaturesSGX>;

export const TEEFeatures = struct("node.TEEFeatures", {
  sgx: TEEFeaturesSGX,
  freshnessProofs: bool,
});
export type TEEFeatures = TypeOf<typeof TEEFeatures>;

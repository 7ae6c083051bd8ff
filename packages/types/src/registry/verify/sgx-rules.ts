// What SGX constraints, attestations and quote policies may say under the features that a network
// enables.
// Reference: oasis-core go/common/node/sgx.go, tee.go, go/common/sgx/quote/quote.go.
import { decodeCbor } from "@wadi/codec";

import { type SGXAttestation, SGXConstraints } from "../../node/sgx.ts";
import type { TEEFeatures } from "../../node/tee.ts";
import type { Policy } from "../../sgx/quote.ts";

const LATEST_CONSTRAINTS_VERSION = 1;
const LATEST_ATTESTATION_VERSION = 1;

/** What is wrong with a quote policy at this feature version, or undefined. */
export function quotePolicyProblem(policy: Policy, isFeatureVersion261: boolean): string | undefined {
  const hasWhitelist = policy.pcs !== null && policy.pcs.fmspcWhitelist.length > 0;
  return hasWhitelist && !isFeatureVersion261 ? "fmspc whitelist should be empty" : undefined;
}

/** What is wrong with SGX constraints under the enabled features, or undefined. */
export function sgxConstraintsProblem(
  constraints: SGXConstraints,
  features: TEEFeatures | null,
  isFeatureVersion261: boolean,
): string | undefined {
  const { v, policy } = constraints;
  // Attestation through PCS came together with version 1 of both structures.
  const hasPcs = features?.sgx.pcs ?? false;
  if (v > LATEST_CONSTRAINTS_VERSION || (v !== 0 && !hasPcs)) return `unsupported SGX constraints version: ${v}`;
  if (policy === null) return undefined;
  const hasTdx = features?.sgx.tdx ?? false;
  if (!hasTdx && policy.pcs !== null && policy.pcs.tdx !== null) return "TDX policy not supported";
  return quotePolicyProblem(policy, isFeatureVersion261);
}

/** What is wrong with an attestation under the enabled features, or undefined. */
export function sgxAttestationProblem(attestation: SGXAttestation, features: TEEFeatures | null): string | undefined {
  const { v } = attestation;
  const hasPcs = features?.sgx.pcs ?? false;
  return v > LATEST_ATTESTATION_VERSION || (v !== 0 && !hasPcs)
    ? `unsupported SGX attestation version: ${v}`
    : undefined;
}

/** The constraints with what they leave open filled in from the network's defaults. */
export function withDefaultConstraints(constraints: SGXConstraints, features: TEEFeatures | null): SGXConstraints {
  if (features === null) return constraints;
  const { defaultPolicy, maxAttestationAge, pcs } = features.sgx;
  const { policy } = constraints;
  return {
    ...constraints,
    policy:
      defaultPolicy === null
        ? policy
        : {
            ias: policy?.ias ?? defaultPolicy.ias,
            pcs: policy?.pcs ?? (pcs ? defaultPolicy.pcs : null),
          },
    maxAttestationAge: constraints.maxAttestationAge === 0n ? maxAttestationAge : constraints.maxAttestationAge,
  };
}

/** Absent constraints are those of version 0 that allow nothing; an empty byte string is malformed. */
export function decodeSgxConstraints(tee: Uint8Array | null): SGXConstraints {
  return tee === null ? SGXConstraints.zero() : decodeCbor(SGXConstraints, tee);
}

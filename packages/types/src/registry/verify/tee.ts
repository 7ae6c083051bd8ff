// Attestations of nodes: every rule that needs no quote cryptography. The quote itself is verified
// through a port.
// Reference: oasis-core go/registry/api/api.go `VerifyNodeRuntimeEnclaveIDs`, go/common/node/node.go
// `CapabilityTEE.Verify`, sgx.go `SGXAttestation.Verify`.
import { decodeCbor } from "@wadi/codec";
import { bindContext, hashAttestation, hashRak, signatureContexts, type SignatureVerifier } from "@wadi/crypto";
import { bytesEqual, WadiError } from "@wadi/util";

import type { Runtime as NodeRuntime } from "../../node/info.ts";
import { SGXAttestation, type SGXConstraints } from "../../node/sgx.ts";
import { type CapabilityTEE, type TEEFeatures, teeHardware } from "../../node/tee.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import { ErrTEEHardwareMismatch } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { deploymentForVersion } from "./deployments.ts";
import type { QuoteVerifier, VerifiedQuote } from "./ports.ts";
import { invalidArgument, refusal } from "./refusal.ts";
import {
  decodeSgxConstraints,
  sgxAttestationProblem,
  sgxConstraintsProblem,
  withDefaultConstraints,
} from "./sgx-rules.ts";

const ATTESTATION_CONTEXT = bindContext(signatureContexts.teeAttestation);
const RAK_HASH_BYTES = 32;

/** What attestations are verified against. */
export interface AttestationContext {
  /** Time and height of the block. Times are compared to the nanosecond. */
  readonly unixNanos: bigint;
  readonly height: bigint;
  readonly quotes: QuoteVerifier;
  readonly verifier: SignatureVerifier;
}

/**
 * Refuses a node's runtime entry whose hardware is not the runtime's (registry 8), whose version
 * is not deployed (1), or whose attestation does not hold.
 */
export function verifyNodeRuntimeEnclaves(
  nodeId: PublicKey,
  entry: NodeRuntime,
  runtime: Runtime,
  features: TEEFeatures | null,
  isFeatureVersion261: boolean,
  attestations: AttestationContext,
): void {
  const capability = entry.capabilities.tee;
  const hardware = capability?.hardware ?? teeHardware.none;
  if (hardware !== runtime.teeHardware) throw new WadiError(ErrTEEHardwareMismatch);
  if (capability === null) return;
  const deployment = deploymentForVersion(runtime, entry.version);
  if (deployment === undefined) throw invalidArgument("node running unknown runtime enclave version");
  if (capability.hardware !== teeHardware.intelSGX) throw refusal("node: invalid TEE implementation");

  const attestation = decodeAttestation(capability.attestation, features);
  const constraints = decodeConstraints(deployment.tee, features, isFeatureVersion261);
  verifyAttestation(attestation, constraints, capability, nodeId, features, attestations);
}

function decodeConstraints(
  tee: Uint8Array | null,
  features: TEEFeatures | null,
  isFeatureVersion261: boolean,
): SGXConstraints {
  let constraints: SGXConstraints;
  try {
    constraints = decodeSgxConstraints(tee);
  } catch (e) {
    throw refusal("node: malformed SGX constraints", e);
  }
  const problem = sgxConstraintsProblem(constraints, features, isFeatureVersion261);
  if (problem !== undefined) throw refusal(`node: malformed SGX constraints: ${problem}`);
  return constraints;
}

function decodeAttestation(bytes: Uint8Array | null, features: TEEFeatures | null): SGXAttestation {
  let attestation: SGXAttestation;
  try {
    attestation = bytes === null ? SGXAttestation.zero() : decodeCbor(SGXAttestation, bytes);
  } catch (e) {
    throw refusal("node: malformed SGX attestation", e);
  }
  const problem = sgxAttestationProblem(attestation, features);
  if (problem !== undefined) throw refusal(`node: malformed SGX attestation: ${problem}`);
  return attestation;
}

function verifyAttestation(
  attestation: SGXAttestation,
  constraints: SGXConstraints,
  capability: CapabilityTEE,
  nodeId: PublicKey,
  features: TEEFeatures | null,
  { unixNanos, height, quotes, verifier }: AttestationContext,
): void {
  const effective = withDefaultConstraints(constraints, features);
  const { quote } = attestation;
  if ((quote.ias === null) === (quote.pcs === null)) throw refusal("exactly one quote kind must be set");
  const verified = quotes.verifyQuote(quote, effective.policy ?? { ias: null, pcs: null }, unixNanos);

  if (!effective.enclaves.includes(verified.identity)) throw refusal("node: bad TEE enclave identity");
  if (!bytesEqual(verified.reportData.subarray(0, RAK_HASH_BYTES), hashRak(capability.rak))) {
    throw refusal("node: RAK hash mismatch");
  }
  if (features?.sgx.signedAttestations === true) {
    verifyFreshness(attestation, effective, capability, nodeId, verified, height, verifier);
  }
}

function verifyFreshness(
  attestation: SGXAttestation,
  constraints: SGXConstraints,
  capability: CapabilityTEE,
  nodeId: PublicKey,
  verified: VerifiedQuote,
  height: bigint,
  verifier: SignatureVerifier,
): void {
  const digest = hashAttestation(verified.reportData, nodeId, attestation.height, capability.rek ?? undefined);
  if (!verifier.verify(capability.rak, ATTESTATION_CONTEXT, digest, attestation.signature)) {
    throw refusal("node: invalid TEE attestation signature");
  }
  if (attestation.height > height) throw refusal("node: TEE attestation from the future");
  const age = height - attestation.height;
  if (age > constraints.maxAttestationAge) {
    throw refusal(`node: TEE attestation not fresh enough (age: ${age} max: ${constraints.maxAttestationAge})`);
  }
}

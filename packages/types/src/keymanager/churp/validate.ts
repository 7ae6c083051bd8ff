// Stateless rules of churp requests. Reference: go/keymanager/churp/requests.go (ValidateBasic),
// policy.go (SanityCheck).
import { encodeCbor } from "@wadi/codec";
import { bindContext, bytesOf, signatureContexts, type SignatureVerifier } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import { ValidationError } from "../../validation-error.ts";
import { PolicySGX, type SignedPolicySGX } from "./policy.ts";
import type { CreateRequest, UpdateRequest } from "./requests.ts";

const POLICY_CONTEXT = bindContext(signatureContexts.churpPolicy);

const MAX_THRESHOLD = 127;

/** NIST P-384 with SHA3-384, the only cipher suite. */
const SUITE_NIST_P384_SHA3_384 = 0;

function validatePolicyIdentity({ policy }: SignedPolicySGX, request: CreateRequest | UpdateRequest): void {
  if (policy.id !== request.id) {
    throw new ValidationError(`policy ID mismatch: got ${policy.id}, expected ${request.id}`);
  }
  if (policy.runtimeId !== request.runtimeId) {
    throw new ValidationError(`policy runtime ID mismatch: got ${policy.runtimeId}, expected ${request.runtimeId}`);
  }
}

/** Throws ValidationError. */
export function validateCreateRequest(request: CreateRequest): void {
  if (request.suiteId > SUITE_NIST_P384_SHA3_384) {
    throw new ValidationError(`unsupported suite, ID ${request.suiteId}`);
  }
  if (request.threshold > MAX_THRESHOLD) {
    throw new ValidationError(`threshold too large: got ${request.threshold}, max ${MAX_THRESHOLD}`);
  }
  validatePolicyIdentity(request.policy, request);
}

/** Throws ValidationError. */
export function validateUpdateRequest(request: UpdateRequest): void {
  if (request.extraShares === null && request.handoffInterval === null && request.policy === null) {
    throw new ValidationError("update config should not be empty");
  }
  if (request.policy !== null) validatePolicyIdentity(request.policy, request);
}

/**
 * The first policy has serial number 0, each later one the next number; every signature must hold
 * (none need be there). Throws ValidationError.
 */
export function validateSignedPolicy(
  { policy, signatures }: SignedPolicySGX,
  previous: PolicySGX | null,
  verifier: SignatureVerifier,
): void {
  const problem = successionProblem(previous, policy);
  if (problem !== undefined) throw new ValidationError(`SGX policy: sanity check failed: ${problem}`);
  const message = encodeCbor(PolicySGX, policy);
  for (const { publicKey, signature } of signatures) {
    if (verifier.verify(publicKey, POLICY_CONTEXT, message, signature)) continue;
    const key = toBase64(bytesOf(publicKey));
    throw new ValidationError(`SGX policy: sanity check failed: policy signature from ${key} is invalid`);
  }
}

function successionProblem(previous: PolicySGX | null, { id, runtimeId, serial }: PolicySGX): string | undefined {
  if (previous !== null && id !== previous.id) return `ID changed from ${previous.id} to ${id}`;
  if (previous !== null && runtimeId !== previous.runtimeId) {
    return `runtime ID changed from ${previous.runtimeId} to ${runtimeId}`;
  }
  // The number is a u32 and wraps.
  const expected = previous === null ? 0 : (previous.serial + 1) >>> 0;
  return serial === expected ? undefined : `serial number must be ${expected} and not ${serial}`;
}

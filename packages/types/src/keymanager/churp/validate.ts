// Stateless rules of churp requests. Reference: go/keymanager/churp/requests.go (ValidateBasic).
import { ValidationError } from "../../validation-error.ts";
import type { SignedPolicySGX } from "./policy.ts";
import type { CreateRequest, UpdateRequest } from "./requests.ts";

export const MAX_THRESHOLD = 127;

/** NIST P-384 with SHA3-384, the only cipher suite. */
export const SUITE_NIST_P384_SHA3_384 = 0;

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

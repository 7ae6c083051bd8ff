// Stateless rules of key manager policies. Reference: go/keymanager/secrets/policy_sgx.go
// (SanityCheckSignedPolicySGX).
import { encodeCbor } from "@wadi/codec";
import { bindContext, bytesOf, signatureContexts, type SignatureVerifier } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import { PolicySGX, type SignedPolicySGX } from "./policy.ts";

const POLICY_CONTEXT = bindContext(signatureContexts.keyManagerPolicy);

/** The member of the signed policy that breaks a rule, and how. */
export interface PolicyProblem {
  readonly member: string;
  readonly what: string;
}

/**
 * What is wrong with a signed policy, or undefined: every signature must hold (none need be
 * there), and a policy that replaces another has its ID and a greater serial number.
 */
export function policyProblem(
  current: SignedPolicySGX | null,
  next: SignedPolicySGX,
  verifier: SignatureVerifier,
): PolicyProblem | undefined {
  const message = encodeCbor(PolicySGX, next.policy);
  for (const [i, { publicKey, signature }] of (next.signatures ?? []).entries()) {
    const member = `signatures[${i}]`;
    const key = toBase64(bytesOf(publicKey));
    if (verifier.blacklist.has(publicKey)) {
      return { member, what: `SGX policy signature's public key ${key} is invalid` };
    }
    if (!verifier.verify(publicKey, POLICY_CONTEXT, message, signature)) {
      return { member, what: `SGX policy signature from ${key} is invalid` };
    }
  }
  return current === null ? undefined : successionProblem(current.policy, next.policy);
}

function successionProblem(current: PolicySGX, next: PolicySGX): PolicyProblem | undefined {
  if (current.id !== next.id) {
    return { member: "policy.id", what: `SGX policy runtime ID changed from ${current.id} to ${next.id}` };
  }
  if (next.serial <= current.serial) {
    const what = `SGX policy serial number did not increase (${current.serial} to ${next.serial})`;
    return { member: "policy.serial", what };
  }
  return undefined;
}

// Reference: oasis-core go/keymanager/secrets/sanity_check.go, policy_sgx.go. Churp has no rules.
import { encodeCbor } from "@wadi/codec";
import { bindContext, bytesOf, isKeyManagerNamespace, signatureContexts } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import type { Genesis } from "../../keymanager/genesis.ts";
import { PolicySGX, type SignedPolicySGX } from "../../keymanager/secrets/policy.ts";
import type { SanityContext } from "./options.ts";
import { problemsOf } from "./problem.ts";

const POLICY_CONTEXT = bindContext(signatureContexts.keyManagerPolicy);

const problem = problemsOf("keymanager: sanity check failed", "keymanager");

export function checkKeyManager({ statuses }: Genesis, { verifier }: SanityContext): void {
  statuses.forEach((status, index) => {
    const path = `statuses[${index}]`;
    if (!isKeyManagerNamespace(status.id)) {
      throw problem(`${path}.id`, `key manager runtime ID ${status.id} is invalid`);
    }
    status.nodes?.forEach((node, i) => {
      if (!verifier.blacklist.has(node)) return;
      throw problem(`${path}.nodes[${i}]`, `key manager node ID ${toBase64(bytesOf(node))} is invalid`);
    });
    if (status.policy !== null) checkPolicySignatures(status.policy, `${path}.policy`, verifier);
    if (status.nextPolicy !== null) {
      checkPolicySignatures(status.nextPolicy, `${path}.next_policy`, verifier);
      if (status.policy !== null) checkPolicySuccessor(status.policy, status.nextPolicy, `${path}.next_policy`);
    }
  });
}

function checkPolicySignatures(
  { policy, signatures }: SignedPolicySGX,
  path: string,
  verifier: SanityContext["verifier"],
): void {
  const message = encodeCbor(PolicySGX, policy);
  signatures?.forEach(({ publicKey, signature }, i) => {
    const key = toBase64(bytesOf(publicKey));
    const member = `${path}.signatures[${i}]`;
    if (verifier.blacklist.has(publicKey)) {
      throw problem(member, `SGX policy signature's public key ${key} is invalid`);
    }
    if (!verifier.verify(publicKey, POLICY_CONTEXT, message, signature)) {
      throw problem(member, `SGX policy signature from ${key} is invalid`);
    }
  });
}

function checkPolicySuccessor(
  { policy: current }: SignedPolicySGX,
  { policy: next }: SignedPolicySGX,
  path: string,
): void {
  if (current.id !== next.id) {
    throw problem(`${path}.policy.id`, `SGX policy runtime ID changed from ${current.id} to ${next.id}`);
  }
  if (next.serial <= current.serial) {
    throw problem(
      `${path}.policy.serial`,
      `SGX policy serial number did not increase (${current.serial} to ${next.serial})`,
    );
  }
}

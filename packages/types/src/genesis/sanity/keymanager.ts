// Reference: oasis-core go/keymanager/secrets/sanity_check.go. Churp has no rules.
import { bytesOf, isKeyManagerNamespace } from "@wadi/crypto";
import { toBase64 } from "@wadi/util";

import type { Genesis } from "../../keymanager/genesis.ts";
import type { SignedPolicySGX } from "../../keymanager/secrets/policy.ts";
import { policyProblem } from "../../keymanager/secrets/validate.ts";
import type { SanityContext } from "./options.ts";
import { problemsOf } from "./problem.ts";

const problem = problemsOf("keymanager: sanity check failed", "keymanager");

export function checkKeyManager(
  { statuses }: Pick<Genesis, "statuses">,
  { verifier }: Pick<SanityContext, "verifier">,
): void {
  statuses.forEach((status, index) => {
    const path = `statuses[${index}]`;
    if (!isKeyManagerNamespace(status.id)) {
      throw problem(`${path}.id`, `key manager runtime ID ${status.id} is invalid`);
    }
    status.nodes?.forEach((node, i) => {
      if (!verifier.blacklist.has(node)) return;
      throw problem(`${path}.nodes[${i}]`, `key manager node ID ${toBase64(bytesOf(node))} is invalid`);
    });
    checkPolicy(null, status.policy, `${path}.policy`, verifier);
    checkPolicy(status.policy, status.nextPolicy, `${path}.next_policy`, verifier);
  });
}

function checkPolicy(
  current: SignedPolicySGX | null,
  next: SignedPolicySGX | null,
  path: string,
  verifier: SanityContext["verifier"],
): void {
  const found = next === null ? undefined : policyProblem(current, next, verifier);
  if (found !== undefined) throw problem(`${path}.${found.member}`, found.what);
}

// Admission policies of runtimes: their form, and whether a node satisfies one.
// Reference: oasis-core go/registry/api/admission.go.
import type { SignatureVerifier } from "@wadi/crypto";

import type { Node } from "../../node/node.ts";
import { hasAnyRole, rolesOf } from "../../node/roles.ts";
import type { RuntimeAdmissionPolicy } from "../admission.ts";
import { isNodeExpired, nodeHasRuntime } from "./node-basic.ts";
import type { EntityNodesLookup } from "./ports.ts";
import { forbidden, invalidArgument } from "./refusal.ts";
import { isSingleRole } from "./roles.ts";

/** Refuses a policy that is malformed; an empty per-role map counts as present. */
export function verifyAdmissionPolicyBasic(policy: RuntimeAdmissionPolicy, verifier: SignatureVerifier): void {
  const { anyNode, entityWhitelist, perRole } = policy;
  const isRestricted = entityWhitelist !== null || perRole !== null;
  if ((anyNode !== null) === isRestricted) throw invalidArgument("invalid admission policy");

  for (const [entity, config] of entityWhitelist?.entities ?? []) {
    if (verifier.blacklist.has(entity)) throw invalidArgument("invalid entity ID in entity whitelist");
    for (const role of config.maxNodes.keys()) {
      if (!isSingleRole(role)) throw invalidArgument("non-single role in entity whitelist max nodes map");
    }
  }
  for (const [role, rolePolicy] of perRole ?? []) {
    if (!isSingleRole(role)) throw invalidArgument("non-single role in per-role admission policy");
    for (const entity of rolePolicy.entityWhitelist?.entities?.keys() ?? []) {
      if (verifier.blacklist.has(entity)) throw invalidArgument("invalid entity ID in per-role entity whitelist");
    }
  }
}

/** Refuses (registry 16) a node that the policy of a runtime does not admit in this epoch. */
export function verifyAdmission(
  policy: RuntimeAdmissionPolicy,
  node: Node,
  runtimeId: string,
  epoch: bigint,
  nodes: EntityNodesLookup,
): void {
  const verifyCount = (role: number, limit: number): void => {
    if (countOthers(node, runtimeId, role, epoch, nodes) + 1 > limit) throw forbidden("too many nodes");
  };

  if (policy.entityWhitelist !== null) {
    const config = policy.entityWhitelist.entities?.get(node.entityId);
    if (config === undefined) throw forbidden("entity not whitelisted");
    // An empty map means any number; otherwise a role that is not listed means none.
    if (config.maxNodes.size > 0) {
      for (const role of rolesOf(node.roles)) {
        const limit = config.maxNodes.get(role) ?? 0;
        if (limit === 0) throw forbidden("role not whitelisted");
        verifyCount(role, limit);
      }
    }
  }
  for (const role of rolesOf(node.roles)) {
    const whitelist = policy.perRole?.get(role)?.entityWhitelist;
    if (whitelist === undefined || whitelist === null) continue;
    const config = whitelist.entities?.get(node.entityId);
    if (config === undefined) throw forbidden("entity not whitelisted for role");
    if (config.maxNodes > 0) verifyCount(role, config.maxNodes);
  }
}

/** Other live nodes of the entity with the role and the runtime. */
function countOthers(node: Node, runtimeId: string, role: number, epoch: bigint, nodes: EntityNodesLookup): number {
  let count = 0;
  for (const other of nodes.nodesOfEntity(node.entityId)) {
    if (other.id === node.id || isNodeExpired(other, epoch) || !nodeHasRuntime(other, runtimeId)) continue;
    if (hasAnyRole(other.roles, role)) count++;
  }
  return count;
}

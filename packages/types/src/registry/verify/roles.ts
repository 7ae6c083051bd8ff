// Which roles need or allow what. Masks are compared by any common bit, as in the reference.
// Reference: oasis-core go/registry/api/api.go, go/common/node/node.go `IsSingleRole`.
import { roles } from "../../node/roles.ts";

const singleRoles: readonly number[] = Object.values(roles);

/** True for exactly one valid role. */
export function isSingleRole(mask: number): boolean {
  return singleRoles.includes(mask);
}

/** Roles that make no sense without a runtime; the observer role joined them with 26.1. */
export function runtimesRequiredRoles(isFeatureVersion261: boolean): number {
  return roles.compute | roles.keyManager | roles.storageRpc | (isFeatureVersion261 ? roles.observer : 0);
}

export const COMPUTE_RUNTIME_ROLES = roles.compute | roles.observer;
export const KEY_MANAGER_RUNTIME_ROLES = roles.keyManager;
export const CONSENSUS_ADDRESS_ROLES = roles.validator;
export const P2P_ADDRESS_ROLES = roles.compute | roles.keyManager | roles.validator | roles.storageRpc;

// Admission policies of runtimes. Reference: go/registry/api/admission.go.
import { map, nilable, nullable, optional, struct, u16, type TypeOf } from "@wadi/codec";

import { RolesMask } from "../node/roles.ts";
import { PublicKey } from "../scalars/keys.ts";

/** Admits every node. */
export const AnyNodeRuntimeAdmissionPolicy = struct("registry.AnyNodeRuntimeAdmissionPolicy", {});
export type AnyNodeRuntimeAdmissionPolicy = TypeOf<typeof AnyNodeRuntimeAdmissionPolicy>;

/** Limit of nodes per role; empty means no limit. */
export const EntityWhitelistConfig = struct("registry.EntityWhitelistConfig", {
  maxNodes: optional(map(RolesMask, u16)),
});
export type EntityWhitelistConfig = TypeOf<typeof EntityWhitelistConfig>;

export const EntityWhitelistRuntimeAdmissionPolicy = struct("registry.EntityWhitelistRuntimeAdmissionPolicy", {
  entities: nullable(map(PublicKey, EntityWhitelistConfig)),
});
export type EntityWhitelistRuntimeAdmissionPolicy = TypeOf<typeof EntityWhitelistRuntimeAdmissionPolicy>;

export const EntityWhitelistRoleConfig = struct("registry.EntityWhitelistRoleConfig", {
  maxNodes: optional(u16),
});
export type EntityWhitelistRoleConfig = TypeOf<typeof EntityWhitelistRoleConfig>;

export const EntityWhitelistRoleAdmissionPolicy = struct("registry.EntityWhitelistRoleAdmissionPolicy", {
  entities: nullable(map(PublicKey, EntityWhitelistRoleConfig)),
});
export type EntityWhitelistRoleAdmissionPolicy = TypeOf<typeof EntityWhitelistRoleAdmissionPolicy>;

export const PerRoleAdmissionPolicy = struct("registry.PerRoleAdmissionPolicy", {
  entityWhitelist: optional(nullable(EntityWhitelistRoleAdmissionPolicy)),
});
export type PerRoleAdmissionPolicy = TypeOf<typeof PerRoleAdmissionPolicy>;

/** Which nodes may register for a runtime: `any_node` alone, or a whitelist and/or per-role whitelists. */
export const RuntimeAdmissionPolicy = struct("registry.RuntimeAdmissionPolicy", {
  anyNode: optional(nullable(AnyNodeRuntimeAdmissionPolicy)),
  entityWhitelist: optional(nullable(EntityWhitelistRuntimeAdmissionPolicy)),
  /** Null when absent; an empty map counts as a policy. */
  perRole: optional(nilable(map(RolesMask, PerRoleAdmissionPolicy))),
});
export type RuntimeAdmissionPolicy = TypeOf<typeof RuntimeAdmissionPolicy>;

// Roles of a node, a bit mask. Reference: go/common/node/node.go (RolesMask).
import { DecodeError, u32, withText, type Schema } from "@wadi/codec";

/** Bits of the mask; 16 was a role once and is reserved. */
export const roles = {
  compute: 1,
  observer: 2,
  keyManager: 4,
  validator: 8,
  storageRpc: 32,
} as const;

/** Bits no version 3 descriptor may have. */
export const RESERVED_ROLES = 0xffff_ffd0;

/** The bit that version 2 descriptors may have and that their upgrade clears. */
export const ROLE_CONSENSUS_RPC_V2 = 16;

/** Names in the order the text form has them. */
export const roleNames: readonly (readonly [bit: number, name: string])[] = [
  [roles.compute, "compute"],
  [roles.observer, "observer"],
  [roles.keyManager, "key-manager"],
  [roles.validator, "validator"],
  [roles.storageRpc, "storage-rpc"],
];

/** Comma-joined names; `[invalid roles]` for a mask with a reserved bit, which nothing parses. */
export function formatRoles(mask: number): string {
  if ((mask & RESERVED_ROLES) !== 0) return "[invalid roles]";
  return roleNames
    .filter(([bit]) => (mask & bit) !== 0)
    .map(([, name]) => name)
    .join(",");
}

/** The mask of a text; throws DecodeError on an unknown, empty or repeated name. */
export function parseRoles(text: string): number {
  let mask = 0;
  for (const name of text.split(",")) {
    const bit = roleNames.find((entry) => entry[1] === name)?.[0];
    if (bit === undefined) throw new DecodeError(`node: invalid role: '${name}'`);
    if ((mask & bit) !== 0) throw new DecodeError(`node: duplicate role: '${name}'`);
    mask |= bit;
  }
  return mask;
}

/** A u32; JSON is the text form. */
export const RolesMask: Schema<number> = withText(u32, { format: formatRoles, parse: parseRoles });
export type RolesMask = number;

/** True if the masks overlap; the reference's `HasRoles` asks for any bit, not for all. */
export function hasAnyRole(mask: RolesMask, wanted: number): boolean {
  return (mask & wanted) !== 0;
}

/** The single roles of a mask, ascending. */
export function rolesOf(mask: RolesMask): number[] {
  return roleNames.filter(([bit]) => (mask & bit) !== 0).map(([bit]) => bit);
}

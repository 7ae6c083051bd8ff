// Roots (go/storage/mkvs/node/node.go): what names a state of a tree.
import { EMPTY_HASH } from "./node.ts";
import { packedFromHex, packedToHex } from "./packed.ts";
import type { Packed } from "./packed.ts";

/** What a tree holds. State roots may have children in the next version, I/O roots have none. */
export const RootType = { invalid: 0, state: 1, io: 2 } as const;
export type RootType = (typeof RootType)[keyof typeof RootType];

const TYPE_NAMES = ["invalid", "state-root", "io-root"] as const;

export function rootTypeName(type: number): string {
  return TYPE_NAMES[type] ?? `[unknown root type: ${type}]`;
}

/** Namespace and hash are lower-case hex of 32 bytes. */
export interface Root {
  readonly namespace: string;
  /** Runtime round or consensus height. */
  readonly version: bigint;
  readonly type: RootType;
  readonly hash: string;
}

export const ZERO_NAMESPACE = "00".repeat(32);
export const EMPTY_HASH_HEX = packedToHex(EMPTY_HASH);

/** The root of the tree without keys. */
export function emptyRoot(namespace: string, version: bigint, type: RootType): Root {
  return { namespace, version, type, hash: EMPTY_HASH_HEX };
}

export function hasEmptyHash(root: Root): boolean {
  return root.hash === EMPTY_HASH_HEX;
}

/** The root that stands for "none": a commit replaces its namespace and version by its own. */
export function isNullRoot(root: Root): boolean {
  return root.version === 0n && root.namespace === ZERO_NAMESPACE && hasEmptyHash(root);
}

/** Same type and namespace, version equal or one higher. Nothing is said about hashes. */
export function follows(root: Root, base: Root): boolean {
  return (
    root.type === base.type &&
    root.namespace === base.namespace &&
    (root.version === base.version || root.version === base.version + 1n)
  );
}

export function rootsEqual(a: Root, b: Root): boolean {
  return a.type === b.type && a.namespace === b.namespace && a.version === b.version && a.hash === b.hash;
}

/** The hash in the form in which nodes carry it. */
export function packedHash(root: Root): Packed {
  return packedFromHex(root.hash);
}

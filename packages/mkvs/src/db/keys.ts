// Keys of the database. Numbers are big-endian so that they sort. Nodes have the highest prefix
// and ascending numbers, so that new ones go to the end of the store, where they pack tightly.
import { writePacked } from "../packed.ts";
import type { Packed } from "../packed.ts";

const Space = {
  metadata: 0x00,
  /** version ‖ type ‖ hash ‖ variant → root record. */
  root: 0x10,
  /** version ‖ type ‖ hash ‖ variant ‖ chunk → places of nodes that the root's base has and the root has not. */
  removed: 0x20,
  /** version ‖ type ‖ end hash ‖ start hash ‖ chunk → changes. */
  log: 0x30,
  /** place → node record. */
  node: 0xf0,
} as const;

export const METADATA_KEY = Uint8Array.of(Space.metadata);

/** Places are 48-bit numbers from 1 on. */
export const ID_SIZE = 6;
const MAX_ID = 2 ** 48 - 1;

export function writeId(out: Uint8Array, id: number, at: number): number {
  const high = Math.floor(id / 0x1_0000_0000);
  out[at] = high >>> 8;
  out[at + 1] = high;
  out[at + 2] = id >>> 24;
  out[at + 3] = id >>> 16;
  out[at + 4] = id >>> 8;
  out[at + 5] = id;
  return at + ID_SIZE;
}

export function readId(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low =
    ((bytes[at + 2] as number) << 24) |
    ((bytes[at + 3] as number) << 16) |
    ((bytes[at + 4] as number) << 8) |
    (bytes[at + 5] as number);
  return high * 0x1_0000_0000 + (low >>> 0);
}

const nodeKeyBytes = new Uint8Array(1 + ID_SIZE);
nodeKeyBytes[0] = Space.node;

/** The key of a node, in an array that the next call overwrites. */
export function nodeKey(id: number): Uint8Array {
  writeId(nodeKeyBytes, id, 1);
  return nodeKeyBytes;
}

/** A key range: from (inclusive) and to (exclusive). */
export type KeyRange = readonly [start: Uint8Array, end: Uint8Array];

/** The nodes with places from `first` (inclusive) to `end` (exclusive). */
export function nodeRange(first: number, end: number = MAX_ID): KeyRange {
  return [nodeKey(first).slice(), nodeKey(end).slice()];
}

function key(space: number, version: bigint, rest: Packed = ""): Uint8Array {
  const out = new Uint8Array(9 + rest.length);
  out[0] = space;
  new DataView(out.buffer).setBigUint64(1, version);
  writePacked(out, rest, 9);
  return out;
}

const suffix16 = (n: number): Packed => String.fromCharCode((n >>> 8) & 0xff, n & 0xff);

/** What tells roots of one version apart: type and hash. */
export function typedHash(type: number, hash: Packed): Packed {
  return String.fromCharCode(type) + hash;
}

/** Roots with equal hashes can be derived from different bases; the variant tells them apart. */
export function rootKey(version: bigint, typed: Packed, variant: number): Uint8Array {
  return key(Space.root, version, typed + suffix16(variant));
}

export const ROOT_TYPED_HASH_AT = 9;
export const ROOT_VARIANT_AT = ROOT_TYPED_HASH_AT + 33;

export function removedKey(version: bigint, typed: Packed, variant: number, chunk: number): Uint8Array {
  return key(Space.removed, version, typed + suffix16(variant) + suffix16(chunk));
}

/** `start` may have any version: a log is found by the hashes alone. */
export function logKey(version: bigint, end: Packed, start: Packed, chunk: number): Uint8Array {
  return key(Space.log, version, end + start + suffix16(chunk));
}

/** All keys that begin with `prefix`. */
function prefixRange(prefix: Uint8Array): KeyRange {
  const end = prefix.slice();
  let last = end.length - 1;
  while (last >= 0 && end[last] === 0xff) last--;
  if (last < 0) throw new RangeError("prefix has no end");
  end[last] = (end[last] as number) + 1;
  return [prefix, end.subarray(0, last + 1)];
}

export function rootsOfVersion(version: bigint): KeyRange {
  return prefixRange(key(Space.root, version));
}

export function rootVariants(version: bigint, typed: Packed): KeyRange {
  return prefixRange(key(Space.root, version, typed));
}

/** The roots of versions from `version` on. */
export function rootsFrom(version: bigint): KeyRange {
  return [key(Space.root, version), Uint8Array.of(Space.root + 1)];
}

export function removedOfVersion(version: bigint): KeyRange {
  return prefixRange(key(Space.removed, version));
}

export function removedOfRoot(version: bigint, typed: Packed, variant: number): KeyRange {
  return prefixRange(key(Space.removed, version, typed + suffix16(variant)));
}

export function logsOfVersion(version: bigint): KeyRange {
  return prefixRange(key(Space.log, version));
}

export function logRange(version: bigint, end: Packed, start: Packed): KeyRange {
  return prefixRange(key(Space.log, version, end + start));
}

/** In the store of an unfinished restore: type ‖ hash → node, full serialization. */
export function restoreKey(type: number, hash: Packed): Uint8Array {
  const out = new Uint8Array(1 + hash.length);
  out[0] = type;
  writePacked(out, hash, 1);
  return out;
}

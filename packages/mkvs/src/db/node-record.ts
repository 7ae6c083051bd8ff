// How a node lies in the database. Its hash stands in its parent, together with its place.
//
//   leaf:      00 ‖ u16le key length ‖ key ‖ value
//   internal:  flags ‖ u16le label bits ‖ label ‖ [left hash ‖ place] ‖ [right hash ‖ place]
//              ‖ [u16le key length ‖ key ‖ value of the leaf slot]
import { bytesOfBits } from "../bits.ts";
import { ErrIncompatibleDatabase, ErrMissingNode, fail } from "../errors.ts";
import { HASH_SIZE, NodeKind, hashNode, inlineLeaf, makeInternal, makeLeaf, makeRef } from "../node.ts";
import type { Child, InternalNode, LeafNode, Node, NodeRef } from "../node.ts";
import { packRange, writePacked } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { ID_SIZE, readId, writeId } from "./keys.ts";

const LEAF = 0x00;
const INTERNAL = 0x10;
const HAS_LEFT = 0x01;
const HAS_RIGHT = 0x02;
const HAS_LEAF = 0x04;

// Records are written one at a time into this buffer; the store copies them at once. Longer ones
// get a buffer of their own.
const scratch = new Uint8Array(16_384);
const views: (Uint8Array | undefined)[] = [];

function scratchOf(size: number): Uint8Array {
  return size <= scratch.length ? scratch : new Uint8Array(size);
}

/** The first bytes of a buffer of `scratchOf`; views of the usual sizes are kept. */
function firstBytes(out: Uint8Array, size: number): Uint8Array {
  if (out !== scratch || size >= 1024) return out.subarray(0, size);
  return (views[size] ??= out.subarray(0, size));
}

function writeLeafBody(out: Uint8Array, leaf: LeafNode, start: number): number {
  out[start] = leaf.key.length & 0xff;
  out[start + 1] = leaf.key.length >>> 8;
  return writePacked(out, leaf.value, writePacked(out, leaf.key, start + 2));
}

/** The record in a buffer that the next call overwrites. */
export function encodeLeafRecord(leaf: LeafNode): Uint8Array {
  const out = scratchOf(3 + leaf.key.length + leaf.value.length);
  out[0] = LEAF;
  return firstBytes(out, writeLeafBody(out, leaf, 1));
}

function writeRef(out: Uint8Array, ref: NodeRef, at: number): number {
  return writeId(out, ref.id, writePacked(out, ref.hash, at));
}

/** The record of a node whose children are stored; in a buffer that the next call overwrites. */
export function encodeInternalRecord(node: InternalNode, left: NodeRef | null, right: NodeRef | null): Uint8Array {
  const leaf = node.leaf === null ? null : inlineLeaf(node.leaf);
  const leafSize = leaf === null ? 0 : 2 + leaf.key.length + leaf.value.length;
  const out = scratchOf(3 + node.label.length + 2 * (HASH_SIZE + ID_SIZE) + leafSize);
  out[0] =
    INTERNAL | (left === null ? 0 : HAS_LEFT) | (right === null ? 0 : HAS_RIGHT) | (leaf === null ? 0 : HAS_LEAF);
  out[1] = node.labelBits & 0xff;
  out[2] = node.labelBits >>> 8;
  let at = writePacked(out, node.label, 3);
  if (left !== null) at = writeRef(out, left, at);
  if (right !== null) at = writeRef(out, right, at);
  if (leaf !== null) at = writeLeafBody(out, leaf, at);
  return firstBytes(out, at);
}

function readRef(bytes: Uint8Array, at: number): NodeRef {
  return makeRef(packRange(bytes, at, at + HASH_SIZE), readId(bytes, at + HASH_SIZE));
}

function readLeafBody(bytes: Uint8Array, at: number, hash: Packed): LeafNode {
  const keyEnd = at + 2 + ((bytes[at] as number) | ((bytes[at + 1] as number) << 8));
  return makeLeaf(packRange(bytes, at + 2, keyEnd), packRange(bytes, keyEnd, bytes.length), hash);
}

/** Reads a record; copies what it keeps. Throws ErrIncompatibleDatabase for one that is cut short. */
export function decodeRecord(bytes: Uint8Array, hash: Packed): Node {
  const flags = bytes[0];
  if (flags === LEAF) return readLeafBody(bytes, 1, hash);
  if (flags === undefined || (flags & ~(HAS_LEFT | HAS_RIGHT | HAS_LEAF)) !== INTERNAL) {
    return fail(ErrIncompatibleDatabase, "damaged node record");
  }
  const labelBits = (bytes[1] as number) | ((bytes[2] as number) << 8);
  let at = 3 + bytesOfBits(labelBits);
  const label = at === 3 ? "" : packRange(bytes, 3, at);
  let left: Child = null;
  let right: Child = null;
  if ((flags & HAS_LEFT) !== 0) {
    left = readRef(bytes, at);
    at += HASH_SIZE + ID_SIZE;
  }
  if ((flags & HAS_RIGHT) !== 0) {
    right = readRef(bytes, at);
    at += HASH_SIZE + ID_SIZE;
  }
  if (at > bytes.length) fail(ErrIncompatibleDatabase, "damaged node record");
  const leaf = (flags & HAS_LEAF) === 0 ? null : readLeafBody(bytes, at, "");
  return makeInternal(label, labelBits, leaf, left, right, null, hash);
}

/** The value of `key` in a record that holds its leaf, also in a leaf slot. */
export function leafValue(bytes: Uint8Array, key: Packed): Packed {
  const node = decodeRecord(bytes, "");
  const leaf = node.kind === NodeKind.leaf ? node : node.leaf === null ? null : inlineLeaf(node.leaf);
  if (leaf === null || leaf.key !== key) return fail(ErrMissingNode, "leaf of a write log entry");
  return leaf.value;
}

/** Throws ErrIncompatibleDatabase unless the node hashes to what its parent says. */
export function verifyNode(node: Node, expected: Packed): void {
  const copy = { ...node, hash: "" };
  if (hashNode(copy) !== expected) fail(ErrIncompatibleDatabase, "node does not match its hash");
}

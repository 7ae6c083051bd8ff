// Nodes of the tree, their hashes and serializations (go/storage/mkvs/node/node.go).
//
// Three shapes stand in a child slot: a leaf, an internal node, or a reference to a node that is
// not in memory. "Nothing" is null. Hashes, keys, labels and values are packed strings. A node
// with hash "" has changed since it was last hashed.
import { bytesOfBits } from "./bits.ts";
import { ErrKeyTooLong, ErrMalformedKey, ErrMalformedNode, MissingNodeError, fail } from "./errors.ts";
import { pack, packRange, packedFromHex, writePacked } from "./packed.ts";
import type { Packed } from "./packed.ts";
import { MAX_INPUT, digestBytes, digestInput, input } from "./sha512-256-wasm.ts";

export const NodeKind = { leaf: 0, internal: 1, ref: 2 } as const;

/** Longest key in bytes; one more byte would overflow the 16-bit bit length of labels. */
export const MAX_KEY_LENGTH = 8191;

/** Hash of the empty tree and of an empty child slot: SHA-512/256 of the empty string. */
export const EMPTY_HASH: Packed = packedFromHex("c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");

/** Length of a hash in bytes. */
export const HASH_SIZE = 32;

/** Marks nodes that one tree handle made and may still change in place. */
export type Owner = object;

/** A key and its value. Never changes but for its hash being filled in. */
export interface LeafNode {
  readonly kind: typeof NodeKind.leaf;
  hash: Packed;
  /** The whole key, from the root. */
  readonly key: Packed;
  readonly value: Packed;
}

/**
 * A branching point. `label` holds the bits of the edge that leads here, from the parent's end
 * to this node's; a child's label begins with the bit that tells left (0) from right (1).
 */
export interface InternalNode {
  readonly kind: typeof NodeKind.internal;
  hash: Packed;
  label: Packed;
  labelBits: number;
  /** The leaf whose key ends exactly here; a reference only in trees put together from proofs. */
  leaf: LeafNode | NodeRef | null;
  left: Child;
  right: Child;
  /** The handle that may change this node; null once it is shared. */
  owner: Owner | null;
}

/** A node known by its hash; `id` is its place in the node database, 0 where it has none. */
export interface NodeRef {
  readonly kind: typeof NodeKind.ref;
  readonly hash: Packed;
  readonly id: number;
}

export type Node = LeafNode | InternalNode;

/** What stands in a child slot; null is the empty subtree. */
export type Child = Node | NodeRef | null;

export function makeLeaf(key: Packed, value: Packed, hash: Packed = ""): LeafNode {
  return { kind: NodeKind.leaf, key, value, hash };
}

export function makeRef(hash: Packed, id = 0): NodeRef {
  return { kind: NodeKind.ref, hash, id };
}

export function makeInternal(
  label: Packed,
  labelBits: number,
  leaf: LeafNode | NodeRef | null,
  left: Child,
  right: Child,
  owner: Owner | null = null,
  hash: Packed = "",
): InternalNode {
  // What a walk looks at comes first, so that it mostly lies in one line of the processor's cache.
  return { kind: NodeKind.internal, labelBits, left, right, leaf, label, hash, owner };
}

/** The hash of a slot; "" if the node in it has changed since it was hashed. */
export function childHash(child: Child): Packed {
  return child === null ? EMPTY_HASH : child.hash;
}

/** SHA-512/256 of any bytes, packed. */
export function hashBytes(bytes: Uint8Array): Packed {
  return digestBytes(bytes);
}

/** H(00 ‖ u32le key length ‖ key ‖ u32le value length ‖ value). */
export function leafHash(key: Packed, value: Packed): Packed {
  const size = 9 + key.length + value.length;
  const fits = size <= MAX_INPUT;
  // Usual preimages are put together where they are hashed.
  const out = fits ? input : new Uint8Array(size);
  out[0] = NodeKind.leaf;
  let at = writeU32(out, key.length, 1);
  at = writePacked(out, key, at);
  at = writeU32(out, value.length, at);
  writePacked(out, value, at);
  return fits ? digestInput(size) : digestBytes(out);
}

/** H(01 ‖ u16le label bits ‖ label ‖ leaf hash ‖ left hash ‖ right hash). */
export function internalHash(label: Packed, labelBits: number, leaf: Packed, left: Packed, right: Packed): Packed {
  const size = 3 + label.length + 3 * HASH_SIZE;
  const fits = size <= MAX_INPUT;
  const out = fits ? input : new Uint8Array(size);
  out[0] = NodeKind.internal;
  out[1] = labelBits & 0xff;
  out[2] = labelBits >>> 8;
  let at = writePacked(out, label, 3);
  at = writePacked(out, leaf, at);
  at = writePacked(out, left, at);
  writePacked(out, right, at);
  return fits ? digestInput(size) : digestBytes(out);
}

/** Fills in and returns the hash of a node whose children have theirs. */
export function hashNode(node: Node): Packed {
  if (node.hash !== "") return node.hash;
  if (node.kind === NodeKind.leaf) {
    node.hash = leafHash(node.key, node.value);
  } else {
    if (node.leaf !== null && node.leaf.kind === NodeKind.leaf) hashNode(node.leaf);
    const leaf = childHash(node.leaf);
    node.hash = internalHash(node.label, node.labelBits, leaf, childHash(node.left), childHash(node.right));
  }
  return node.hash;
}

function writeU32(out: Uint8Array, value: number, at: number): number {
  out[at] = value & 0xff;
  out[at + 1] = (value >>> 8) & 0xff;
  out[at + 2] = (value >>> 16) & 0xff;
  out[at + 3] = value >>> 24;
  return at + 4;
}

function leafSize(leaf: LeafNode): number {
  return 7 + leaf.key.length + leaf.value.length;
}

function writeLeaf(out: Uint8Array, leaf: LeafNode, start: number): number {
  out[start] = NodeKind.leaf;
  out[start + 1] = leaf.key.length & 0xff;
  out[start + 2] = leaf.key.length >>> 8;
  let at = writePacked(out, leaf.key, start + 3);
  at = writeU32(out, leaf.value.length, at);
  return writePacked(out, leaf.value, at);
}

/** The leaf in a leaf slot; throws MissingNodeError where only its hash is known. */
export function inlineLeaf(leaf: LeafNode | NodeRef): LeafNode {
  if (leaf.kind === NodeKind.ref) throw new MissingNodeError(leaf.hash);
  return leaf;
}

/** How a node is serialized: `full` in storage, the compact forms in proofs of version 0 and 1. */
export type NodeForm = "full" | "compact-v0" | "compact-v1";

/** Length in bytes of the serialization. */
export function encodedSize(node: Node, form: NodeForm): number {
  if (node.kind === NodeKind.leaf) return leafSize(node);
  const leaf = node.leaf === null || form === "compact-v1" ? 1 : leafSize(inlineLeaf(node.leaf));
  return 3 + node.label.length + leaf + (form === "full" ? 2 * HASH_SIZE : 0);
}

/**
 * Writes the serialization at `start`, where there must be `encodedSize` bytes; returns the
 * offset after it. The full form needs hashed children.
 */
export function writeNode(out: Uint8Array, node: Node, form: NodeForm, start: number): number {
  if (node.kind === NodeKind.leaf) return writeLeaf(out, node, start);
  out[start] = NodeKind.internal;
  out[start + 1] = node.labelBits & 0xff;
  out[start + 2] = node.labelBits >>> 8;
  let at = writePacked(out, node.label, start + 3);
  if (node.leaf === null || form === "compact-v1") out[at++] = NodeKind.ref;
  else at = writeLeaf(out, inlineLeaf(node.leaf), at);
  if (form !== "full") return at;
  at = writePacked(out, childHash(node.left), at);
  return writePacked(out, childHash(node.right), at);
}

/** The serialization in a fresh array. The full form needs hashed children. */
export function encodeNode(node: Node, form: NodeForm): Uint8Array {
  const out = new Uint8Array(encodedSize(node, form));
  writeNode(out, node, form, 0);
  return out;
}

/**
 * Reads any of the three forms by the reference's rules: left-over bytes are ignored, and an
 * internal node followed by at least 64 bytes takes its child hashes from them and is hashed.
 * Otherwise it has no children and no hash: the caller sets `left`, `right` (and `leaf` for
 * compact V1) and calls `hashNode`. Copies what it keeps.
 *
 * Throws ErrMalformedNode, ErrMalformedKey or ErrKeyTooLong.
 */
export function decodeNode(bytes: Uint8Array): Node {
  if (bytes.length < 2) fail(ErrMalformedNode, "too short");
  if (bytes[0] === NodeKind.leaf) return decodeLeaf(bytes, 0).leaf;
  if (bytes[0] === NodeKind.internal) return decodeInternal(bytes);
  return fail(ErrMalformedNode, "unknown kind");
}

function decodeInternal(bytes: Uint8Array): InternalNode {
  if (bytes.length < 4) fail(ErrMalformedNode, "internal node too short");
  const labelBits = (bytes[1] as number) | ((bytes[2] as number) << 8);
  let at = 3 + bytesOfBits(labelBits);
  if (bytes.length <= at) fail(ErrMalformedNode, "label too short");
  const label = packRange(bytes, 3, at);
  let leaf: LeafNode | null = null;
  if (bytes[at] === NodeKind.ref) {
    at++;
  } else {
    const embedded = decodeLeaf(bytes, at);
    leaf = embedded.leaf;
    at = embedded.end;
  }
  const node = makeInternal(label, labelBits, leaf, null, null);
  if (bytes.length - at >= 2 * HASH_SIZE) {
    node.left = refFromHash(bytes.subarray(at, at + HASH_SIZE));
    node.right = refFromHash(bytes.subarray(at + HASH_SIZE, at + 2 * HASH_SIZE));
    hashNode(node);
  }
  return node;
}

function refFromHash(bytes: Uint8Array): NodeRef | null {
  const hash = pack(bytes);
  return hash === EMPTY_HASH ? null : makeRef(hash);
}

function decodeLeaf(bytes: Uint8Array, start: number): { leaf: LeafNode; end: number } {
  if (bytes.length - start < 7 || bytes[start] !== NodeKind.leaf) fail(ErrMalformedNode, "leaf too short");
  const keyEnd = start + 3 + ((bytes[start + 1] as number) | ((bytes[start + 2] as number) << 8));
  if (keyEnd > bytes.length) fail(ErrMalformedKey);
  if (keyEnd - start - 3 > MAX_KEY_LENGTH) fail(ErrKeyTooLong);
  if (keyEnd + 4 > bytes.length) fail(ErrMalformedNode, "value length missing");
  const valueLength =
    ((bytes[keyEnd] as number) |
      ((bytes[keyEnd + 1] as number) << 8) |
      ((bytes[keyEnd + 2] as number) << 16) |
      ((bytes[keyEnd + 3] as number) << 24)) >>>
    0;
  const end = keyEnd + 4 + valueLength;
  if (end > bytes.length) fail(ErrMalformedNode, "value too short");
  const leaf = makeLeaf(packRange(bytes, start + 3, keyEnd), packRange(bytes, keyEnd + 4, end));
  hashNode(leaf);
  return { leaf, end };
}

// RFC 6962 style Merkle trees over SHA-256 (crypto/merkle of the fork). Oasis uses the same trees
// for transaction proofs and event roots.
//
// Inside, a digest is a latin1 string of 32 characters: the native call gives such a string in
// half the time of a buffer, and joining two of them for the next level costs little.
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { toHex } from "@wadi/util";
import { HASH_SIZE } from "./brands.ts";
import { ErrInvalidProof, refusal } from "./errors.ts";
import { sha256 } from "./sha256.ts";
import type { Proof } from "./wire/basics.ts";

/** Most aunts a proof may have, which is more than any tree needs. */
const MAX_AUNTS = 100;

const LEAF_PREFIX = 0;
const INNER_PREFIX = 1;

/** Bytes, one in each character. */
type Packed = string;

const pack = (bytes: Uint8Array): Packed =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
const unpack = (packed: Packed): Uint8Array => new Uint8Array(Buffer.from(packed, "latin1"));

function leafHash(item: Uint8Array): Packed {
  const data = Buffer.allocUnsafe(1 + item.length);
  data[0] = LEAF_PREFIX;
  data.set(item, 1);
  return hash("sha256", data, "latin1");
}

const innerScratch = Buffer.alloc(1 + 2 * HASH_SIZE);
innerScratch[0] = INNER_PREFIX;

function innerHash(left: Packed, right: Packed): Packed {
  if (left.length === HASH_SIZE && right.length === HASH_SIZE) {
    innerScratch.write(left, 1, HASH_SIZE, "latin1");
    innerScratch.write(right, 1 + HASH_SIZE, HASH_SIZE, "latin1");
    return hash("sha256", innerScratch, "latin1");
  }
  // Aunts of a proof that was not validated may have any length.
  const prefix = String.fromCharCode(INNER_PREFIX);
  return hash("sha256", Buffer.from(prefix + left + right, "latin1"), "latin1");
}

/** The largest power of two strictly below n; n is at least 2 and may exceed 32 bits. */
function splitPoint(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

/** Calls `visit(left start, split, end)` for each inner node, children first; returns the root. */
function fold(
  hashes: readonly Packed[],
  start: number,
  end: number,
  visit?: (start: number, split: number, end: number, left: Packed, right: Packed) => void,
): Packed {
  if (end - start === 1) return hashes[start] as Packed;
  const split = start + splitPoint(end - start);
  const left = fold(hashes, start, split, visit);
  const right = fold(hashes, split, end, visit);
  visit?.(start, split, end, left, right);
  return innerHash(left, right);
}

/** Root over the items in order; SHA-256 of nothing for no items. */
export function merkleRoot(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return sha256(new Uint8Array(0));
  return unpack(fold(items.map(leafHash), 0, items.length));
}

/** Root and one proof for each item, in order. */
export function merkleProofs(items: readonly Uint8Array[]): { readonly root: Uint8Array; readonly proofs: Proof[] } {
  if (items.length === 0) return { root: merkleRoot(items), proofs: [] };
  const leaves = items.map(leafHash);
  const aunts = leaves.map((): Uint8Array[] => []);
  const root = fold(leaves, 0, leaves.length, (start, split, end, left, right) => {
    const [leftBytes, rightBytes] = [unpack(left), unpack(right)];
    for (let i = start; i < split; i++) aunts[i]?.push(rightBytes);
    for (let i = split; i < end; i++) aunts[i]?.push(leftBytes);
  });
  const proofs = leaves.map((leaf, index) => ({
    total: items.length,
    index,
    leafHash: unpack(leaf),
    aunts: aunts[index] ?? [],
  }));
  return { root: unpack(root), proofs };
}

/** The rules a proof satisfies by itself; throws ErrInvalidProof. */
export function validateProof(proof: Proof): void {
  if (proof.total < 0) throw refusal(ErrInvalidProof, "negative Total");
  if (proof.index < 0) throw refusal(ErrInvalidProof, "negative Index");
  if (proof.leafHash.length !== HASH_SIZE) {
    throw refusal(ErrInvalidProof, `expected LeafHash size to be ${HASH_SIZE}, got ${proof.leafHash.length}`);
  }
  if (proof.aunts.length > MAX_AUNTS) {
    throw refusal(ErrInvalidProof, `expected no more than ${MAX_AUNTS} aunts, got ${proof.aunts.length}`);
  }
  for (const [i, aunt] of proof.aunts.entries()) {
    if (aunt.length !== HASH_SIZE) {
      throw refusal(ErrInvalidProof, `expected Aunts#${i} size to be ${HASH_SIZE}, got ${aunt.length}`);
    }
  }
}

/** Root from leaf and the first `depth` aunts. Total halves each time, so depth stays below 54. */
function rootFromAunts(proof: Proof, index: number, total: number, depth: number): Packed {
  if (total === 1) {
    if (depth !== 0) throw refusal(ErrInvalidProof, "compute root hash: unexpected inner hashes");
    return pack(proof.leafHash);
  }
  const aunt = depth > 0 ? proof.aunts[depth - 1] : undefined;
  if (aunt === undefined) throw refusal(ErrInvalidProof, "compute root hash: expected at least one inner hash");
  const split = splitPoint(total);
  return index < split
    ? innerHash(rootFromAunts(proof, index, split, depth - 1), pack(aunt))
    : innerHash(pack(aunt), rootFromAunts(proof, index - split, total - split, depth - 1));
}

const upperHex = (bytes: Uint8Array): string => toHex(bytes).toUpperCase();

/** Refuses with ErrInvalidProof unless the proof shows that `item` is in the tree with this root. */
export function verifyProof(proof: Proof, root: Uint8Array, item: Uint8Array): void {
  if (proof.total < 0) throw refusal(ErrInvalidProof, "proof total must be positive");
  if (proof.index < 0) throw refusal(ErrInvalidProof, "proof index cannot be negative");
  const leaf = leafHash(item);
  if (leaf !== pack(proof.leafHash)) {
    const texts = `wanted ${upperHex(unpack(leaf))} got ${upperHex(proof.leafHash)}`;
    throw refusal(ErrInvalidProof, `invalid leaf hash: ${texts}`);
  }
  if (proof.index >= proof.total) {
    throw refusal(ErrInvalidProof, `compute root hash: invalid index ${proof.index} and/or total ${proof.total}`);
  }
  const computed = rootFromAunts(proof, proof.index, proof.total, proof.aunts.length);
  if (computed !== pack(root)) {
    const texts = `wanted ${upperHex(root)} got ${upperHex(unpack(computed))}`;
    throw refusal(ErrInvalidProof, `invalid root hash: ${texts}`);
  }
}

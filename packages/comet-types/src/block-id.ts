// Block ids: which block (hash) and in which parts it was sent (part set header).
import { concatBytes, fromHex, toHex } from "@wadi/util";
import { HASH_SIZE } from "./brands.ts";
import { ErrInvalid, refusal } from "./errors.ts";
import { BlockId, PartSetHeader } from "./wire/basics.ts";

/** The id of no block. */
export const ZERO_BLOCK_ID: BlockId = BlockId.create();

const isFull = (hash: string): boolean => hash.length === 2 * HASH_SIZE;

/** A hash is empty or 32 bytes. */
export function validateHash(hash: string): void {
  if (hash !== "" && !isFull(hash)) {
    throw refusal(ErrInvalid, `expected size to be ${HASH_SIZE} bytes, got ${hash.length / 2} bytes`);
  }
}

/** Equality of number of parts and root. */
export function samePartSetHeader(a: PartSetHeader, b: PartSetHeader): boolean {
  return a.total === b.total && a.hash === b.hash;
}

/** Equality of block hash and part set header. */
export function sameBlockId(a: BlockId, b: BlockId): boolean {
  return a.hash === b.hash && samePartSetHeader(a.partSetHeader, b.partSetHeader);
}

/** True for the id of a nil vote. */
export function isZeroBlockId(id: BlockId): boolean {
  return id.hash === "" && id.partSetHeader.total === 0 && id.partSetHeader.hash === "";
}

/** True if the id names a block and its parts. */
export function isCompleteBlockId(id: BlockId): boolean {
  return isFull(id.hash) && id.partSetHeader.total > 0 && isFull(id.partSetHeader.hash);
}

/** Hex of hash and part set header encoding: the key of vote sets, and the order of evidence. */
export function blockIdKey(id: BlockId): string {
  return id.hash + toHex(PartSetHeader.encode(id.partSetHeader));
}

/** Hashes of the right size; says nothing about zero or complete. Throws ErrInvalid. */
export function validateBlockId(id: BlockId): void {
  if (id.hash !== "" && !isFull(id.hash)) throw refusal(ErrInvalid, "wrong Hash");
  const { hash } = id.partSetHeader;
  if (hash !== "" && !isFull(hash)) {
    const size = `expected size to be ${HASH_SIZE} bytes, got ${hash.length / 2} bytes`;
    throw refusal(ErrInvalid, `wrong PartSetHeader: wrong Hash: ${size}`);
  }
}

/** As the reference prints it: hash, number of parts, first six bytes of the parts' hash. */
export function blockIdText(id: BlockId): string {
  const fingerprint = concatBytes(fromHex(id.partSetHeader.hash), new Uint8Array(6)).subarray(0, 6);
  return `${id.hash.toUpperCase()}:${id.partSetHeader.total}:${toHex(fingerprint).toUpperCase()}`;
}

// TupleHash (NIST SP 800-185): a hash over a list of byte strings in which no element can pass for
// part of its neighbour. Rule: go/common/crypto/tuplehash/tuplehash.go.
import { createHash, getHashes, type Hash as NativeHash } from "node:crypto";

import { tuplehash128, tuplehash256 } from "@noble/hashes/sha3-addons.js";
import { concatBytes, utf8 } from "@wadi/util";

/** OpenSSL's name for Keccak with the padding of cSHAKE, from which TupleHash256 is built. */
const NATIVE_256 = "keccak-kmac-256";
const RATE_256 = 136;
const isNative = getHashes().includes(NATIVE_256);

/** TupleHash128 with `size` output bytes. */
export function tupleHash128(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  return tuplehash128([...tuple], { dkLen: size, personalization: customization });
}

/** TupleHash256 with `size` output bytes. */
export function tupleHash256(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  if (!isNative) return tuplehash256([...tuple], { dkLen: size, personalization: customization });
  return digest(absorb(tuple, size, customization).update(sizeSuffix(size)));
}

/**
 * TupleHash256 of many tuples that differ in their last element only: what they have in common is
 * absorbed once.
 */
export function tupleHasher256(
  common: readonly Uint8Array[],
  size: number,
  customization: Uint8Array,
): (last: Uint8Array) => Uint8Array {
  if (!isNative) return (last) => tupleHash256([...common, last], size, customization);
  const absorbed = absorb(common, size, customization);
  const suffix = sizeSuffix(size);
  return (last) => {
    const rest = concatBytes(leftEncode(8 * last.length), last, suffix);
    return digest(absorbed.copy({ outputLength: size }).update(rest));
  };
}

function absorb(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): NativeHash {
  const hash = createHash(NATIVE_256, { outputLength: size });
  const name = utf8("TupleHash");
  const header = concatBytes(
    leftEncode(RATE_256),
    leftEncode(8 * name.length),
    name,
    leftEncode(8 * customization.length),
    customization,
  );
  hash.update(header).update(new Uint8Array((RATE_256 - (header.length % RATE_256)) % RATE_256));
  for (const one of tuple) hash.update(leftEncode(8 * one.length)).update(one);
  return hash;
}

/** The right-encoded number of output bits. */
function sizeSuffix(size: number): Uint8Array {
  const digits = bigEndian(8 * size);
  return Uint8Array.of(...digits, digits.length);
}

function digest(hash: NativeHash): Uint8Array {
  const { buffer, byteOffset, length } = hash.digest();
  return new Uint8Array(buffer, byteOffset, length);
}

function leftEncode(n: number): Uint8Array {
  const digits = bigEndian(n);
  return Uint8Array.of(digits.length, ...digits);
}

/** Without leading zeros, but at least one byte. */
function bigEndian(n: number): number[] {
  const digits = [n % 256];
  for (let rest = Math.floor(n / 256); rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return digits;
}

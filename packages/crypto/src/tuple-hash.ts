// TupleHash (NIST SP 800-185): a hash over a list of byte strings in which no element can pass for
// part of its neighbour. Rule: go/common/crypto/tuplehash/tuplehash.go.
import { getHashes, hash } from "node:crypto";

import { tuplehash128, tuplehash256 } from "@noble/hashes/sha3-addons.js";
import { concatBytes, utf8 } from "@wadi/util";

/** OpenSSL's name for Keccak with the padding of cSHAKE, from which TupleHash256 is built. */
const NATIVE_256 = "keccak-kmac-256";
const RATE_256 = 136;
const FUNCTION_NAME = utf8("TupleHash");
const isNative = getHashes().includes(NATIVE_256);

/** TupleHash128 with `size` output bytes. */
export function tupleHash128(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  return tuplehash128([...tuple], { dkLen: size, personalization: customization });
}

/** TupleHash256 with `size` output bytes. */
export function tupleHash256(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  if (!isNative) return tuplehash256([...tuple], { dkLen: size, personalization: customization });
  return digest(concatBytes(preamble(customization), ...tuple.map(encodeString), rightEncode(8 * size)), size);
}

/** TupleHash256 of many tuples that differ in their last element only: the rest is encoded once. */
export function tupleHasher256(
  common: readonly Uint8Array[],
  size: number,
  customization: Uint8Array,
): (last: Uint8Array) => Uint8Array {
  if (!isNative) return (last) => tupleHash256([...common, last], size, customization);
  const front = concatBytes(preamble(customization), ...common.map(encodeString));
  const back = rightEncode(8 * size);
  let message: Uint8Array = new Uint8Array(0);
  let lastSize = -1;
  return (last) => {
    if (last.length !== lastSize) {
      message = concatBytes(front, encodeString(last), back);
      lastSize = last.length;
    } else {
      message.set(last, message.length - back.length - lastSize);
    }
    return digest(message, size);
  };
}

/** What cSHAKE absorbs first: the names, filled up to whole blocks. */
function preamble(customization: Uint8Array): Uint8Array {
  const names = concatBytes(leftEncode(RATE_256), encodeString(FUNCTION_NAME), encodeString(customization));
  return concatBytes(names, new Uint8Array((RATE_256 - (names.length % RATE_256)) % RATE_256));
}

function digest(message: Uint8Array, size: number): Uint8Array {
  const { buffer, byteOffset, length } = hash(NATIVE_256, message, { outputEncoding: "buffer", outputLength: size });
  return new Uint8Array(buffer, byteOffset, length);
}

function encodeString(bytes: Uint8Array): Uint8Array {
  return concatBytes(leftEncode(8 * bytes.length), bytes);
}

function leftEncode(n: number): Uint8Array {
  const digits = bigEndian(n);
  return Uint8Array.of(digits.length, ...digits);
}

function rightEncode(n: number): Uint8Array {
  const digits = bigEndian(n);
  return Uint8Array.of(...digits, digits.length);
}

/** Without leading zeros, but at least one byte. */
function bigEndian(n: number): number[] {
  const digits = [n % 256];
  for (let rest = Math.floor(n / 256); rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return digits;
}

// TupleHash (NIST SP 800-185): a hash over a list of byte strings in which no element can pass for
// part of its neighbour. Rule: go/common/crypto/tuplehash/tuplehash.go.
import { tuplehash128, tuplehash256 } from "@noble/hashes/sha3-addons.js";

/** TupleHash128 with `size` output bytes. */
export function tupleHash128(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  return tuplehash128([...tuple], { dkLen: size, personalization: customization });
}

/** TupleHash256 with `size` output bytes. */
export function tupleHash256(tuple: readonly Uint8Array[], size: number, customization: Uint8Array): Uint8Array {
  return tuplehash256([...tuple], { dkLen: size, personalization: customization });
}

// The one place where a secp256k1 key matters to the node: the account of an Ethereum key. Apart
// from address.ts so that code which only handles addresses does not load that curve.
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { ethAccountAddress } from "./address.ts";
import type { Address } from "./brands.ts";
import { CryptoError } from "./errors.ts";

/**
 * The 20-byte Ethereum address of a secp256k1 key in compressed (33) or uncompressed (65) form:
 * the end of the Keccak-256 of its coordinates. Throws `malformedPublicKey`.
 */
export function ethAddressOfKey(publicKey: Uint8Array): Uint8Array {
  let coordinates: Uint8Array;
  try {
    coordinates = secp256k1.Point.fromBytes(publicKey).toBytes(false).subarray(1);
  } catch (cause) {
    throw new CryptoError("malformedPublicKey", undefined, { cause });
  }
  return keccak_256(coordinates).slice(12);
}

/** The account of a secp256k1 key. */
export function secp256k1EthAddress(publicKey: Uint8Array): Address {
  return ethAccountAddress(ethAddressOfKey(publicKey));
}

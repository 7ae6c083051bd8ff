// Points of edwards25519 beyond signatures: hashing to the curve (RFC 9380).
import { ed25519_hasher } from "@noble/curves/ed25519.js";

import { publicKeyFromBytes, type PublicKey } from "./brands.ts";

/**
 * A public key whose private half nobody knows: `edwards25519_XMD:SHA-512_ELL2_RO_` of the message
 * under a domain tag (go/common/crypto/signature `HashToPublicKey`).
 */
export function hashToPublicKey(tag: Uint8Array, message: Uint8Array): PublicKey {
  return publicKeyFromBytes(ed25519_hasher.hashToCurve(message, { DST: tag }).toBytes());
}

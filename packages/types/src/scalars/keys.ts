// Keys, signatures and VRF proofs as members of structures.
// Reference: go/common/crypto/signature/signature.go, vrf_signer.go; curve25519-voi primitives/x25519.
import { base64ToHex, DecodeError, fixedBytes, fixedHex, type Schema } from "@wadi/codec";
import type { PublicKey as PublicKeyText, X25519PublicKey as X25519PublicKeyText } from "@wadi/crypto";

/** Ed25519 public key; not necessarily a point of the curve. */
export const PublicKey: Schema<PublicKeyText> = fixedHex<PublicKeyText>("public key", 32, {
  json: "base64",
  wrongLength: "signature: malformed public key",
});
export type PublicKey = PublicKeyText;

/** A key from its base64 text; throws DecodeError. */
export function parsePublicKey(text: string): PublicKey {
  const hex = base64ToHex(text);
  if (hex.length !== 64) throw new DecodeError("signature: malformed public key");
  return hex as PublicKey;
}

export const X25519PublicKey: Schema<X25519PublicKeyText> = fixedHex<X25519PublicKeyText>("x25519 public key", 32, {
  json: "base64",
  wrongLength: "x25519: malformed public key",
});
export type X25519PublicKey = X25519PublicKeyText;

/** Ed25519 signature, 64 bytes. */
export const RawSignature: Schema<Uint8Array> = fixedBytes("signature", 64, {
  json: "base64",
  wrongLength: "signature: malformed signature",
});
export type RawSignature = Uint8Array;

/** VRF proof, 80 bytes. */
export const RawProof: Schema<Uint8Array> = fixedBytes("proof", 80, {
  json: "base64",
  wrongLength: "signature: malformed proof",
});
export type RawProof = Uint8Array;

// Signature checks of attestation: ECDSA over P-256 and RSA PKCS#1 v1.5, both with SHA-256.
import { createPublicKey, verify, type KeyObject } from "node:crypto";

import { CryptoError, DerReader, DerTag } from "@wadi/crypto";
import { concatBytes, fromHex } from "@wadi/util";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const SCALAR_BYTES = 32;

/** SubjectPublicKeyInfo of a P-256 key up to the coordinates. */
const P256_PREFIX = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/** A P-256 key from its two coordinates, 64 bytes; undefined if they are not on the curve. */
export function p256Key(coordinates: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(concatBytes(P256_PREFIX, coordinates)), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";
}

/** Whether r ‖ s (64 bytes) is an ECDSA signature of SHA-256 of the message; either s is fine. */
export function verifyP256(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return isP256(key) && verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** Whether the signature is one of RSA PKCS#1 v1.5 of SHA-256 of the message. */
export function verifyRsa(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return key.asymmetricKeyType === "rsa" && verify("sha256", message, key, signature);
}

/** Whether a certificate's signature, in the form of its algorithm, holds. */
export function verifyCertificateSignature(
  algorithm: string,
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm === SHA256_WITH_RSA) return verifyRsa(key, message, signature);
  const raw = algorithm === ECDSA_WITH_SHA256 ? rawSignature(signature) : undefined;
  return raw !== undefined && verifyP256(key, message, raw);
}

/** r ‖ s of a DER signature; undefined if it is not exactly that. */
function rawSignature(der: Uint8Array): Uint8Array | undefined {
  try {
    const outer = new DerReader(der);
    const scalars = outer.enter(DerTag.sequence);
    outer.end();
    const raw = new Uint8Array(2 * SCALAR_BYTES);
    for (const end of [SCALAR_BYTES, 2 * SCALAR_BYTES]) {
      const scalar = positiveInteger(scalars.read(DerTag.integer).content);
      if (scalar === undefined || scalar.length > SCALAR_BYTES) return undefined;
      raw.set(scalar, end - scalar.length);
    }
    scalars.end();
    return raw;
  } catch (e) {
    if (e instanceof CryptoError) return undefined;
    throw e;
  }
}

/** Magnitude of a DER integer; undefined if it is negative or longer than it needs to be. */
function positiveInteger(content: Uint8Array): Uint8Array | undefined {
  const [first, second] = content;
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0) return content;
  if (second === undefined) return content.subarray(1);
  return second >= 0x80 ? content.subarray(1) : undefined;
}

// Making SIGSTRUCTs: with a key at hand, or around a signature that was made elsewhere.
// Reference: go/common/sgx/sigstruct/sigstruct.go `Sign`, `WithSignature`, debug_builder.go.
import { createPublicKey, type KeyObject, sign } from "node:crypto";

import { sha256 } from "@wadi/crypto";
import { toHex } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { putU32 } from "../little-endian.ts";
import { sgxAttributes } from "../quote/sgx-report.ts";
import { MODULUS_BITS, numberBytes, offsets, quotients, REQUIRED_EXPONENT, signedBytes } from "./layout.ts";
import { mrEnclaveOfSgxs, type Sigstruct, unsignedSigstruct, verifySigstruct } from "./sigstruct.ts";

/** Fields that are zero unless an enclave needs them. */
export const BLANK_SIGSTRUCT: Sigstruct = Object.freeze({
  buildDate: { year: 1, month: 1, day: 1 },
  swDefined: new Uint8Array(4),
  miscSelect: 0,
  miscSelectMask: 0,
  attributes: { flags: 0n, xfrm: 0n },
  attributesMask: { flags: 0n, xfrm: 0n },
  enclaveHash: "00".repeat(32),
  isvProdId: 0,
  isvSvn: 0,
});

/** SHA-256 of what is signed, for signing elsewhere. */
export function sigstructHash(sigstruct: Sigstruct): Uint8Array {
  return sha256(signedBytes(unsignedSigstruct(sigstruct)));
}

/** Signs with an RSA key of 3072 bits and exponent 3; the same input gives the same bytes. Throws `sigstructKey`. */
export function signSigstruct(sigstruct: Sigstruct, privateKey: KeyObject): Uint8Array {
  const bytes = unsignedSigstruct(sigstruct);
  const modulus = modulusOf(privateKey);
  fillSignature(bytes, sign("sha256", signedBytes(bytes), privateKey), modulus);
  return bytes;
}

/** Puts a big-endian signature by this key into place and checks that it belongs there. Throws a TeeError. */
export function withSignature(sigstruct: Sigstruct, signature: Uint8Array, publicKey: KeyObject): Uint8Array {
  const bytes = unsignedSigstruct(sigstruct);
  const modulus = modulusOf(publicKey);
  if (signature.length !== MODULUS_BITS / 8) throw new TeeError("sigstructSignature");
  fillSignature(bytes, signature, modulus);
  verifySigstruct(bytes);
  return bytes;
}

function modulusOf(key: KeyObject): bigint {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  const isRight =
    asymmetricKeyType === "rsa" &&
    asymmetricKeyDetails?.modulusLength === MODULUS_BITS &&
    asymmetricKeyDetails.publicExponent === BigInt(REQUIRED_EXPONENT);
  if (!isRight) throw new TeeError("sigstructKey");
  const { n = "" } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  return BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
}

function fillSignature(bytes: Uint8Array, signature: Uint8Array, modulus: bigint): void {
  const value = BigInt(`0x${toHex(signature)}`);
  if (value >= modulus) throw new TeeError("sigstructSignature");
  const { q1, q2 } = quotients(value, modulus);
  bytes.set(numberBytes(modulus), offsets.modulus);
  putU32(bytes, offsets.exponent, REQUIRED_EXPONENT);
  bytes.set(numberBytes(value), offsets.signature);
  bytes.set(numberBytes(q1), offsets.q1);
  bytes.set(numberBytes(q2), offsets.q2);
}

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** The SIGSTRUCT of a debug enclave in SGXS form, for tests; production networks refuse it. */
export function debugSigstruct(sgxs: Uint8Array, privateKey: KeyObject): Uint8Array {
  const sigstruct: Sigstruct = {
    ...BLANK_SIGSTRUCT,
    // The processor demands x87 and SSE state.
    attributes: { flags: sgxAttributes.debug | sgxAttributes.mode64Bit, xfrm: 3n },
    attributesMask: { flags: ALL_BITS, xfrm: ALL_BITS },
    enclaveHash: mrEnclaveOfSgxs(sgxs),
  };
  return signSigstruct(sigstruct, privateKey);
}

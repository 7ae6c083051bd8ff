// Where things are in a SIGSTRUCT, and the arithmetic of its numbers.
// Reference: Intel SDM volume 3D "SIGSTRUCT", go/common/sgx/sigstruct/sigstruct.go.
import { concatBytes, toHex } from "@wadi/util";

export const SIGSTRUCT_BYTES = 1808;
export const MODULUS_BITS = 3072;
export const NUMBER_BYTES = MODULUS_BITS / 8;
export const REQUIRED_EXPONENT = 3;

export const offsets = {
  header: 0,
  vendor: 16,
  date: 20,
  header2: 24,
  swDefined: 40,
  modulus: 128,
  exponent: 512,
  signature: 516,
  miscSelect: 900,
  miscSelectMask: 904,
  attributes: 928,
  attributesMask: 944,
  enclaveHash: 960,
  isvProdId: 1024,
  isvSvn: 1026,
  q1: 1040,
  q2: 1424,
} as const;

/** The two signed parts: everything before the modulus, and the body up to the versions. */
export function signedBytes(sigstruct: Uint8Array): Uint8Array {
  return concatBytes(
    sigstruct.subarray(0, offsets.modulus),
    sigstruct.subarray(offsets.miscSelect, offsets.isvSvn + 2),
  );
}

/** A little-endian number. */
export function numberFrom(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}

/** 384 little-endian bytes of a number that fits. */
export function numberBytes(value: bigint): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * NUMBER_BYTES, "0"), "hex")).reverse();
}

/** What the processor uses to verify without division: q1 = ⌊s² / n⌋ and q2 = ⌊(s³ − q1·s·n) / n⌋. */
export function quotients(signature: bigint, modulus: bigint): { readonly q1: bigint; readonly q2: bigint } {
  const square = signature * signature;
  const q1 = square / modulus;
  const q2 = (square * signature - q1 * signature * modulus) / modulus;
  return { q1, q2 };
}

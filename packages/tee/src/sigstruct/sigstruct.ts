// SIGSTRUCT: the signed description of an enclave. Reference: go/common/sgx/sigstruct/sigstruct.go.
import { sha256 } from "@wadi/crypto";
import { concatBytes, fromHex, toHex } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { putU16, putU32, putU64, u16At, u32At, u64At } from "../little-endian.ts";
import {
  MODULUS_BITS,
  NUMBER_BYTES,
  numberFrom,
  offsets,
  quotients,
  REQUIRED_EXPONENT,
  signedBytes,
  SIGSTRUCT_BYTES,
} from "./layout.ts";

const HEADER = fromHex("06000000e10000000000010000000000");
const HEADER2 = fromHex("01010000600000006000000001000000");

/** A day of the calendar; the zero time of the reference is 1 January of year 1. */
export interface BuildDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/** Fields that nobody uses are left out, as in the reference. */
export interface Sigstruct {
  readonly buildDate: BuildDate;
  /** 4 bytes. */
  readonly swDefined: Uint8Array;
  readonly miscSelect: number;
  readonly miscSelectMask: number;
  readonly attributes: SigstructAttributes;
  readonly attributesMask: SigstructAttributes;
  /** MRENCLAVE, lower-case hex. */
  readonly enclaveHash: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
}

export interface SigstructAttributes {
  readonly flags: bigint;
  readonly xfrm: bigint;
}

/** A SIGSTRUCT that holds, and who signed it. */
export interface VerifiedSigstruct {
  readonly sigstruct: Sigstruct;
  readonly modulus: bigint;
  /** Lower-case hex. */
  readonly mrSigner: string;
}

/** Reads and verifies 1808 bytes; reserved fields outside of the signature are not looked at. Throws a TeeError. */
export function verifySigstruct(bytes: Uint8Array): VerifiedSigstruct {
  if (bytes.length !== SIGSTRUCT_BYTES) throw new TeeError("sigstructLength", { context: String(bytes.length) });
  const modulus = numberFrom(bytes.subarray(offsets.modulus, offsets.exponent));
  if (modulus >> BigInt(MODULUS_BITS - 1) !== 1n) throw new TeeError("sigstructModulus");
  const exponent = u32At(bytes, offsets.exponent);
  if (exponent !== REQUIRED_EXPONENT) throw new TeeError("sigstructExponent", { context: String(exponent) });

  const signature = numberFrom(bytes.subarray(offsets.signature, offsets.miscSelect));
  if (!verifyRsa3(modulus, signature, sha256(signedBytes(bytes)))) throw new TeeError("sigstructSignature");
  const { q1, q2 } = quotients(signature, modulus);
  if (numberFrom(bytes.subarray(offsets.q1, offsets.q2)) !== q1) throw new TeeError("sigstructQ1");
  if (numberFrom(bytes.subarray(offsets.q2)) !== q2) throw new TeeError("sigstructQ2");
  return {
    sigstruct: readFields(bytes),
    modulus,
    mrSigner: mrSignerOf(bytes.subarray(offsets.modulus, offsets.exponent)),
  };
}

const DIGEST_INFO = fromHex("3031300d060960864801650304020105000420");

/** RSA PKCS#1 v1.5 with exponent 3: two multiplications, so big integers do. */
function verifyRsa3(modulus: bigint, signature: bigint, digest: Uint8Array): boolean {
  if ((modulus & 1n) === 0n || signature >= modulus) return false;
  const tail = concatBytes(Uint8Array.of(0), DIGEST_INFO, digest);
  const padding = new Uint8Array(NUMBER_BYTES - tail.length).fill(0xff);
  padding.set([0x00, 0x01]);
  const expected = BigInt(`0x${toHex(concatBytes(padding, tail))}`);
  return signature ** 3n % modulus === expected;
}

function readFields(bytes: Uint8Array): Sigstruct {
  const attributesAt = (at: number): SigstructAttributes => ({ flags: u64At(bytes, at), xfrm: u64At(bytes, at + 8) });
  return {
    buildDate: readDate(u32At(bytes, offsets.date)),
    swDefined: bytes.slice(offsets.swDefined, offsets.swDefined + 4),
    miscSelect: u32At(bytes, offsets.miscSelect),
    miscSelectMask: u32At(bytes, offsets.miscSelectMask),
    attributes: attributesAt(offsets.attributes),
    attributesMask: attributesAt(offsets.attributesMask),
    enclaveHash: toHex(bytes.subarray(offsets.enclaveHash, offsets.enclaveHash + 32)),
    isvProdId: u16At(bytes, offsets.isvProdId),
    isvSvn: u16At(bytes, offsets.isvSvn),
  };
}

/** The date's hex digits are its decimal digits: yyyymmdd. */
function readDate(bcd: number): BuildDate {
  const digits = bcd.toString(16).padStart(8, "0");
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number);
  const isDate =
    /^\d{8}$/.test(digits) && year !== undefined && month !== undefined && day !== undefined && isDay(year, month, day);
  if (!isDate) throw new TeeError("sigstructDate", { context: digits });
  return { year, month, day };
}

function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** MRSIGNER of a little-endian modulus: lower-case hex. */
export function mrSignerOf(modulus: Uint8Array): string {
  return toHex(sha256(modulus));
}

/** MRENCLAVE of an enclave in SGXS form, of which it is the hash by definition: lower-case hex. */
export function mrEnclaveOfSgxs(...stream: readonly Uint8Array[]): string {
  return toHex(sha256(...stream));
}

/** The 1808 bytes without modulus, exponent, signature and quotients. Throws `sigstructDate`. */
export function unsignedSigstruct(sigstruct: Sigstruct): Uint8Array {
  const bytes = new Uint8Array(SIGSTRUCT_BYTES);
  const { year, month, day } = sigstruct.buildDate;
  const digits = year * 10_000 + month * 100 + day;
  if (!Number.isInteger(digits) || year < 0 || year > 9999 || !isDay(year, month, day)) {
    throw new TeeError("sigstructDate", { context: String(digits) });
  }
  bytes.set(HEADER, offsets.header);
  putU32(bytes, offsets.date, Number.parseInt(String(digits), 16));
  bytes.set(HEADER2, offsets.header2);
  bytes.set(sigstruct.swDefined.subarray(0, 4), offsets.swDefined);
  putU32(bytes, offsets.miscSelect, sigstruct.miscSelect);
  putU32(bytes, offsets.miscSelectMask, sigstruct.miscSelectMask);
  putU64(bytes, offsets.attributes, sigstruct.attributes.flags);
  putU64(bytes, offsets.attributes + 8, sigstruct.attributes.xfrm);
  putU64(bytes, offsets.attributesMask, sigstruct.attributesMask.flags);
  putU64(bytes, offsets.attributesMask + 8, sigstruct.attributesMask.xfrm);
  bytes.set(fromHex(sigstruct.enclaveHash).subarray(0, 32), offsets.enclaveHash);
  putU16(bytes, offsets.isvProdId, sigstruct.isvProdId);
  putU16(bytes, offsets.isvSvn, sigstruct.isvSvn);
  return bytes;
}

// The body of an SGX enclave report. Reference: go/common/sgx/pcs/report.go `SgxReport`, and
// go/common/sgx/ias/quote.go `Report`, which has the same layout.
import { sgx } from "@wadi/types";
import { toHex } from "@wadi/util";

import { u16At, u32At, u64At } from "../little-endian.ts";

export const SGX_REPORT_BYTES = 384;
/** A report as the processor makes it, with key ID and MAC behind the body. */
export const SGX_REPORT_WITH_MAC_BYTES = 432;

/** Bits of `flags`. */
export const sgxAttributes = {
  init: 1n << 0n,
  debug: 1n << 1n,
  mode64Bit: 1n << 2n,
  provisionKey: 1n << 4n,
  einitTokenKey: 1n << 5n,
} as const;

/** Byte members are views into what was read. */
export interface SgxReport {
  readonly kind: "sgx";
  readonly raw: Uint8Array;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: number;
  readonly flags: bigint;
  readonly xfrm: bigint;
  /** Lower-case hex. */
  readonly mrEnclave: string;
  /** Lower-case hex. */
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** Reads a body of 384 bytes; every value is allowed. */
export function parseSgxReport(raw: Uint8Array): SgxReport {
  return {
    kind: "sgx",
    raw,
    cpuSvn: raw.subarray(0, 16),
    miscSelect: u32At(raw, 16),
    flags: u64At(raw, 48),
    xfrm: u64At(raw, 56),
    mrEnclave: toHex(raw.subarray(64, 96)),
    mrSigner: toHex(raw.subarray(128, 160)),
    isvProdId: u16At(raw, 256),
    isvSvn: u16At(raw, 258),
    reportData: raw.subarray(320, 384),
  };
}

export function sgxReportIdentity(report: SgxReport): sgx.EnclaveIdentity {
  return sgx.enclaveIdentityFromHex(report.mrEnclave + report.mrSigner);
}

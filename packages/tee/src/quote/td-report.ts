// The body of a TDX report. Reference: go/common/sgx/pcs/report.go `TdReport`.
import { tupleHash256 } from "@wadi/crypto";
import { sgx } from "@wadi/types";
import { toHex, utf8 } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { u64At } from "../little-endian.ts";

export const TD_REPORT_BYTES = 584;

const IDENTITY_CONTEXT = utf8("oasis-core/tdx: TD enclave identity");

/** Bits of `attributes`; a report with any other bit set is malformed. */
export const tdAttributes = {
  debug: 1n << 0n,
  septVeDisable: 1n << 28n,
  pks: 1n << 30n,
  kl: 1n << 31n,
  perfmon: 1n << 63n,
} as const;

const KNOWN_ATTRIBUTES = Object.values(tdAttributes).reduce((all, bit) => all | bit, 0n);

/** Views into what was read; measurements have 48 bytes. */
export interface TdReport {
  readonly kind: "tdx";
  readonly raw: Uint8Array;
  /** 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  /** 8 bytes. */
  readonly seamAttributes: Uint8Array;
  readonly attributes: bigint;
  /** 8 bytes. */
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  /** RTMR0 to RTMR3. */
  readonly rtmrs: readonly Uint8Array[];
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** Reads a body of 584 bytes; throws `tdAttributes`. */
export function parseTdReport(raw: Uint8Array): TdReport {
  const attributes = u64At(raw, 120);
  if ((attributes & ~KNOWN_ATTRIBUTES) !== 0n) throw new TeeError("tdAttributes");
  const measurement = (at: number): Uint8Array => raw.subarray(at, at + 48);
  return {
    kind: "tdx",
    raw,
    teeTcbSvn: raw.subarray(0, 16),
    mrSeam: measurement(16),
    mrSignerSeam: measurement(64),
    seamAttributes: raw.subarray(112, 120),
    attributes,
    xfam: raw.subarray(128, 136),
    mrTd: measurement(136),
    mrConfigId: measurement(184),
    mrOwner: measurement(232),
    mrOwnerConfig: measurement(280),
    rtmrs: [328, 376, 424, 472].map(measurement),
    reportData: raw.subarray(520, 584),
  };
}

/**
 * A trust domain has no MRENCLAVE; a hash over firmware, configuration, loader and kernel stands
 * for it. The signer is all zeros, which no SGX enclave has.
 */
export function tdReportIdentity(report: TdReport): sgx.EnclaveIdentity {
  const measured = tupleHash256([report.mrTd, ...report.rtmrs], 32, IDENTITY_CONTEXT);
  return sgx.enclaveIdentityFromHex(toHex(measured) + "00".repeat(32));
}

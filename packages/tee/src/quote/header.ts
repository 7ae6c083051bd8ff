// The 48 bytes at the start of a quote. Reference: go/common/sgx/pcs/quote.go `QuoteHeaderV3`,
// `QuoteHeaderV4`.
import { bytesEqual, fromHex, toHex } from "@wadi/util";

import { TeeError } from "../errors.ts";
import { u16At, u32At } from "../little-endian.ts";

export const QUOTE_HEADER_BYTES = 48;

export const teeTypes = { sgx: 0x00, tdx: 0x81 } as const;
export type TeeType = (typeof teeTypes)[keyof typeof teeTypes];

export const ATTESTATION_KEY_ECDSA_P256 = 2;

/** The quoting enclave's vendor. */
export const INTEL_QE_VENDOR = fromHex("939a7233f79c4ca9940a0db3957f0607");

export interface QuoteHeader {
  /** A view into what was read. */
  readonly raw: Uint8Array;
  readonly version: 3 | 4;
  readonly teeType: TeeType;
  readonly attestationKeyType: number;
  /** Version 3 only; version 4 has zeros there. */
  readonly qeSvn: number;
  /** Version 3 only; version 4 has zeros there. */
  readonly pceSvn: number;
  /** 20 bytes. */
  readonly userData: Uint8Array;
}

/** Reads 48 bytes; throws `quoteVersion`, `quoteReserved`, `quoteTeeType` or `quoteVendor`. */
export function parseQuoteHeader(raw: Uint8Array): QuoteHeader {
  const version = u16At(raw, 0);
  if (version !== 3 && version !== 4) throw new TeeError("quoteVersion", { context: String(version) });
  const qeSvn = u16At(raw, 8);
  const pceSvn = u16At(raw, 10);
  // Version 3 knows SGX only and keeps zero where version 4 has the type.
  const teeType = u32At(raw, 4);
  if (version === 3 && teeType !== 0) throw new TeeError("quoteReserved");
  if (teeType !== teeTypes.sgx && teeType !== teeTypes.tdx) {
    throw new TeeError("quoteTeeType", { context: String(teeType) });
  }
  if (version === 4 && (qeSvn !== 0 || pceSvn !== 0)) throw new TeeError("quoteReserved");
  const vendor = raw.subarray(12, 28);
  if (!bytesEqual(vendor, INTEL_QE_VENDOR)) throw new TeeError("quoteVendor", { context: toHex(vendor) });
  return { raw, version, teeType, attestationKeyType: u16At(raw, 2), qeSvn, pceSvn, userData: raw.subarray(28, 48) };
}

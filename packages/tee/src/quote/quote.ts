// Quotes of SGX enclaves (versions 3 and 4) and TDX domains (version 4), signed with ECDSA P-256.
// Reference: go/common/sgx/pcs/quote.go `Quote`.
import type { sgx } from "@wadi/types";

import { TeeError } from "../errors.ts";
import { u32At } from "../little-endian.ts";
import {
  ATTESTATION_KEY_ECDSA_P256,
  parseQuoteHeader,
  QUOTE_HEADER_BYTES,
  type QuoteHeader,
  teeTypes,
} from "./header.ts";
import { parseSgxReport, SGX_REPORT_BYTES, type SgxReport, sgxReportIdentity } from "./sgx-report.ts";
import { parseQuoteSignature, type QuoteSignature } from "./signature.ts";
import { parseTdReport, TD_REPORT_BYTES, type TdReport, tdReportIdentity } from "./td-report.ts";

const SIZE_BYTES = 4;
const MIN_QUOTE_BYTES = QUOTE_HEADER_BYTES + SGX_REPORT_BYTES + SIZE_BYTES;

export type ReportBody = SgxReport | TdReport;

export interface Quote {
  readonly header: QuoteHeader;
  readonly body: ReportBody;
  readonly signature: QuoteSignature;
}

/** Reads a quote, whole. Views into `bytes`. Throws a TeeError. */
export function parseQuote(bytes: Uint8Array): Quote {
  const { quote, size } = parseQuotePrefix(bytes);
  if (size !== bytes.length) throw new TeeError("quoteTrailing");
  return quote;
}

/**
 * Reads the quote at the start of `bytes` and says how long it is: attestation services pad what
 * they return. A verifier takes quotes without anything behind them only.
 */
export function parseQuotePrefix(bytes: Uint8Array): { readonly quote: Quote; readonly size: number } {
  if (bytes.length < MIN_QUOTE_BYTES) throw new TeeError("quoteLength", { context: `${bytes.length} bytes` });
  const header = parseQuoteHeader(bytes.subarray(0, QUOTE_HEADER_BYTES));
  const bodyBytes = header.teeType === teeTypes.tdx ? TD_REPORT_BYTES : SGX_REPORT_BYTES;
  const bodyEnd = QUOTE_HEADER_BYTES + bodyBytes;
  if (bytes.length < bodyEnd + SIZE_BYTES) throw new TeeError("quoteBodyLength", { context: `${bytes.length} bytes` });
  const rawBody = bytes.subarray(QUOTE_HEADER_BYTES, bodyEnd);
  const body = header.teeType === teeTypes.tdx ? parseTdReport(rawBody) : parseSgxReport(rawBody);

  const start = bodyEnd + SIZE_BYTES;
  const size = start + u32At(bytes, bodyEnd);
  if (bytes.length < size) throw new TeeError("quoteTrailing");
  if (header.attestationKeyType !== ATTESTATION_KEY_ECDSA_P256) {
    throw new TeeError("quoteKeyType", { context: String(header.attestationKeyType) });
  }
  const signature = parseQuoteSignature(header.version, bytes.subarray(start, size));
  return { quote: { header, body, signature }, size };
}

/** Which enclave a report is of. */
export function reportIdentity(body: ReportBody): sgx.EnclaveIdentity {
  return body.kind === "sgx" ? sgxReportIdentity(body) : tdReportIdentity(body);
}

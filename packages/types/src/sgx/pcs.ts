// Intel PCS (DCAP) quotes and quote policies. Reference: go/common/sgx/pcs.
import {
  bool,
  bytes,
  jsonRaw,
  lenientBytes,
  list,
  named,
  nullable,
  optional,
  struct,
  text,
  u16,
  u32,
  type TypeOf,
} from "@wadi/codec";

/** Intel's JSON as it was signed; CBOR carries it as a byte string, JSON inline under `tcbInfo`. */
export const SignedTCBInfo = struct("pcs.SignedTCBInfo", {
  tcbInfo: named("tcb_info", jsonRaw, "tcbInfo"),
  signature: text,
});
export type SignedTCBInfo = TypeOf<typeof SignedTCBInfo>;

/** Intel's JSON as it was signed; CBOR carries it as a byte string, JSON inline under `enclaveIdentity`. */
export const SignedQEIdentity = struct("pcs.SignedQEIdentity", {
  enclaveIdentity: named("enclave_identity", jsonRaw, "enclaveIdentity"),
  signature: text,
});
export type SignedQEIdentity = TypeOf<typeof SignedQEIdentity>;

export const TCBBundle = struct("pcs.TCBBundle", {
  tcbInfo: SignedTCBInfo,
  qeId: SignedQEIdentity,
  certs: nullable(bytes),
});
export type TCBBundle = TypeOf<typeof TCBBundle>;

export const QuoteBundle = struct("pcs.QuoteBundle", {
  quote: nullable(bytes),
  tcb: TCBBundle,
});
export type QuoteBundle = TypeOf<typeof QuoteBundle>;

export const TdxModulePolicy = struct("pcs.TdxModulePolicy", {
  mrSeam: optional(nullable(lenientBytes("TDX measurement", 48))),
  mrSignerSeam: lenientBytes("TDX measurement", 48),
});
export type TdxModulePolicy = TypeOf<typeof TdxModulePolicy>;

export const TdxQuotePolicy = struct("pcs.TdxQuotePolicy", {
  allowedTdxModules: optional(list(TdxModulePolicy)),
});
export type TdxQuotePolicy = TypeOf<typeof TdxQuotePolicy>;

export const QuotePolicy = struct("pcs.QuotePolicy", {
  disabled: optional(bool),
  tcbValidityPeriod: u16,
  minTcbEvaluationDataNumber: u32,
  fmspcWhitelist: optional(list(text)),
  fmspcBlacklist: optional(list(text)),
  tdx: optional(nullable(TdxQuotePolicy)),
});
export type QuotePolicy = TypeOf<typeof QuotePolicy>;

// Intel IAS (EPID) reports and quote policies. Reference: go/common/sgx/ias.
import { bool, bytes, enumeration, list, nullable, optional, struct, u32, type TypeOf } from "@wadi/codec";

/** Names as the service spells them; 0 (no verdict) has none. */
export const ISVEnclaveQuoteStatus = enumeration("ias.ISVEnclaveQuoteStatus", "int", {
  1: "OK",
  2: "SIGNATURE_INVALID",
  3: "GROUP_REVOKED",
  4: "SIGNATURE_REVOKED",
  5: "KEY_REVOKED",
  6: "SIGRL_VERSION_MISMATCH",
  7: "GROUP_OUT_OF_DATE",
  8: "CONFIGURATION_NEEDED",
  9: "SW_HARDENING_NEEDED",
  10: "CONFIGURATION_AND_SW_HARDENING_NEEDED",
});
export type ISVEnclaveQuoteStatus = number;

export const isvEnclaveQuoteStatuses = {
  ok: 1,
  groupOutOfDate: 7,
  configurationNeeded: 8,
  swHardeningNeeded: 9,
} as const;

export const AVRBundle = struct("ias.AVRBundle", {
  body: nullable(bytes),
  certificateChain: nullable(bytes),
  signature: nullable(bytes),
});
export type AVRBundle = TypeOf<typeof AVRBundle>;

export const QuotePolicy = struct("ias.QuotePolicy", {
  disabled: optional(bool),
  allowedQuoteStatuses: optional(list(ISVEnclaveQuoteStatus)),
  gidBlacklist: optional(list(u32)),
  minTcbEvaluationDataNumber: optional(u32),
});
export type QuotePolicy = TypeOf<typeof QuotePolicy>;

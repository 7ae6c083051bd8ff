// Why attestation was refused. The reference registers no codes for these, so on a wire all are
// (`unknown`, 1); `kind` tells the rule that failed. The texts name it as the reference does.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

const kinds = {
  // Form of a quote.
  quoteLength: "pcs/quote: invalid quote length",
  quoteVersion: "pcs/quote: unsupported quote version",
  quoteReserved: "pcs/quote: data in reserved field",
  quoteTeeType: "pcs/quote: unsupported TEE type",
  quoteVendor: "pcs/quote: unsupported QE vendor",
  quoteBodyLength: "pcs/quote: invalid quote body length",
  quoteTrailing: "pcs/quote: unexpected trailing data",
  quoteKeyType: "pcs/quote: unsupported attestation key type",
  quoteSignatureForm: "pcs/quote: invalid ECDSA-P256 quote signature",
  tdAttributes: "pcs/quote: malformed TDX attributes in report body",
  certificationData: "pcs/quote: invalid certification data",
  certificationDataType: "pcs/quote: unsupported certification data type",
  reportLength: "invalid report size",

  // Policy.
  pcsDisabled: "pcs/quote: PCS quotes are disabled by policy",
  mrSignerBlacklisted: "blacklisted MRSIGNER",
  debugMismatch: "disallowed debug/production enclave/mode combination",
  teeTypeNotAllowed: "pcs/quote: TEE type not allowed",
  tdxModuleNotAllowed: "pcs/quote: TDX module not allowed",
  quoteKind: "exactly one quote kind must be set",

  // Certificates.
  certificate: "x509: malformed certificate",
  certificateType: "invalid PEM block type",
  certificateExpired: "x509: certificate has expired or is not yet valid",
  certificateCriticalExtension: "x509: unhandled critical extension",
  certificateAuthority: "x509: certificate signed by unknown authority",
  certificateUsage: "x509: certificate specifies an incompatible key usage",
  chainRoot: "unexpected root in certificate chain",
  noPckChain: "pcs/quote: no PCK certificate chain in quote",
  pckChainLength: "pcs/quote: unexpected certificate chain length",
  pckKey: "pcs/quote: PCK certificate with non-ECDSA signature scheme",
  pckExtension: "pcs/quote: bad X509 SGX extensions",
  pckFmspc: "pcs/quote: missing FMSPC field",

  // Signatures of a quote.
  qeReportSignature: "pcs/quote: failed to verify QE report signature using PCK public key",
  qeReportData: "pcs/quote: QE report data does not match expected value",
  attestationKey: "pcs/quote: invalid attestation public key",
  quoteSignature: "pcs/quote: failed to verify quote signature",

  // Collateral.
  tcbChainLength: "pcs/tcb: unexpected certificate chain length",
  tcbKey: "pcs/tcb: TCB certificate with non-ECDSA signature scheme",
  tcbSignatureForm: "malformed signature",
  tcbSignature: "pcs/tcb: TCB signature verification failed",
  tcbInfoBody: "pcs/tcb: malformed TCB info body",
  tcbInfoId: "pcs/tcb: unexpected TCB info identifier",
  tcbInfoVersion: "pcs/tcb: unexpected TCB info version",
  qeIdentityBody: "pcs/tcb: malformed QE identity body",
  qeIdentityId: "pcs/tcb: unexpected QE identity ID",
  qeIdentityVersion: "pcs/tcb: unexpected QE identity version",
  issueDate: "pcs/tcb: invalid issue date",
  nextUpdate: "pcs/tcb: invalid next update date",
  tcbInfoFuture: "pcs/tcb: TCB info issue date in the future",
  tcbInfoExpired: "pcs/tcb: TCB info expired",
  tcbInfoNumber: "pcs/tcb: invalid TCB evaluation data number",
  qeIdentityFuture: "pcs/tcb: QE identity issue date in the future",
  qeIdentityExpired: "pcs/tcb: QE identity expired",
  qeIdentityNumber: "pcs/tcb: invalid QE evaluation data number",
  fmspcNotWhitelisted: "pcs/tcb: FMSPC is not whitelisted",
  fmspcBlacklisted: "pcs/tcb: FMSPC is blacklisted",
  fmspcMalformed: "pcs/tcb: malformed FMSPC",
  fmspcMismatch: "pcs/tcb: FMSPC: mismatch",
  tcbLevelUnknown: "pcs/tcb: TCB level not supported",
  tcbStatusMissing: "pcs/tcb: missing TCB status",
  tdxModuleUnknown: "pcs/tcb: TDX module not supported",
  tdxModuleLevelUnknown: "pcs/tcb: TDX module TCB level not supported",
  tcbOutOfDate: "TCB is not up to date (likely needs upgrade)",
  qeMrSigner: "pcs/tcb: invalid QE MRSIGNER",
  qeProductId: "pcs/tcb: invalid QE ISVProdID",
  qeMiscSelect: "pcs/tcb: invalid QE miscselect",
  qeAttributes: "pcs/tcb: invalid QE attributes",
  qeMalformed: "pcs/tcb: malformed QE identity field",
  qeLevelUnknown: "pcs/tcb: QE TCB level not supported",

  // IAS reports.
  iasDisabled: "IAS quotes are disabled by policy",
  avrChain: "ias/avr: failed to decode certificate chain",
  avrChainLength: "ias/avr: unexpected certificate chain length",
  avrSignatureForm: "ias/avr: failed to decode signature",
  avrSignature: "ias/avr: failed to verify AVR signature",
  avrJson: "ias/avr: failed to parse JSON",
  avrInvalid: "ias/avr: invalid report",
  iasQuote: "ias/quote: invalid quote",
  iasStatus: "quote status not allowed by policy",
  iasNumber: "tcb evaluation data number not allowed by policy",
  iasGroup: "blacklisted quote GID",

  // SIGSTRUCT.
  sigstructLength: "sgx/sigstruct: buffer is not 1808 bytes",
  sigstructModulus: "sgx/sigstruct: public key modulus is not 3072 bits",
  sigstructExponent: "sgx/sigstruct: public key exponent is not 3",
  sigstructSignature: "sgx/sigstruct: invalid signature",
  sigstructQ1: "sgx/sigstruct: invalid Q1",
  sigstructQ2: "sgx/sigstruct: invalid Q2",
  sigstructDate: "sgx/sigstruct: malformed date",
  sigstructKey: "sgx/sigstruct: invalid private key",
} as const;

export type TeeErrorKind = keyof typeof kinds;

/** A refused quote, report, certificate or SIGSTRUCT. */
export class TeeError extends WadiError {
  override readonly name = "TeeError";
  readonly kind: TeeErrorKind;

  constructor(kind: TeeErrorKind, options: { readonly context?: string; readonly cause?: unknown } = {}) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: kinds[kind] }, options);
    this.kind = kind;
  }
}

/** True for a TeeError of this kind, also one of another copy of the package. */
export function isTeeError(e: unknown, kind: TeeErrorKind): boolean {
  return e instanceof Error && e.name === "TeeError" && "kind" in e && e.kind === kind;
}

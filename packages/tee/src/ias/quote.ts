// The EPID quote inside an attestation report of IAS. Reference: go/common/sgx/ias/quote.go.
import { TeeError } from "../errors.ts";
import { u16At, u32At } from "../little-endian.ts";
import { parseSgxReport, SGX_REPORT_BYTES, sgxAttributes, type SgxReport } from "../quote/sgx-report.ts";
import { checkDebug, checkSigner, type TrustSwitches } from "../trust.ts";

const BODY_BYTES = 48;
/** Without its signature, which reports leave out. */
export const IAS_QUOTE_BYTES = BODY_BYTES + SGX_REPORT_BYTES;

export interface IasQuote {
  readonly version: number;
  /** 0 unlinkable, 1 linkable. */
  readonly signatureType: number;
  /** EPID group of the platform. */
  readonly groupId: number;
  readonly qeSvn: number;
  readonly pceSvn: number;
  /** 32 bytes. */
  readonly basename: Uint8Array;
  readonly report: SgxReport;
}

/** Reads the first 432 bytes; throws `iasQuote`. Views into `bytes`. */
export function parseIasQuote(bytes: Uint8Array): IasQuote {
  const refuse = (context: string): TeeError => new TeeError("iasQuote", { context });
  if (bytes.length < IAS_QUOTE_BYTES) throw refuse("length");
  const version = u16At(bytes, 0);
  if (version !== 1 && version !== 2) throw refuse(`version ${version}`);
  const signatureType = u16At(bytes, 2);
  if (signatureType > 1) throw refuse(`signature type ${signatureType}`);
  const pceSvn = u16At(bytes, 10);
  if (version < 2 && pceSvn !== 0) throw refuse("PCE version in a quote of version 1");
  return {
    version,
    signatureType,
    groupId: u32At(bytes, 4),
    qeSvn: u16At(bytes, 8),
    pceSvn,
    basename: bytes.subarray(16, BODY_BYTES),
    report: parseSgxReport(bytes.subarray(BODY_BYTES, IAS_QUOTE_BYTES)),
  };
}

/** Refuses forbidden signers, and debug or production enclaves in the other mode. */
export function checkIasQuote({ report }: IasQuote, trust: TrustSwitches): void {
  checkSigner(report.mrSigner, trust);
  checkDebug((report.flags & sgxAttributes.debug) !== 0n, trust);
}

// The signature block of a quote: the quote's own signature, the key that made it, and what the
// quoting enclave shows for that key. Reference: go/common/sgx/pcs/quote.go
// `QuoteSignatureECDSA_P256`, `CertificationData_QEReport`.
import { TeeError } from "../errors.ts";
import { u16At, u32At } from "../little-endian.ts";
import { type Certificate, parseCertificates } from "../x509/certificate.ts";
import { parseSgxReport, SGX_REPORT_BYTES, type SgxReport } from "./sgx-report.ts";

const SIGNATURE_BYTES = 64;
/** Shorter blocks are refused before anything of them is read. */
export const SIGNATURE_BLOCK_MIN_BYTES = 584;
const PPID_DATA_BYTES = 404;

export const certificationDataTypes = {
  ppidCleartext: 1,
  ppidRsa2048: 2,
  ppidRsa3072: 3,
  pckLeaf: 4,
  pckChain: 5,
  qeReport: 6,
  platformManifest: 7,
} as const;

/** Names the platform, so that its certificate can be fetched; nothing can be verified with it alone. */
export interface PpidData {
  readonly kind: "ppid";
  readonly type: number;
  /** 384 bytes. */
  readonly ppid: Uint8Array;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  readonly pceSvn: number;
  readonly pceId: number;
}

/** The certificate of the platform's provisioning key and those of its authorities. */
export interface PckChain {
  readonly kind: "pckChain";
  readonly certificates: readonly Certificate[];
}

export type CertificationData = PpidData | PckChain;

/** Byte members are views into what was read. */
export interface QuoteSignature {
  /** r ‖ s over header and body. */
  readonly signature: Uint8Array;
  /** x ‖ y. */
  readonly attestationKey: Uint8Array;
  readonly qeReport: SgxReport;
  /** r ‖ s by the provisioning key over the quoting enclave's report. */
  readonly qeReportSignature: Uint8Array;
  readonly authenticationData: Uint8Array;
  readonly certificationData: CertificationData;
}

/** Takes parts off the front of a byte string; throws `certificationData` where there are too few. */
class Parts {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  take(size: number): Uint8Array {
    if (this.#rest.length < size) throw new TeeError("certificationData");
    const part = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return part;
  }

  u16(): number {
    return u16At(this.take(2), 0);
  }

  u32(): number {
    return u32At(this.take(4), 0);
  }

  get remaining(): number {
    return this.#rest.length;
  }
}

/** Reads the block of a quote of this version; bytes behind the certification data count nothing. */
export function parseQuoteSignature(version: 3 | 4, block: Uint8Array): QuoteSignature {
  if (block.length < SIGNATURE_BLOCK_MIN_BYTES) throw new TeeError("quoteSignatureForm");
  const parts = new Parts(block);
  const signature = parts.take(SIGNATURE_BYTES);
  const attestationKey = parts.take(SIGNATURE_BYTES);
  if (version === 4) {
    // Version 4 wraps the rest once more.
    const type = parts.u16();
    const size = parts.u32();
    if (parts.remaining !== size || type !== certificationDataTypes.qeReport) throw new TeeError("quoteSignatureForm");
  }
  const qeReport = parseSgxReport(parts.take(SGX_REPORT_BYTES));
  const qeReportSignature = parts.take(SIGNATURE_BYTES);
  const authenticationData = parts.take(parts.u16());
  const type = parts.u16();
  const certificationData = parseCertificationData(type, parts.take(parts.u32()));
  return { signature, attestationKey, qeReport, qeReportSignature, authenticationData, certificationData };
}

function parseCertificationData(type: number, data: Uint8Array): CertificationData {
  switch (type) {
    case certificationDataTypes.ppidCleartext:
    case certificationDataTypes.ppidRsa2048:
    case certificationDataTypes.ppidRsa3072:
      if (data.length !== PPID_DATA_BYTES) throw new TeeError("certificationData");
      return {
        kind: "ppid",
        type,
        ppid: data.subarray(0, 384),
        cpuSvn: data.subarray(384, 400),
        pceSvn: u16At(data, 400),
        pceId: u16At(data, 402),
      };
    case certificationDataTypes.pckChain:
      return { kind: "pckChain", certificates: parseCertificates(data) };
    default:
      throw new TeeError("certificationDataType", { context: String(type) });
  }
}

// Verification of IAS reports. The service is gone, but old blocks hold its reports, and the rules
// still take them where a network's policy does not disable them.
// Reference: go/common/sgx/ias/avr.go `AVRBundle.Open`, `validateAVRSignature`,
// go/common/sgx/quote/quote.go `Quote.Verify`.
import type { ias, registry } from "@wadi/types";
import { bytesEqual } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import { sgxReportIdentity } from "../quote/sgx-report.ts";
import { iasRootOf, type TrustSwitches } from "../trust.ts";
import { type Certificate, parseCertificates } from "../x509/certificate.ts";
import { verifyChain } from "../x509/chain.ts";
import { goBase64 } from "../x509/pem.ts";
import { verifyRsa } from "../x509/signature.ts";
import { type IasQuote, parseIasQuote } from "./quote.ts";
import { isStatusAllowed, parseReport } from "./report.ts";

const EMPTY = new Uint8Array(0);

/** Verifies a report with its certificates; the report data are fresh bytes. Throws a TeeError. */
export function verifyAvrBundle(
  bundle: ias.AVRBundle,
  policy: ias.QuotePolicy | null,
  moment: Moment,
  trust: TrustSwitches,
): registry.VerifiedQuote {
  const { report } = openAvrBundle(bundle, policy, moment, trust);
  return { identity: sgxReportIdentity(report), reportData: report.reportData };
}

function openAvrBundle(
  bundle: ias.AVRBundle,
  policy: ias.QuotePolicy | null,
  moment: Moment,
  trust: TrustSwitches,
): IasQuote {
  if (policy?.disabled === true) throw new TeeError("iasDisabled");
  const body = bundle.body ?? EMPTY;
  if (!trust.skipVerify) verifySignature(body, bundle, moment, iasRootOf(trust));
  const report = parseReport(body, trust);
  if (!isStatusAllowed(report.isvEnclaveQuoteStatus, policy)) throw new TeeError("iasStatus");
  // A report that does not state the number has number 0.
  const minimum = policy?.minTcbEvaluationDataNumber ?? 0;
  if (report.tcbEvaluationDataNumber < minimum) throw new TeeError("iasNumber");
  const quote = parseIasQuote(report.isvEnclaveQuoteBody);
  if (policy?.gidBlacklist.includes(quote.groupId) === true) throw new TeeError("iasGroup");
  return quote;
}

function verifySignature(body: Uint8Array, bundle: ias.AVRBundle, moment: Moment, trustedRoot: Certificate): void {
  const certificates = parseCertificates(queryUnescape(bundle.certificateChain ?? EMPTY));
  const [leaf, root, ...more] = certificates;
  if (leaf === undefined || root === undefined || more.length > 0) {
    throw new TeeError("avrChainLength", { context: String(certificates.length) });
  }
  verifyChain(leaf, undefined, trustedRoot, moment);
  if (!bytesEqual(root.raw, trustedRoot.raw)) throw new TeeError("chainRoot");
  const signature = goBase64(Buffer.from(bundle.signature ?? EMPTY).toString("latin1"));
  if (signature === undefined) throw new TeeError("avrSignatureForm");
  if (!verifyRsa(leaf.publicKey, body, signature)) throw new TeeError("avrSignature");
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** Go's `url.QueryUnescape` on bytes; throws `avrChain`. */
function queryUnescape(escaped: Uint8Array): Uint8Array {
  const out = new Uint8Array(escaped.length);
  let size = 0;
  for (let i = 0; i < escaped.length; i++) {
    const byte = escaped[i] ?? 0;
    if (byte === PERCENT) {
      const digits = String.fromCharCode(...escaped.subarray(i + 1, i + 3));
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw new TeeError("avrChain");
      out[size++] = Number.parseInt(digits, 16);
      i += 2;
    } else {
      out[size++] = byte === PLUS ? SPACE : byte;
    }
  }
  return out.subarray(0, size);
}

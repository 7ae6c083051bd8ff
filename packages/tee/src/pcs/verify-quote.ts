// Verification of a PCS quote: from the enclave's report through the quoting enclave and the
// platform to Intel. Reference: go/common/sgx/pcs/quote.go `Quote.Verify`, pcs.go `QuoteBundle.Verify`.
import { sha256 } from "@wadi/crypto";
import type { pcs, registry } from "@wadi/types";
import { bytesEqual, concatBytes } from "@wadi/util";

import { TeeError } from "../errors.ts";
import type { Moment } from "../moment.ts";
import { parseQuote, type Quote, type ReportBody, reportIdentity } from "../quote/quote.ts";
import { sgxAttributes } from "../quote/sgx-report.ts";
import { tdAttributes } from "../quote/td-report.ts";
import { checkDebug, checkSigner, pcsRootOf, type TrustSwitches } from "../trust.ts";
import { p256Key, verifyP256 } from "../x509/signature.ts";
import { verifyCollateral } from "./collateral.ts";
import { verifyPck } from "./pck.ts";
import { checkTdxModule, DEFAULT_PCS_POLICY } from "./policy.ts";

const HALF = 32;
const ZEROS = new Uint8Array(HALF);

/** Reads and verifies a quote with its collateral; no policy is the built-in one. Throws a TeeError. */
export function verifyQuoteBundle(
  bundle: pcs.QuoteBundle,
  policy: pcs.QuotePolicy | null,
  moment: Moment,
  trust: TrustSwitches,
): registry.VerifiedQuote {
  const quote = parseQuote(bundle.quote ?? new Uint8Array(0));
  return verifyQuote(quote, bundle.tcb, policy ?? DEFAULT_PCS_POLICY, moment, trust);
}

/** Verifies a quote that was read; the report data are a view into it. Throws a TeeError. */
export function verifyQuote(
  quote: Quote,
  collateral: pcs.TCBBundle,
  policy: pcs.QuotePolicy,
  moment: Moment,
  trust: TrustSwitches,
): registry.VerifiedQuote {
  if (policy.disabled) throw new TeeError("pcsDisabled");
  checkBody(quote.body, policy, trust);
  if (!trust.skipVerify) verifySignatures(quote, collateral, policy, moment, trust);
  return { identity: reportIdentity(quote.body), reportData: quote.body.reportData };
}

function checkBody(body: ReportBody, policy: pcs.QuotePolicy, trust: TrustSwitches): void {
  if (body.kind === "sgx") {
    checkSigner(body.mrSigner, trust);
    checkDebug((body.flags & sgxAttributes.debug) !== 0n, trust);
    return;
  }
  checkDebug((body.attributes & tdAttributes.debug) !== 0n, trust);
  if (policy.tdx === null) throw new TeeError("teeTypeNotAllowed");
  checkTdxModule(policy.tdx, body);
}

function verifySignatures(
  { header, body, signature }: Quote,
  collateral: pcs.TCBBundle,
  policy: pcs.QuotePolicy,
  moment: Moment,
  trust: TrustSwitches,
): void {
  const { qeReport, attestationKey, authenticationData } = signature;
  const pck = verifyPck(signature.certificationData, moment, pcsRootOf(trust));
  if (!verifyP256(pck.publicKey, qeReport.raw, signature.qeReportSignature)) throw new TeeError("qeReportSignature");

  // The quoting enclave vouches for the key in its report data.
  const expected = sha256(attestationKey, authenticationData);
  const { reportData } = qeReport;
  if (!bytesEqual(reportData.subarray(0, HALF), expected) || !bytesEqual(reportData.subarray(HALF), ZEROS)) {
    throw new TeeError("qeReportData");
  }

  const teeTcbSvn = body.kind === "tdx" ? body.teeTcbSvn : undefined;
  const platform = { ...pck, teeTcbSvn };
  verifyCollateral(collateral, { teeType: header.teeType, policy, moment, trust, platform, qeReport });

  const key = p256Key(attestationKey);
  if (key === undefined) throw new TeeError("attestationKey");
  if (!verifyP256(key, concatBytes(header.raw, body.raw), signature.signature)) throw new TeeError("quoteSignature");
}

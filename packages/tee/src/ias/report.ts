// Attestation verification reports of IAS: the JSON and what it must agree in.
// Reference: go/common/sgx/ias/avr.go `AttestationVerificationReport`.
import {
  bytes,
  decodeJson,
  enumeration,
  i64Number,
  list,
  named,
  nullable,
  optional,
  parseTime,
  struct,
  text,
  type TypeOf,
  u32,
} from "@wadi/codec";
import { ias } from "@wadi/types";

import { TeeError } from "../errors.ts";
import { hexBytes } from "../hex.ts";
import type { TrustSwitches } from "../trust.ts";
import { checkIasQuote, IAS_QUOTE_BYTES, parseIasQuote } from "./quote.ts";

const PSE_MANIFEST_HASH_BYTES = 32;
const EPID_PSEUDONYM_BYTES = 128;
const NONCE_MAX_BYTES = 32;

/** The statuses that `ias.isvEnclaveQuoteStatuses` does not name. */
const statuses = { ...ias.isvEnclaveQuoteStatuses, missing: 0, groupRevoked: 3, configurationAndSwHardeningNeeded: 10 };

const AttestationType = enumeration("ias.AttestationType", "int", { 0: "", 1: "EPID" });
const attestationTypes = { missing: 0, epid: 1 } as const;

const pseManifestStatuses = { ok: 0, unknown: 1, invalid: 2, outOfDate: 3, revoked: 4, rlVersionMismatch: 5 } as const;
const PSEManifestStatus = enumeration("ias.PSEManifestStatus", "int", {
  [pseManifestStatuses.ok]: "OK",
  [pseManifestStatuses.unknown]: "UNKNOWN",
  [pseManifestStatuses.invalid]: "INVALID",
  [pseManifestStatuses.outOfDate]: "OUT_OF_DATE",
  [pseManifestStatuses.revoked]: "REVOKED",
  [pseManifestStatuses.rlVersionMismatch]: "RL_VERSION_MISMATCH",
});

export const AttestationReport = struct("ias.AttestationVerificationReport", {
  id: text,
  timestamp: text,
  version: i64Number,
  attestationType: named("attestationType", optional(AttestationType)),
  isvEnclaveQuoteStatus: named("isvEnclaveQuoteStatus", ias.ISVEnclaveQuoteStatus),
  isvEnclaveQuoteBody: named("isvEnclaveQuoteBody", bytes),
  revocationReason: named("revocationReason", nullable(i64Number)),
  pseManifestStatus: named("pseManifestStatus", nullable(PSEManifestStatus)),
  pseManifestHash: named("pseManifestHash", text),
  platformInfoBlob: named("platformInfoBlob", text),
  nonce: text,
  epidPseudonym: named("epidPseudonym", bytes),
  advisoryUrl: named("advisoryURL", text),
  advisoryIds: named("advisoryIDs", list(text)),
  docIds: named("docIDs", list(text)),
  tcbEvaluationDataNumber: named("tcbEvaluationDataNumber", optional(u32)),
});
export type AttestationReport = TypeOf<typeof AttestationReport>;

/** Reads a report and checks that its parts agree; throws `avrJson`, `avrInvalid` or what the quote fails at. */
export function parseReport(json: Uint8Array, trust: TrustSwitches): AttestationReport {
  let report: AttestationReport;
  try {
    report = decodeJson(AttestationReport, json);
  } catch (e) {
    throw new TeeError("avrJson", { cause: e });
  }
  validate(report, trust);
  return report;
}

const invalid = (context: string, cause?: unknown): TeeError => new TeeError("avrInvalid", { context, cause });

function validate(report: AttestationReport, trust: TrustSwitches): void {
  checkTimestamp(report.timestamp);
  checkVersion(report);
  if (report.isvEnclaveQuoteStatus === statuses.missing) throw invalid("missing isvEnclaveQuoteStatus");
  const body = report.isvEnclaveQuoteBody;
  if (body.length === IAS_QUOTE_BYTES) checkIasQuote(parseIasQuote(body), trust);
  else if (body.length > 0) throw invalid("isvEnclaveQuoteBody length");

  const isRevoked = report.isvEnclaveQuoteStatus === statuses.groupRevoked;
  if (isRevoked !== (report.revocationReason !== null)) throw invalid("revocationReason");
  checkManifest(report);
  if (Buffer.byteLength(report.nonce) > NONCE_MAX_BYTES) throw invalid("nonce length");
  const pseudonym = report.epidPseudonym.length;
  if (pseudonym !== 0 && pseudonym !== EPID_PSEUDONYM_BYTES) throw invalid("epidPseudonym length");
}

/** A time without zone. */
function checkTimestamp(timestamp: string): void {
  try {
    parseTime(`${timestamp}Z`);
  } catch (e) {
    throw invalid("timestamp", e);
  }
}

/** The type came with version 5, which in practice leaves it out as well. */
function checkVersion({ version, attestationType }: AttestationReport): void {
  if (version !== 4 && version !== 5) throw invalid(`version ${version}`);
  if (version === 4 && attestationType !== attestationTypes.missing) throw invalid("attestation type in version 4");
}

/** Which statuses may come with a manifest status and with a platform info blob. */
function checkManifest({
  isvEnclaveQuoteStatus: status,
  pseManifestStatus,
  pseManifestHash,
  platformInfoBlob,
}: AttestationReport): void {
  const isQualified =
    status === statuses.groupOutOfDate ||
    status === statuses.configurationNeeded ||
    status === statuses.swHardeningNeeded ||
    status === statuses.configurationAndSwHardeningNeeded;
  if (pseManifestStatus !== null && status !== statuses.ok && !isQualified)
    throw invalid("unexpected pseManifestStatus");

  const hash = hexBytes(pseManifestHash, undefined, "avrInvalid").length;
  if (hash !== 0 && hash !== PSE_MANIFEST_HASH_BYTES) throw invalid("pseManifestHash length");
  if (hexBytes(platformInfoBlob, undefined, "avrInvalid").length === 0) return;
  const isManifestOutdated =
    pseManifestStatus === pseManifestStatuses.outOfDate ||
    pseManifestStatus === pseManifestStatuses.revoked ||
    pseManifestStatus === pseManifestStatuses.rlVersionMismatch;
  if (!isQualified && status !== statuses.groupRevoked && !isManifestOutdated) {
    throw invalid("unexpected platformInfoBlob");
  }
}

/** Whether a status is good, or good enough for a policy. */
export function isStatusAllowed(status: number, policy: ias.QuotePolicy | null): boolean {
  if (status === statuses.ok || status === statuses.swHardeningNeeded) return true;
  return policy?.allowedQuoteStatuses.includes(status) ?? false;
}

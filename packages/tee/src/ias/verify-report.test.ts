import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { test } from "node:test";

import { ias, sgx } from "@wadi/types";
import { toBase64, utf8 } from "@wadi/util";

import { isTeeError, type TeeErrorKind } from "../errors.ts";
import { putU16, putU32, putU64 } from "../little-endian.ts";
import { Moment } from "../moment.ts";
import { makeCertificate, pem, rsaKeyPair } from "../testing/certificates.ts";
import { FORTANIX_DUMMY_MR_SIGNER, PRODUCTION_TRUST, type TrustSwitches } from "../trust.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { verifyAvrBundle } from "./verify-report.ts";

const NOW = 1_767_225_600_000_000_000n;
const authority = { subject: "Report Signing CA", key: rsaKeyPair() };
const signer = { subject: "Report Signing", key: rsaKeyPair() };
const root = makeCertificate({ ...authority, ca: { isCa: true, pathLength: 0 }, keyUsage: 0x06 });
const leaf = makeCertificate({ ...signer, issuer: authority, ca: { isCa: false } });
const trustRoot = parseCertificate(root);
const trust: TrustSwitches = { ...PRODUCTION_TRUST, roots: { pcs: trustRoot, ias: trustRoot } };

type Json = Record<string, unknown>;

function quote(edit: (bytes: Uint8Array) => void = () => {}): Uint8Array {
  const bytes = new Uint8Array(432);
  putU16(bytes, 0, 2);
  putU32(bytes, 4, 0xcac);
  putU16(bytes, 10, 14);
  putU64(bytes, 48 + 48, 5n);
  bytes.fill(0x11, 48 + 64, 48 + 96);
  bytes.fill(0x22, 48 + 128, 48 + 160);
  bytes.fill(0x33, 48 + 320, 48 + 384);
  edit(bytes);
  return bytes;
}

function bundle(changes: Json = {}, chain: readonly Uint8Array[] = [leaf, root]): ias.AVRBundle {
  const report = {
    id: "1",
    timestamp: "2023-09-27T15:51:58.044803",
    version: 5,
    isvEnclaveQuoteStatus: "OK",
    isvEnclaveQuoteBody: toBase64(quote()),
    tcbEvaluationDataNumber: 16,
    ...changes,
  };
  const body = utf8(JSON.stringify(report));
  const signature = utf8(toBase64(sign("sha256", body, signer.key)));
  const certificateChain = utf8(encodeURIComponent(Buffer.from(pem(...chain)).toString()));
  return { body, certificateChain, signature };
}

const policy = (changes: Partial<ias.QuotePolicy> = {}): ias.QuotePolicy => ({ ...ias.QuotePolicy.zero(), ...changes });

const withQuote = (edit: (bytes: Uint8Array) => void): Json => ({ isvEnclaveQuoteBody: toBase64(quote(edit)) });

const accepted: readonly (readonly [string, Json, ias.QuotePolicy | null, Partial<TrustSwitches>?])[] = [
  ["no policy", {}, null],
  ["empty policy", {}, policy()],
  ["exact number", {}, policy({ minTcbEvaluationDataNumber: 16 })],
  ["software hardening needed", { isvEnclaveQuoteStatus: "SW_HARDENING_NEEDED" }, null],
  [
    "status that the policy allows",
    { isvEnclaveQuoteStatus: "GROUP_OUT_OF_DATE", platformInfoBlob: "00" },
    policy({ allowedQuoteStatuses: [7] }),
  ],
  ["version 4", { version: 4 }, null],
  ["attestation type", { attestationType: "EPID" }, null],
  ["debug in debug mode", withQuote((q) => putU64(q, 96, 7n)), null, { allowDebugEnclaves: true }],
  [
    "revoked group that the policy allows",
    { isvEnclaveQuoteStatus: "GROUP_REVOKED", revocationReason: 1 },
    policy({ allowedQuoteStatuses: [3] }),
  ],
  ["names in other letter case", { NONCE: "x" }, null],
];

for (const [name, changes, rules, switches] of accepted) {
  test(`report accepted: ${name}`, () => {
    const { identity, reportData } = verifyAvrBundle(bundle(changes), rules, new Moment(NOW), {
      ...trust,
      ...switches,
    });
    assert.equal(sgx.mrEnclaveOf(identity), "11".repeat(32));
    assert.equal(sgx.mrSignerOf(identity), "22".repeat(32));
    assert.deepEqual(
      [...reportData],
      Array.from({ length: 64 }, () => 0x33),
    );
  });
}

const refused: readonly (readonly [TeeErrorKind, string, Json, ias.QuotePolicy | null, Partial<TrustSwitches>?])[] = [
  ["iasDisabled", "policy", {}, policy({ disabled: true })],
  ["iasNumber", "number", {}, policy({ minTcbEvaluationDataNumber: 17 })],
  ["iasNumber", "no number", { tcbEvaluationDataNumber: undefined }, policy({ minTcbEvaluationDataNumber: 1 })],
  ["iasGroup", "group", {}, policy({ gidBlacklist: [1, 0xcac] })],
  ["iasStatus", "status without a policy", { isvEnclaveQuoteStatus: "KEY_REVOKED" }, null],
  [
    "iasStatus",
    "status of another policy",
    { isvEnclaveQuoteStatus: "KEY_REVOKED" },
    policy({ allowedQuoteStatuses: [7] }),
  ],
  ["iasQuote", "no quote", { isvEnclaveQuoteBody: "" }, null],
  ["iasQuote", "quote version", withQuote((q) => putU16(q, 0, 3)), null],
  ["iasQuote", "signature type", withQuote((q) => putU16(q, 2, 2)), null],
  ["iasQuote", "PCE version in version 1", withQuote((q) => putU16(q, 0, 1)), null],
  ["debugMismatch", "debug in production", withQuote((q) => putU64(q, 96, 7n)), null],
  ["debugMismatch", "production in debug mode", {}, null, { allowDebugEnclaves: true }],
  [
    "mrSignerBlacklisted",
    "dummy signer",
    withQuote((q) => q.set(Buffer.from(FORTANIX_DUMMY_MR_SIGNER, "hex"), 48 + 128)),
    null,
  ],
  ["avrInvalid", "quote length", { isvEnclaveQuoteBody: toBase64(quote().subarray(1)) }, null],
  ["avrInvalid", "timestamp with a zone", { timestamp: "2023-09-27T15:51:58Z" }, null],
  ["avrInvalid", "version 3", { version: 3 }, null],
  ["avrInvalid", "type in version 4", { version: 4, attestationType: "EPID" }, null],
  ["avrInvalid", "no status", { isvEnclaveQuoteStatus: undefined }, null],
  ["avrInvalid", "reason without revocation", { revocationReason: 1 }, null],
  ["avrInvalid", "revocation without reason", { isvEnclaveQuoteStatus: "GROUP_REVOKED" }, null],
  ["avrInvalid", "platform info of a good platform", { platformInfoBlob: "00" }, null],
  ["avrInvalid", "platform info that is no hex", { platformInfoBlob: "0" }, null],
  ["avrInvalid", "manifest hash", { pseManifestHash: "00" }, null],
  ["avrInvalid", "manifest status", { isvEnclaveQuoteStatus: "KEY_REVOKED", pseManifestStatus: "OK" }, null],
  ["avrInvalid", "nonce in bytes", { nonce: "é".repeat(17) }, null],
  ["avrInvalid", "pseudonym", { epidPseudonym: "AAAA" }, null],
  ["avrJson", "unknown status", { isvEnclaveQuoteStatus: "FINE" }, null],
  ["avrJson", "type of a member", { version: "5" }, null],
];

for (const [kind, name, changes, rules, switches] of refused) {
  test(`report refused as ${kind}: ${name}`, () => {
    assert.throws(
      () => verifyAvrBundle(bundle(changes), rules, new Moment(NOW), { ...trust, ...switches }),
      (e) => isTeeError(e, kind) || assert.fail(String(e)),
    );
  });
}

test("what is around a report counts", () => {
  const good = bundle();
  const refuse = (kind: TeeErrorKind, changed: Partial<ias.AVRBundle>, now = NOW): void => {
    assert.throws(
      () => verifyAvrBundle({ ...good, ...changed }, null, new Moment(now), trust),
      (e) => isTeeError(e, kind) || assert.fail(String(e)),
    );
  };
  verifyAvrBundle(good, null, new Moment(NOW), trust);
  refuse("avrSignature", { body: utf8("{}") });
  refuse("avrSignature", { signature: utf8("AAAA") });
  refuse("avrSignatureForm", { signature: utf8("AAA") });
  refuse("avrChain", { certificateChain: utf8("%zz") });
  refuse("avrChain", { certificateChain: utf8("%0") });
  refuse("avrChainLength", { certificateChain: null });
  refuse("avrChainLength", bundle({}, [leaf]));
  refuse("avrChainLength", bundle({}, [leaf, root, root]));
  refuse("chainRoot", bundle({}, [leaf, leaf]));
  refuse("certificateAuthority", bundle({}, [makeCertificate({ ...signer, issuer: signer }), root]));
  refuse("certificateExpired", {}, 1n);
  assert.throws(
    () => verifyAvrBundle(good, null, new Moment(NOW), PRODUCTION_TRUST),
    (e) => isTeeError(e, "certificateAuthority"),
  );
  verifyAvrBundle({ ...good, certificateChain: null, signature: null }, null, new Moment(NOW), {
    ...trust,
    skipVerify: true,
  });
});

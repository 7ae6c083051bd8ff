import assert from "node:assert/strict";
import { test } from "node:test";

import { tupleHash256 } from "@wadi/crypto";
import { pcs, sgx } from "@wadi/types";
import { decodeJson } from "@wadi/codec";
import { loadVector } from "@wadi/testing";
import { concatBytes, fromHex, must, toHex, utf8 } from "@wadi/util";

import { isTeeError, TeeError, type TeeErrorKind } from "../errors.ts";
import { putU16, putU32, putU64 } from "../little-endian.ts";
import { Moment } from "../moment.ts";
import { parseQuote } from "../quote/quote.ts";
import {
  certificates,
  type Changes,
  ISSUED,
  makeBundle,
  makeCollateral,
  makeQuote,
  NOW,
  policy,
  simulatedTrust,
} from "../testing/platform.ts";
import { FORTANIX_DUMMY_MR_SIGNER, PRODUCTION_TRUST, type TrustSwitches } from "../trust.ts";
import { verifyQuoteBundle } from "./verify-quote.ts";

const DAY = 86_400_000_000_000n;

interface Conditions {
  readonly policy?: Partial<pcs.QuotePolicy> | null;
  readonly now?: bigint;
  readonly trust?: Partial<TrustSwitches>;
  /** Intel's own root instead of the simulated platform's. */
  readonly isUnderIntel?: boolean;
}

function verify(bundle: pcs.QuoteBundle, conditions: Conditions = {}): void {
  const { policy: changed = {}, now = NOW, trust = {}, isUnderIntel = false } = conditions;
  const rules = changed === null ? null : { ...policy, ...changed };
  verifyQuoteBundle(bundle, rules, new Moment(now), {
    ...(isUnderIntel ? PRODUCTION_TRUST : simulatedTrust),
    ...trust,
  });
}

const level = (isvsvn: number, tcbStatus: string): unknown => ({ tcb: { isvsvn }, tcbStatus });
const seam = (byte: number): Uint8Array => new Uint8Array(48).fill(byte);
const modules = (allowedTdxModules: readonly pcs.TdxModulePolicy[]): Partial<pcs.QuotePolicy> => ({
  tdx: { allowedTdxModules },
});

const accepted: readonly (readonly [string, Changes, Conditions?])[] = [
  ["SGX, version 3", {}],
  ["SGX, version 4", { version: 4 }],
  ["TDX", { tee: "tdx" }],
  ["built-in policy", {}, { policy: null }],
  ["first instant of the collateral", {}, { now: ISSUED }],
  ["last instant of the collateral", {}, { now: ISSUED + 30n * DAY }],
  ["exact evaluation number", {}, { policy: { minTcbEvaluationDataNumber: 17 } }],
  ["software hardening needed", { tcbLevel: { tcbStatus: "SWHardeningNeeded" } }],
  ["out of date, lax", { tcbLevel: { tcbStatus: "OutOfDate" } }, { trust: { laxTcb: true } }],
  ["debug enclave in debug mode", { body: (b) => putU64(b, 48, 7n) }, { trust: { allowDebugEnclaves: true } }],
  [
    "dummy signer among test keys",
    { body: (b) => b.set(fromHex(FORTANIX_DUMMY_MR_SIGNER), 128) },
    { trust: { allowTestKeys: true } },
  ],
  ["whitelisted", {}, { policy: { fmspcWhitelist: ["00a0b0c0d0e0"] } }],
  ["blacklist of others", {}, { policy: { fmspcBlacklist: ["00A0B0C0D0E0"] } }],
  ["newer quoting enclave", { qeReport: (q) => putU16(q, 258, 9) }],
  ["masked attribute of the quoting enclave", { qeReport: (q) => putU64(q, 48, 0x15n) }],
  [
    "TDX module of version 0, whose levels are in the platform's",
    {
      tee: "tdx",
      body: (b) => b.set([9, 0, 7]),
      tcbLevel: { tcb: { sgxtcbcomponents: [], pcesvn: 0, tdxtcbcomponents: [{ svn: 9 }] } },
    },
  ],
  [
    "listed TDX module by signer",
    { tee: "tdx", body: (b) => b.fill(1, 64, 112) },
    { policy: modules([{ mrSeam: null, mrSignerSeam: seam(1) }]) },
  ],
  [
    "listed TDX module by measurement",
    { tee: "tdx", body: (b) => b.fill(2, 16, 64) },
    {
      policy: modules([
        { mrSeam: seam(1), mrSignerSeam: seam(0) },
        { mrSeam: seam(2), mrSignerSeam: seam(0) },
      ]),
    },
  ],
];

for (const [name, changes, conditions] of accepted) {
  test(`accepted: ${name}`, () => verify(makeBundle(changes), conditions));
}

const refused: readonly (readonly [TeeErrorKind, string, Changes, Conditions?])[] = [
  ["pcsDisabled", "policy", {}, { policy: { disabled: true } }],
  ["debugMismatch", "debug enclave in production", { body: (b) => putU64(b, 48, 7n) }],
  ["debugMismatch", "production enclave in debug mode", {}, { trust: { allowDebugEnclaves: true } }],
  ["debugMismatch", "debug domain in production", { tee: "tdx", body: (b) => putU64(b, 120, 1n) }],
  ["mrSignerBlacklisted", "dummy signer", { body: (b) => b.set(fromHex(FORTANIX_DUMMY_MR_SIGNER), 128) }],
  ["teeTypeNotAllowed", "TDX without a policy for it", { tee: "tdx" }, { policy: { tdx: null } }],
  ["teeTypeNotAllowed", "TDX by the built-in policy", { tee: "tdx" }, { policy: null }],
  ["tdxModuleNotAllowed", "signer other than Intel", { tee: "tdx", body: (b) => b.fill(1, 64, 112) }],
  [
    "tdxModuleNotAllowed",
    "measurement not listed",
    { tee: "tdx" },
    { policy: modules([{ mrSeam: seam(2), mrSignerSeam: seam(0) }]) },
  ],
  ["tdAttributes", "unknown attribute", { tee: "tdx", body: (b) => putU64(b, 120, 1n << 40n) }],
  ["certificateExpired", "before the certificates", {}, { now: 1n }],
  ["certificateExpired", "after the certificates", {}, { now: 2_208_988_800n * 1_000_000_000n + 1n }],
  ["certificateAuthority", "intermediate missing", { chain: [certificates.pck, certificates.root, certificates.root] }],
  ["certificateAuthority", "under Intel's root", {}, { isUnderIntel: true }],
  ["pckChainLength", "two certificates", { chain: [certificates.pck, certificates.ca] }],
  [
    "pckChainLength",
    "four certificates",
    { chain: [certificates.pck, certificates.ca, certificates.root, certificates.root] },
  ],
  ["chainRoot", "another third certificate", { chain: [certificates.pck, certificates.ca, certificates.ca] }],
  [
    "pckFmspc",
    "certificate of something else",
    { chain: [certificates.pckWithoutExtension, certificates.ca, certificates.root] },
  ],
  ["qeReportData", "other key", { qeReport: (q) => q.fill(0, 320, 321) }],
  ["qeReportData", "data in the second half", { qeReport: (q) => q.fill(1, 383) }],
  ["attestationKey", "point off the curve", { attestationKey: (k) => k.fill(1) }],
  ["tcbChainLength", "one collateral certificate", { collateralChain: [certificates.tcb] }],
  ["chainRoot", "collateral root", { collateralChain: [certificates.tcb, certificates.ca] }],
  ["tcbSignature", "collateral by another key of the root", { collateralChain: [certificates.ca, certificates.root] }],
  ["certificateAuthority", "collateral by the platform", { collateralChain: [certificates.pck, certificates.root] }],
  ["qeIdentityId", "of the other kind", { qeIdentity: { id: "TD_QE" } }],
  ["qeIdentityVersion", "version 1", { qeIdentity: { version: 1 } }],
  ["qeIdentityBody", "not an object", { qeIdentity: { tcbLevels: 5 } }],
  ["qeIdentityNumber", "evaluation number", { qeIdentity: { tcbEvaluationDataNumber: 11 } }],
  ["qeIdentityFuture", "an instant early", {}, { now: ISSUED - 1n }],
  ["qeIdentityExpired", "an instant late", {}, { now: ISSUED + 30n * DAY + 1n }],
  ["issueDate", "with a zone", { qeIdentity: { issueDate: "2026-01-01T00:00:00+00:00" } }],
  ["nextUpdate", "no date", { qeIdentity: { nextUpdate: "" } }],
  ["qeMrSigner", "signer", { qeReport: (q) => q.fill(1, 128, 160) }],
  ["qeMalformed", "signer text", { qeIdentity: { mrsigner: "zz" } }],
  ["qeMalformed", "mask size", { qeIdentity: { miscselectMask: "FFFFFF" } }],
  ["qeProductId", "product", { qeReport: (q) => putU16(q, 256, 1) }],
  ["qeMiscSelect", "misc select", { qeReport: (q) => putU32(q, 16, 0x8000_0000) }],
  ["qeAttributes", "flags", { qeReport: (q) => putU64(q, 48, 0x13n) }],
  [
    "qeAttributes",
    "state",
    { qeIdentity: { attributesMask: "FBFFFFFFFFFFFFFF0100000000000000" }, qeReport: (q) => putU64(q, 56, 1n) },
  ],
  ["qeLevelUnknown", "older quoting enclave", { qeReport: (q) => putU16(q, 258, 7) }],
  [
    "tcbOutOfDate",
    "outdated quoting enclave",
    { qeIdentity: { tcbLevels: [level(9, "UpToDate"), level(8, "SWHardeningNeeded")] } },
  ],
  [
    "tcbOutOfDate",
    "quoting enclave has no lax mode",
    { qeIdentity: { tcbLevels: [level(8, "OutOfDate")] } },
    { trust: { laxTcb: true } },
  ],
  ["tcbInfoId", "of the other kind", { tcbInfo: { id: "TDX" } }],
  ["tcbInfoVersion", "version 2", { tcbInfo: { version: 2 } }],
  ["tcbInfoBody", "unknown status", { tcbLevel: { tcbStatus: "Fine" } }],
  ["tcbInfoNumber", "evaluation number", { tcbInfo: { tcbEvaluationDataNumber: 11 } }],
  ["tcbInfoFuture", "issued later", { tcbInfo: { issueDate: "2026-01-11T00:00:00.000000001Z" } }],
  ["tcbInfoExpired", "issued earlier", { tcbInfo: { issueDate: "2025-12-11T00:00:00Z" } }],
  ["fmspcNotWhitelisted", "letter case", {}, { policy: { fmspcWhitelist: ["00A0B0C0D0E0"] } }],
  ["fmspcBlacklisted", "listed", {}, { policy: { fmspcBlacklist: ["00a0b0c0d0e0"] } }],
  ["fmspcMalformed", "odd text", { tcbInfo: { fmspc: "0" } }],
  ["fmspcMismatch", "another platform", { tcbInfo: { fmspc: "00A0B0C0D0E1" } }],
  ["tcbLevelUnknown", "no levels", { tcbInfo: { tcbLevels: [] } }],
  [
    "tcbLevelUnknown",
    "component too old",
    {
      tcbLevel: {
        tcb: { sgxtcbcomponents: Array.from({ length: 16 }, (_, i) => ({ svn: i === 15 ? 8 : 7 })), pcesvn: 11 },
      },
    },
  ],
  ["tcbLevelUnknown", "PCE too old", { tcbLevel: { tcb: { sgxtcbcomponents: [], pcesvn: 12 } } }],
  ["tcbLevelUnknown", "TDX component too old", { tee: "tdx", body: (b) => b.fill(6, 2, 3) }],
  ["tcbStatusMissing", "status", { tcbLevel: { tcbStatus: null } }],
  ["tcbOutOfDate", "out of date", { tcbLevel: { tcbStatus: "OutOfDate" } }],
  ["tcbOutOfDate", "configuration needed", { tcbLevel: { tcbStatus: "ConfigurationNeeded" } }],
  [
    "tcbOutOfDate",
    "configuration and hardening needed, even lax",
    { tcbLevel: { tcbStatus: "ConfigurationAndSWHardeningNeeded" } },
    { trust: { laxTcb: true } },
  ],
  ["tcbOutOfDate", "revoked, even lax", { tcbLevel: { tcbStatus: "Revoked" } }, { trust: { laxTcb: true } }],
  ["tdxModuleUnknown", "major version", { tee: "tdx", body: (b) => b.fill(2, 1, 2) }],
  ["tdxModuleLevelUnknown", "minor version", { tee: "tdx", body: (b) => b.fill(3, 0, 1) }],
  [
    "tcbOutOfDate",
    "outdated TDX module",
    { tee: "tdx", tcbInfo: { tdxModuleIdentities: [{ id: "TDX_01", tcbLevels: [level(4, "OutOfDate")] }] } },
  ],
];

for (const [kind, name, changes, conditions] of refused) {
  test(`refused as ${kind}: ${name}`, () => {
    assert.throws(
      () => verify(makeBundle(changes), conditions),
      (e) => isTeeError(e, kind) || assert.fail(String(e)),
    );
  });
}

test("skipping verification leaves the rules about the report itself", () => {
  const bundle = { ...makeBundle({ body: (b) => b.fill(0x55, 64, 96) }), tcb: makeCollateral({ collateralChain: [] }) };
  verify(bundle, { trust: { skipVerify: true } });
  assert.throws(() => verify(bundle, { trust: { skipVerify: true, allowDebugEnclaves: true } }), TeeError);
  assert.throws(() => verify(bundle, { trust: { skipVerify: true }, policy: { disabled: true } }), TeeError);
});

test("a domain's identity is the hash of its measurements under no signer", () => {
  const { body } = parseQuote(makeQuote({ tee: "tdx" }));
  const { identity, reportData } = verifyQuoteBundle(
    makeBundle({ tee: "tdx" }),
    policy,
    new Moment(NOW),
    simulatedTrust,
  );
  const parts = [136, 328, 376, 424, 472].map((at) => body.raw.slice(at, at + 48));
  const expected = tupleHash256(parts, 32, utf8("oasis-core/tdx: TD enclave identity"));
  assert.equal(sgx.mrEnclaveOf(identity), toHex(expected));
  assert.equal(sgx.mrSignerOf(identity), "00".repeat(32));
  assert.equal(toHex(reportData), "33".repeat(64));
});

/** The same bytes with one bit of one byte changed. */
function flipped(bytes: Uint8Array, at: number, bit = at % 8): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
}

function assertEveryFlipRefused(
  bytes: Uint8Array,
  step: number,
  what: string,
  check: (changed: Uint8Array) => void,
  bit?: number,
): void {
  for (let at = 0; at < bytes.length; at += step) {
    assert.throws(() => check(flipped(bytes, at, bit)), TeeError, `${what}: byte ${at} of ${bytes.length}`);
  }
}

/** Collateral and quote, from the first byte to the chain in it. */
function flipEverything(
  bundle: pcs.QuoteBundle,
  chainStart: number,
  step: number,
  check: (b: pcs.QuoteBundle) => void,
): void {
  const quote = must(bundle.quote);
  const { tcb } = bundle;
  check(bundle);
  const chain = quote.subarray(chainStart);
  assertEveryFlipRefused(quote.subarray(0, chainStart), step, "quote", (changed) =>
    check({ ...bundle, quote: concatBytes(changed, chain) }),
  );
  // From here on the lowest bit: another bit may change the case of a hex digit, which means the same.
  assertEveryFlipRefused(must(tcb.tcbInfo.tcbInfo), step, "TCB info", (tcbInfo) =>
    check({ ...bundle, tcb: { ...tcb, tcbInfo: { ...tcb.tcbInfo, tcbInfo } } }),
  );
  assertEveryFlipRefused(must(tcb.qeId.enclaveIdentity), step, "QE identity", (enclaveIdentity) =>
    check({ ...bundle, tcb: { ...tcb, qeId: { ...tcb.qeId, enclaveIdentity } } }),
  );
  for (const member of ["tcbInfo", "qeId"] as const) {
    const text = utf8(tcb[member].signature);
    const withSignature = (changed: Uint8Array): pcs.TCBBundle => ({
      ...tcb,
      [member]: { ...tcb[member], signature: Buffer.from(changed).toString("latin1") },
    });
    assertEveryFlipRefused(text, step, member, (changed) => check({ ...bundle, tcb: withSignature(changed) }), 0);
  }
}

/** Where the certificates begin: header, body, size, block, authentication data. */
const chainStartOf = (quote: Uint8Array): number => Buffer.from(quote).indexOf("-----BEGIN");

test("one changed bit anywhere in a quote or its collateral is refused", () => {
  for (const tee of ["sgx", "tdx"] as const) {
    const bundle = makeBundle({ tee });
    flipEverything(bundle, chainStartOf(must(bundle.quote)), 3, (changed) => verify(changed));
  }
});

test("one changed bit anywhere in a certificate is refused", () => {
  const good = [certificates.pck, certificates.ca, certificates.root];
  for (const [i, certificate] of good.entries()) {
    assertEveryFlipRefused(certificate, 3, `certificate ${i}`, (changed) =>
      verify(makeBundle({ chain: good.with(i, changed) })),
    );
  }
  assertEveryFlipRefused(certificates.tcb, 5, "collateral", (changed) =>
    verify(makeBundle({ collateralChain: [changed, certificates.root] })),
  );
});

interface Recorded {
  readonly files_hex: Readonly<Record<string, string>>;
}

const recorded = loadVector<Recorded>("runtime/pcs-quotes");

test("one changed bit in a recorded quote is refused", { skip: recorded === undefined }, () => {
  const file = (name: string): Uint8Array => fromHex(must(recorded?.files_hex[name]));
  const certs = file("tcb_info_v3_fmspc_00606A000000_certs.pem");
  const recordings = [
    ["quote_v3_ecdsa_p256_pck_chain.bin", "tcb_info_v3_fmspc_00606A000000.json", "qe_identity_v2.json", 1_671_497_404n],
    [
      "quote_v4_tdx_ecdsa_p256.bin",
      "tcb_info_v3_tdx_fmspc_C0806F000000.json",
      "qe_identity_v2_tdx2.json",
      1_725_263_032n,
    ],
  ] as const;
  for (const [name, tcbInfo, qeId, seconds] of recordings) {
    const tcb = {
      tcbInfo: decodeJson(pcs.SignedTCBInfo, file(tcbInfo)),
      qeId: decodeJson(pcs.SignedQEIdentity, file(qeId)),
      certs,
    };
    const bundle = { quote: file(name), tcb };
    const trust = { ...PRODUCTION_TRUST, allowTestKeys: true };
    flipEverything(bundle, chainStartOf(bundle.quote), 23, (changed) => {
      verifyQuoteBundle(changed, policy, new Moment(seconds * 1_000_000_000n), trust);
    });
  }
});

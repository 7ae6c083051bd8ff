// A simulated platform with everything that Intel would have signed for it, under a root of its own.
import { createPublicKey, type KeyObject, sign } from "node:crypto";

import { sha256 } from "@wadi/crypto";
import type { pcs } from "@wadi/types";
import { concatBytes, fromHex, toHex, utf8 } from "@wadi/util";

import { putU16, putU32, putU64 } from "../little-endian.ts";
import { INTEL_QE_VENDOR } from "../quote/header.ts";
import { PRODUCTION_TRUST, type TrustSwitches } from "../trust.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { integer, makeCertificate, octets, oid, p256KeyPair, pem, sequence } from "./certificates.ts";

const SGX = "1.2.840.113741.1.13.1";
const FMSPC = "00a0b0c0d0e0";
const NANOS = 1_000_000_000n;

const keys = {
  root: p256KeyPair(),
  ca: p256KeyPair(),
  pck: p256KeyPair(),
  tcb: p256KeyPair(),
  attestation: p256KeyPair(),
};
const root = { subject: "Root", key: keys.root };
const ca = { subject: "Platform CA", key: keys.ca };
const CERT_SIGN = 0x06;

const component = (number: number, svn: number): Uint8Array =>
  sequence(oid(`${SGX}.2.${number}`), integer(BigInt(svn)));

/** The extension of a platform whose parts all have version 7. */
const sgxExtension = sequence(
  sequence(oid(`${SGX}.1`), octets(new Uint8Array(16))),
  sequence(
    oid(`${SGX}.2`),
    sequence(
      ...Array.from({ length: 16 }, (_, i) => component(i + 1, 7)),
      component(17, 11),
      sequence(oid(`${SGX}.2.18`), octets(new Uint8Array(16).fill(7))),
    ),
  ),
  sequence(oid(`${SGX}.4`), octets(fromHex(FMSPC))),
);

export const certificates = {
  root: makeCertificate({ ...root, ca: { isCa: true, pathLength: 1 }, keyUsage: CERT_SIGN }),
  ca: makeCertificate({ ...ca, issuer: root, ca: { isCa: true, pathLength: 0 }, keyUsage: CERT_SIGN }),
  pck: makeCertificate({
    subject: "PCK",
    key: keys.pck,
    issuer: ca,
    ca: { isCa: false },
    extensions: [{ oid: SGX, value: sgxExtension }],
  }),
  pckWithoutExtension: makeCertificate({ subject: "PCK", key: keys.pck, issuer: ca }),
  tcb: makeCertificate({ subject: "TCB", key: keys.tcb, issuer: root, ca: { isCa: false } }),
};

/** Production rules under the simulated root. */
export const simulatedTrust: TrustSwitches = {
  ...PRODUCTION_TRUST,
  roots: { pcs: parseCertificate(certificates.root), ias: parseCertificate(certificates.root) },
};

/** 2026-01-11 00:00, ten days after the collateral was issued. */
export const NOW = 1_768_089_600n * NANOS;
export const ISSUED = 1_767_225_600n * NANOS;
const ISSUE_DATE = "2026-01-01T00:00:00Z";

const QE_SIGNER = "ab".repeat(32);
export const policy: pcs.QuotePolicy = {
  disabled: false,
  tcbValidityPeriod: 30,
  minTcbEvaluationDataNumber: 12,
  fmspcWhitelist: [],
  fmspcBlacklist: [],
  tdx: { allowedTdxModules: [] },
};

type Json = Record<string, unknown>;

/** What may differ from a good quote. Edits of bytes come before signing. */
export interface Changes {
  readonly tee?: "sgx" | "tdx";
  readonly version?: 3 | 4;
  readonly body?: (body: Uint8Array) => void;
  readonly qeReport?: (report: Uint8Array) => void;
  readonly tcbInfo?: Json;
  /** Members of the only level. */
  readonly tcbLevel?: Json;
  readonly qeIdentity?: Json;
  readonly chain?: readonly Uint8Array[];
  readonly collateralChain?: readonly Uint8Array[];
  readonly attestationKey?: (coordinates: Uint8Array) => void;
}

const raw = (key: KeyObject, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign("sha256", message, { key, dsaEncoding: "ieee-p1363" }));

function coordinates(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })).slice(-64);
}

function sgxBody(): Uint8Array {
  const body = new Uint8Array(384);
  putU64(body, 48, 5n);
  putU64(body, 56, 7n);
  body.fill(0x11, 64, 96);
  body.fill(0x22, 128, 160);
  body.fill(0x33, 320, 384);
  return body;
}

function tdBody(): Uint8Array {
  const body = new Uint8Array(584);
  body.set([5, 1, 7], 0);
  putU64(body, 120, 1n << 28n);
  body.fill(0x44, 136, 184);
  body.fill(0x33, 520, 584);
  return body;
}

function qeReportFor(attestationKey: Uint8Array, authentication: Uint8Array): Uint8Array {
  const report = new Uint8Array(384);
  putU32(report, 16, 0);
  putU64(report, 48, 0x11n);
  report.set(fromHex(QE_SIGNER), 128);
  putU16(report, 256, 2);
  putU16(report, 258, 8);
  report.set(sha256(attestationKey, authentication), 320);
  return report;
}

function header(version: 3 | 4, tee: "sgx" | "tdx"): Uint8Array {
  const bytes = new Uint8Array(48);
  putU16(bytes, 0, version);
  putU16(bytes, 2, 2);
  if (tee === "tdx") putU32(bytes, 4, 0x81);
  bytes.set(INTEL_QE_VENDOR, 12);
  return bytes;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >> 8);
function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, value);
  return bytes;
}

/** A quote, signed. */
export function makeQuote(changes: Changes = {}): Uint8Array {
  const { tee = "sgx", chain = [certificates.pck, certificates.ca, certificates.root] } = changes;
  const version = changes.version ?? (tee === "tdx" ? 4 : 3);
  const body = tee === "tdx" ? tdBody() : sgxBody();
  changes.body?.(body);
  const head = header(version, tee);
  const authentication = utf8("authentication data");
  const key = coordinates(keys.attestation);
  changes.attestationKey?.(key);
  const qeReport = qeReportFor(key, authentication);
  changes.qeReport?.(qeReport);
  const text = pem(...chain);
  const certified = concatBytes(
    qeReport,
    raw(keys.pck, qeReport),
    u16(authentication.length),
    authentication,
    u16(5),
    u32(text.length),
    text,
  );
  const wrapped = version === 4 ? concatBytes(u16(6), u32(certified.length), certified) : certified;
  const block = concatBytes(raw(keys.attestation, concatBytes(head, body)), key, wrapped);
  return concatBytes(head, body, u32(block.length), block);
}

function signJson(value: Json): { readonly json: Uint8Array; readonly signature: string } {
  const json = utf8(JSON.stringify(value));
  return { json, signature: toHex(raw(keys.tcb, json)) };
}

const svns = (svn: number): Json[] => Array.from({ length: 16 }, () => ({ svn }));

/** Collateral under which the quote is good. */
export function makeCollateral(changes: Changes = {}): pcs.TCBBundle {
  const isTdx = changes.tee === "tdx";
  const dates = { issueDate: ISSUE_DATE, nextUpdate: "2026-02-01T00:00:00Z", tcbEvaluationDataNumber: 17 };
  const level = {
    tcb: {
      sgxtcbcomponents: svns(7),
      pcesvn: 11,
      ...(isTdx ? { tdxtcbcomponents: [{ svn: 9 }, { svn: 9 }, { svn: 7 }] } : {}),
    },
    tcbDate: ISSUE_DATE,
    tcbStatus: "UpToDate",
    ...changes.tcbLevel,
  };
  const tcb = signJson({
    id: isTdx ? "TDX" : "SGX",
    version: 3,
    ...dates,
    fmspc: FMSPC,
    pceId: "0000",
    tcbType: 0,
    tdxModuleIdentities: [{ id: "TDX_01", tcbLevels: [{ tcb: { isvsvn: 4 }, tcbStatus: "UpToDate" }] }],
    tcbLevels: [level],
    ...changes.tcbInfo,
  });
  const qe = signJson({
    id: isTdx ? "TD_QE" : "QE",
    version: 2,
    ...dates,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: QE_SIGNER.toUpperCase(),
    isvprodid: 2,
    tcbLevels: [{ tcb: { isvsvn: 8 }, tcbStatus: "UpToDate" }],
    ...changes.qeIdentity,
  });
  return {
    tcbInfo: { tcbInfo: tcb.json, signature: tcb.signature },
    qeId: { enclaveIdentity: qe.json, signature: qe.signature },
    certs: pem(...(changes.collateralChain ?? [certificates.tcb, certificates.root])),
  };
}

export function makeBundle(changes: Changes = {}): pcs.QuoteBundle {
  return { quote: makeQuote(changes), tcb: makeCollateral(changes) };
}

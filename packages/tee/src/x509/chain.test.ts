import assert from "node:assert/strict";
import { test } from "node:test";

import { concatBytes, fromHex, toHex } from "@wadi/util";

import { isTeeError, TeeError, type TeeErrorKind } from "../errors.ts";
import { Moment } from "../moment.ts";
import {
  type CertificateGiven,
  integer,
  makeCertificate,
  oid,
  p256KeyPair,
  pem,
  rsaKeyPair,
  sequence,
  tlv,
} from "../testing/certificates.ts";
import { parseCertificate, parseCertificates } from "./certificate.ts";
import { verifyChain } from "./chain.ts";
import { iasRoot, pcsRoot } from "./intel-roots.ts";

const root = { subject: "Root", key: p256KeyPair() };
const middle = { subject: "Middle", key: p256KeyPair() };
const leaf = { subject: "Leaf", key: p256KeyPair() };
const stranger = { subject: "Middle", key: p256KeyPair() };
const CERT_SIGN = 0x06;
const NOW = 1_767_225_600_000_000_000n;
/** The default of `makeCertificate`: 2020-01-01 to 2040-01-01. */
const FIRST = 1_577_836_800_000_000_000n;
const LAST = 2_208_988_800_000_000_000n;

interface Given {
  readonly root?: Partial<CertificateGiven>;
  readonly middle?: Partial<CertificateGiven>;
  readonly leaf?: Partial<CertificateGiven>;
  readonly now?: bigint;
}

function verify(given: Given = {}): void {
  const make = (base: CertificateGiven, changes: Partial<CertificateGiven> = {}): ReturnType<typeof parseCertificate> =>
    parseCertificate(makeCertificate({ ...base, ...changes }));
  verifyChain(
    make({ ...leaf, issuer: middle }, given.leaf),
    make({ ...middle, issuer: root, ca: { isCa: true, pathLength: 0 }, keyUsage: CERT_SIGN }, given.middle),
    make({ ...root, ca: { isCa: true, pathLength: 1 }, keyUsage: CERT_SIGN }, given.root),
    new Moment(given.now ?? NOW),
  );
}

const purposes = (...ids: string[]): Partial<CertificateGiven> => ({
  extensions: [{ oid: "2.5.29.37", value: sequence(...ids.map(oid)) }],
});

const ORDER = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/** Content of the two integers of an ECDSA signature. */
function scalars(signature: Uint8Array): [bigint, bigint] {
  const first = signature[3] ?? 0;
  return [BigInt(`0x${toHex(signature.slice(4, 4 + first))}`), BigInt(`0x${toHex(signature.slice(6 + first))}`)];
}

/** The bytes moved to the left by some bits. */
function shifted(bytes: Uint8Array, bits: number): Uint8Array {
  const hex = (BigInt(`0x${toHex(bytes)}`) << BigInt(bits)).toString(16);
  return fromHex(hex.padStart(hex.length + (hex.length % 2), "0"));
}

const whole = (bytes: Uint8Array): { unused: number; bytes: Uint8Array } => ({ unused: 0, bytes });

const accepted: readonly (readonly [string, Given])[] = [
  ["root, middle, leaf", {}],
  ["first instant", { now: FIRST }],
  ["last instant", { now: LAST }],
  ["leaf of the root", { leaf: { issuer: root } }],
  ["authority without path length or usage", { middle: { ca: { isCa: true }, keyUsage: undefined } }],
  ["purpose of servers", { leaf: purposes("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1") }],
  ["any purpose", { leaf: purposes("2.5.29.37.0") }],
  ["unknown extension that is not critical", { leaf: { extensions: [{ oid: "1.2.3", value: tlv(0x05) }] } }],
  // What Go takes as well, although nobody signs so.
  ["bytes behind the signature", { leaf: { behindSignature: tlv(0x05) } }],
  [
    "the other signature of the pair",
    { leaf: { rewrite: (s) => whole(sequence(integer(scalars(s)[0]), integer(ORDER - scalars(s)[1]))) } },
  ],
  ["signature that ends inside a byte", { leaf: { rewrite: (s) => ({ unused: 2, bytes: shifted(s, 2) }) } }],
];

for (const [name, given] of accepted) test(`chain accepted: ${name}`, () => verify(given));

const refused: readonly (readonly [TeeErrorKind, string, Given])[] = [
  ["certificateExpired", "an instant early", { now: FIRST - 1n }],
  ["certificateExpired", "an instant late", { now: LAST + 1n }],
  ["certificateExpired", "authority", { middle: { notAfter: "20251231235959" } }],
  ["certificateExpired", "root", { root: { notBefore: "20260101000001" } }],
  ["certificateAuthority", "issuer of the same name", { leaf: { issuer: stranger } }],
  ["certificateAuthority", "issuer of another name", { leaf: { issuer: { ...middle, subject: "Other" } } }],
  ["certificateAuthority", "self-signed leaf", { leaf: { issuer: leaf } }],
  ["certificateAuthority", "middle that signs itself", { middle: { issuer: middle } }],
  ["certificateAuthority", "middle that is no authority", { middle: { ca: { isCa: false } } }],
  ["certificateAuthority", "middle that does not say", { middle: { ca: undefined } }],
  ["certificateAuthority", "middle that may not sign certificates", { middle: { keyUsage: 0x80 } }],
  ["certificateAuthority", "root with room for no middle", { root: { ca: { isCa: true, pathLength: 0 } } }],
  [
    "certificateCriticalExtension",
    "unknown",
    { leaf: { extensions: [{ oid: "1.2.3", critical: true, value: tlv(0x05) }] } },
  ],
  ["certificateUsage", "purpose of clients", { leaf: purposes("1.3.6.1.5.5.7.3.2") }],
  ["certificate", "extension twice", { leaf: { extensions: [1, 2].map(() => ({ oid: "1.2.3", value: tlv(0x05) })) } }],
  [
    "certificate",
    "unused bits that are used",
    { leaf: { rewrite: (s) => ({ unused: 1, bytes: concatBytes(s, Uint8Array.of(1)) }) } },
  ],
  ["certificate", "nine unused bits", { leaf: { rewrite: (bytes) => ({ unused: 9, bytes }) } }],
  [
    "certificateAuthority",
    "bytes inside the signature",
    { leaf: { rewrite: (s) => whole(sequence(integer(scalars(s)[0]), integer(scalars(s)[1]), tlv(0x05))) } },
  ],
  [
    "certificateAuthority",
    "bytes behind the signature's integers",
    { leaf: { rewrite: (s) => whole(concatBytes(s, tlv(0x05))) } },
  ],
  ["certificateAuthority", "zero", { leaf: { rewrite: () => whole(sequence(integer(0n), integer(0n))) } }],
  [
    "certificateAuthority",
    "scalar beyond 32 bytes",
    { leaf: { rewrite: (s) => whole(sequence(integer(scalars(s)[0] + (1n << 256n)), integer(scalars(s)[1]))) } },
  ],
];

for (const [kind, name, given] of refused) {
  test(`chain refused as ${kind}: ${name}`, () => {
    assert.throws(
      () => verify(given),
      (e) => isTeeError(e, kind) || assert.fail(String(e)),
    );
  });
}

test("a root vouches for itself", () => {
  const [intel, other] = [pcsRoot(), iasRoot()];
  verifyChain(intel, undefined, intel, new Moment(NOW));
  verifyChain(other, undefined, other, new Moment(NOW));
  assert.throws(() => verifyChain(intel, undefined, other, new Moment(NOW)), TeeError);
});

test("certificates of RSA keys", () => {
  const authority = { subject: "RSA", key: rsaKeyPair() };
  const made = makeCertificate({ ...authority, ca: { isCa: true } });
  const signed = parseCertificate(makeCertificate({ ...leaf, issuer: authority }));
  verifyChain(signed, undefined, parseCertificate(made), new Moment(NOW));
  const changed = Uint8Array.from(signed.raw);
  changed.set([(changed.at(-1) ?? 0) ^ 1], changed.length - 1);
  assert.throws(
    () => verifyChain(parseCertificate(changed), undefined, parseCertificate(made), new Moment(NOW)),
    TeeError,
  );
});

test("texts of certificates", () => {
  const made = makeCertificate(root);
  const text = pem(made, made);
  assert.deepEqual(
    parseCertificates(text).map(({ raw }) => toHex(raw)),
    [toHex(made), toHex(made)],
  );
  assert.deepEqual(parseCertificates(new Uint8Array(0)), []);
  const asKey = Uint8Array.from(Buffer.from(Buffer.from(text).toString().replaceAll("CERTIFICATE", "KEY")));
  assert.throws(
    () => parseCertificates(asKey),
    (e) => isTeeError(e, "certificateType"),
  );
  for (const bytes of [new Uint8Array(0), made.subarray(0, -1), concatBytes(made, tlv(0x05)), tlv(0x30), tlv(0x31)]) {
    assert.throws(
      () => parseCertificate(bytes),
      (e) => isTeeError(e, "certificate"),
    );
  }
});

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { concatBytes, fromHex, toHex } from "@wadi/util";
import fc from "fast-check";

import type { PublicKey } from "./brands.ts";
import { buildCertificate, defaultValidity, parseCertificate } from "./certificate.ts";
import { addYear, civilFromUnix, formatUnix, unixFromCivil } from "./civil-time.ts";
import { DerReader, DerTag, der, derBitString, derOid, derText, derTime, oidText, unixOfTime } from "./der.ts";
import { Ed25519PrivateKey } from "./ed25519.ts";
import { CryptoError, isCryptoError } from "./errors.ts";
import { verifyPeerCertificates, type PeerCertificateOptions } from "./peer-certificate.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0) / 1000;
const key = new Ed25519PrivateKey(new Uint8Array(32).fill(1));
const other = new Ed25519PrivateKey(new Uint8Array(32).fill(2));
const good = buildCertificate(key, "oasis-node", defaultValidity(NOW));
const options: PeerCertificateOptions = { commonName: "oasis-node", keys: new Set<PublicKey>([key.publicKey]) };

test("calendar arithmetic is that of the runtime's own dates", () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000, max: 250_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000);
      const civil = civilFromUnix(seconds);
      assert.equal(`${formatUnix(seconds).slice(0, -1)}.000Z`, date.toISOString());
      assert.equal(unixFromCivil(civil), seconds);
      const next = new Date(date);
      next.setUTCFullYear(next.getUTCFullYear() + 1);
      assert.equal(addYear(seconds), next.getTime() / 1000);
    }),
  );
  assert.equal(formatUnix(addYear(Date.UTC(2028, 1, 29) / 1000)), "2029-03-01T00:00:00Z");
});

test("times change their form in 2050 and come back in both", () => {
  for (const text of [
    "1950-01-01T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2049-12-31T23:59:59Z",
    "2050-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ]) {
    const seconds = Date.parse(text) / 1000;
    const element = new DerReader(derTime(seconds)).readAny();
    assert.equal(element.tag, text < "2050" ? DerTag.utcTime : DerTag.generalizedTime, text);
    assert.equal(unixOfTime(element), seconds, text);
  }
  for (const text of [
    "260431000000Z",
    "261301000000Z",
    "260101240000Z",
    "2601010000Z",
    "260101000000+0000",
    "260229000000Z",
  ]) {
    const element = new DerReader(der(DerTag.utcTime, new Uint8Array(Buffer.from(text)))).readAny();
    assert.throws(
      () => unixOfTime(element),
      (e) => isCryptoError(e, "der"),
      text,
    );
  }
});

test("object identifiers come back", () => {
  for (const oid of ["1.3.101.112", "2.5.29.37", "1.3.6.1.5.5.7.3.1", "1.2.840.113549.1.1.11", "2.999.1", "0.9"]) {
    if (oid !== "2.999.1") assert.equal(oidText(new DerReader(derOid(oid)).read(DerTag.oid).content), oid);
  }
  assert.equal(oidText(fromHex("883701")), "2.999.1");
  for (const hex of ["", "80", "2a80", "2a8001", "2affffffffff7f"]) {
    assert.throws(
      () => oidText(fromHex(hex)),
      (e) => isCryptoError(e, "der"),
      hex,
    );
  }
});

test("lengths must be definite, minimal and within the data", () => {
  for (const hex of ["", "30", "3080", "308100", "30817f", "30820080", "3002ff", "308500000000", "3084ffffffff"]) {
    assert.throws(
      () => new DerReader(fromHex(hex)).read(0x30),
      (e) => isCryptoError(e, "der"),
      hex,
    );
  }
  for (const size of [0, 127, 128, 255, 256, 70000]) {
    assert.equal(new DerReader(der(0x04, new Uint8Array(size))).read(0x04).content.length, size);
  }
});

test("another implementation reads the certificate and finds its signature good", () => {
  const certificate = new X509Certificate(good);
  assert.equal(certificate.subject, "CN=oasis-node");
  assert.equal(certificate.issuer, "CN=oasis-node");
  assert.equal(certificate.serialNumber, "01");
  assert.equal(Date.parse(certificate.validFrom), (NOW - 3600) * 1000);
  assert.equal(Date.parse(certificate.validTo), Date.UTC(2027, 10, 22, 12));
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.ca, false);
});

function refusal(
  certificates: readonly Uint8Array[],
  overrides: Partial<PeerCertificateOptions> = {},
  now = NOW,
): string {
  try {
    verifyPeerCertificates(certificates, { ...options, ...overrides }, now);
    return "accepted";
  } catch (e) {
    assert.ok(e instanceof CryptoError, String(e));
    return e.message;
  }
}

test("a peer's certificate is accepted by key, name and date", () => {
  assert.equal(verifyPeerCertificates([good], options, NOW), key.publicKey);
  assert.match(refusal([]), /expecting a single certificate \(got: 0\)/);
  assert.match(refusal([good, good]), /got: 2/);
  assert.equal(verifyPeerCertificates([], { ...options, allowNoCertificate: true }, NOW), undefined);
  assert.match(refusal([good, good], { allowNoCertificate: true }), /got: 2/);
  assert.match(refusal([good], { keys: new Set([other.publicKey]) }), /bad public key \(/);
  assert.match(refusal([good], { keys: new Set([other.publicKey]), allowUnknownKeys: true }), /bad public key \(/);
  assert.equal(
    verifyPeerCertificates([good], { commonName: "oasis-node", allowUnknownKeys: true }, NOW),
    key.publicKey,
  );
  assert.throws(() => verifyPeerCertificates([good], { commonName: "oasis-node" }, NOW), /bad public key/);
  assert.match(refusal([good], { commonName: "remote-signer-server" }), /bad common name/);
  assert.match(refusal([good], {}, NOW - 3601), /is before 2026-11-22T11:00:00Z/);
  assert.match(refusal([good], {}, addYear(NOW) + 1), /is after 2027-11-22T12:00:00Z/);
});

/** The certificate with one part of its signed bytes replaced (same length), signed again. */
function altered(from: string, to: string): Uint8Array {
  const { tbs } = parseCertificate(good);
  const hex = toHex(tbs);
  assert.ok(hex.includes(from), from);
  const changed = fromHex(hex.replace(from, to));
  const algorithm = der(DerTag.sequence, derOid("1.3.101.112"));
  return der(DerTag.sequence, changed, algorithm, derBitString(key.signRaw(changed)));
}

test("what is not the template is refused, even well signed", () => {
  assert.equal(refusal([altered("a003020102", "a003020102")]), "accepted");
  assert.match(refusal([altered("a003020102020101", "a003020102020102")]), /bad serial/);
  assert.match(refusal([altered("030202a4", "03020284")]), /bad key usage/);
  assert.match(
    refusal([altered("06082b0601050507030106082b06010505070302", "06082b0601050507030206082b06010505070301")]),
    /extended key usage/,
  );
  assert.match(refusal([altered("06082b06010505070302", "06082b06010505070309")]), /extended key usage/);
  assert.match(refusal([altered("0603551d250416", "0603551d260416")]), /extended key usage/);
  assert.match(refusal([altered("0603551d0f0101ff", "0603551d100101ff")]), /bad key usage/);
  assert.match(refusal([altered("06032b657003210", "06032b657103210")]), /bad public key algorithm/);
});

test("an extra critical extension is refused, an extra one that is not critical passes", () => {
  const { tbs } = parseCertificate(good);
  const usages = fromHex(
    "300e0603551d0f0101ff0404030202a4301d0603551d250416301406082b0601050507030106082b06010505070302",
  );
  const at = toHex(tbs).indexOf(toHex(usages)) / 2;
  const withExtension = (critical: boolean): Uint8Array => {
    const flag = critical ? der(DerTag.boolean, Uint8Array.of(0xff)) : new Uint8Array(0);
    const extension = der(DerTag.sequence, derOid("1.2.3.4"), flag, der(DerTag.octetString));
    const wrapped = der(0xa3, der(DerTag.sequence, usages, extension));
    // In front of the usages lie four bytes of wrapping, and before everything the outer length.
    const head = tbs.subarray(tbs.length - new DerReader(tbs).read(DerTag.sequence).content.length, at - 4);
    const body = der(DerTag.sequence, head, wrapped);
    const algorithm = der(DerTag.sequence, derOid("1.3.101.112"));
    return der(DerTag.sequence, body, algorithm, derBitString(key.signRaw(body)));
  };
  assert.equal(refusal([withExtension(false)]), "accepted");
  assert.match(refusal([withExtension(true)]), /bad extensions/);
});

test("every flipped bit is noticed, and nothing worse than a typed error comes out", () => {
  for (let at = 0; at < good.length; at++) {
    const changed = Uint8Array.from(good);
    changed[at] = changed[at]! ^ (1 << (at % 8));
    assert.notEqual(refusal([changed]), "accepted", `byte ${at}`);
  }
  for (let size = 0; size < good.length; size++) assert.notEqual(refusal([good.subarray(0, size)]), "accepted");
  assert.notEqual(refusal([concatBytes(good, Uint8Array.of(0))]), "accepted");
});

test("names outside PrintableString are UTF-8", () => {
  assert.equal(derText("oasis-node")[0], DerTag.printableString);
  assert.equal(derText("node_1")[0], DerTag.utf8String);
  assert.equal(parseCertificate(buildCertificate(key, "nøde", defaultValidity(NOW))).commonName, "nøde");
});

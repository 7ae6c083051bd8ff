import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeCbor, encodeCbor, encodeJson } from "@wadi/codec";
import {
  Ed25519PrivateKey,
  FileSignerFactory,
  SignerRole,
  X25519PrivateKey,
  addressToText,
  buildCertificate,
  certificateOids,
  decodeSignaturePem,
  encodeSignaturePem,
  exportTlsPem,
  importTlsCertificate,
  importTlsKey,
  keyFileNames,
  loadPublicKeyFile,
  loadOrCreateIdentity,
  parseCertificate,
  parseSignerRole,
  publicKeyFileNames,
  publicKeyFromHex,
  publicKeyText,
  stakingAddress,
  testKeys,
  testSeed,
  testSigner,
  verifyPeerCertificates,
  TEMPLATE_KEY_USAGE,
} from "@wadi/crypto";
import { entity } from "@wadi/types";
import { concatBytes, fromHex, must, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface TestKey {
  readonly public_key: string;
  readonly seed_name: string;
}

interface TlsVector {
  readonly cert_der: string;
  readonly cert_pem: string;
  readonly key_pem: string;
  readonly tbs: string;
  readonly public_key: string;
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly version: number;
  readonly not_before: string;
  readonly not_after: string;
  readonly key_usage_bits: number;
  readonly extensions: readonly { readonly critical: boolean; readonly oid: string; readonly value: string }[];
}

interface KeyFiles {
  readonly files: Readonly<Record<string, { readonly content: string; readonly mode: string }>>;
  readonly keys: readonly { readonly public_key: string; readonly role: string; readonly seed: string }[];
  readonly signature_pem: string;
  readonly test_entity: TestKey & {
    readonly address: string;
    readonly entity_cbor: string;
    readonly entity_json: string;
    readonly public_key_text: string;
    readonly seed: string;
  };
  readonly test_keys: readonly TestKey[];
  readonly test_rek: TestKey & { readonly private_key: string };
  readonly tls: TlsVector;
}

const entropyFile = "p2p_entropy.pem";

/** Runs with an empty directory that is gone afterwards. */
function withDirectory(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "wadi-key-files-"));
  try {
    body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Random bytes that are the given ones, in order. */
function scripted(...values: readonly Uint8Array[]): (size: number) => Uint8Array {
  const rest = [...values];
  return (size) => {
    const next = must(rest.shift(), "asked for more random bytes than expected");
    assert.equal(next.length, size, "random bytes asked for");
    return next;
  };
}

function checkFile(file: KeyFiles, directory: string, name: string): void {
  const expected = must(file.files[name], name);
  assert.equal(readFileSync(join(directory, name), "latin1"), expected.content, `${name}: content`);
  assert.equal((statSync(join(directory, name)).mode & 0o777).toString(8), expected.mode, `${name}: mode`);
}

/** The private bytes in one of the file's PEM texts, read without our own reader. */
function pemBytes(file: KeyFiles, name: string): Uint8Array {
  const lines = must(file.files[name], name).content.split("\n");
  return new Uint8Array(Buffer.from(lines.slice(1, -2).join(""), "base64"));
}

function runRoles(r: Recorder, file: KeyFiles): void {
  const entropy = pemBytes(file, entropyFile);
  for (const key of file.keys) {
    const role = parseSignerRole(key.role);
    const name = must(keyFileNames.get(role));
    r.case(`generate ${name}`, () => {
      withDirectory((directory) => {
        const randomBytes = scripted(fromHex(key.seed), ...(role === SignerRole.p2p ? [entropy] : []));
        const signer = new FileSignerFactory(directory, [role], { randomBytes }).generate(role);
        assert.equal(signer.publicKey, key.public_key, "public key");
        checkFile(file, directory, name);
        if (role === SignerRole.p2p) checkFile(file, directory, entropyFile);
        if (role === SignerRole.entity) return;
        const publicName = publicKeyFileNames[key.role as keyof typeof publicKeyFileNames];
        loadPublicKeyFile(join(directory, publicName), signer);
        checkFile(file, directory, publicName);
      });
    });
    r.case(`load ${name}`, () => {
      withDirectory((directory) => {
        for (const [other, { content, mode }] of Object.entries(file.files)) {
          writeFileSync(join(directory, other), content);
          chmodSync(join(directory, other), Number.parseInt(mode, 8));
        }
        const signer = new FileSignerFactory(directory, [role]).load(role);
        assert.equal(signer.publicKey, key.public_key, "public key");
        assert.equal(toHex(signer.privateKey().exportSeed()), key.seed, "seed");
        if (role === SignerRole.p2p) assert.equal(toHex(signer.staticEntropy()), toHex(entropy), "entropy");
      });
    });
  }
  r.case("a node's whole directory", () => {
    withDirectory((directory) => {
      const seed = (role: string): Uint8Array => fromHex(must(file.keys.find((k) => k.role === role)).seed);
      const tlsSeed = new Uint8Array(32).fill(1);
      const seeds = [seed("node"), seed("p2p"), entropy, seed("consensus"), seed("vrf"), tlsSeed, tlsSeed];
      loadOrCreateIdentity(directory, { nowSeconds: 1_800_000_000, randomBytes: scripted(...seeds) });
      for (const name of Object.keys(file.files)) if (name !== "entity.pem") checkFile(file, directory, name);
    });
  });
}

function runTestKeys(r: Recorder, file: KeyFiles): void {
  r.case("test entity", () => {
    const v = file.test_entity;
    const signer = testSigner(v.seed_name);
    assert.equal(toHex(testSeed(v.seed_name)), v.seed, "seed");
    assert.equal(signer.publicKey, v.public_key, "public key");
    assert.equal(publicKeyText(signer.publicKey), v.public_key_text, "text");
    assert.equal(addressToText(stakingAddress(signer.publicKey)), v.address, "address");
    const value = decodeCbor(entity.Entity, fromHex(v.entity_cbor));
    assert.equal(value.id, v.public_key, "descriptor");
    assert.equal(toHex(encodeCbor(entity.Entity, value)), v.entity_cbor, "CBOR");
    assert.equal(encodeJson(entity.Entity, value, { indent: "  " }), v.entity_json, "JSON");
  });
  for (const v of file.test_keys) {
    r.case(`test key ${v.seed_name}`, () => {
      assert.equal(testSigner(v.seed_name).publicKey, v.public_key);
      assert.ok(testKeys.includes(publicKeyFromHex(v.public_key)), "is on the list of test keys");
    });
  }
  r.case("test REK", () => {
    const v = file.test_rek;
    assert.equal(toHex(testSeed(v.seed_name)), v.private_key, "private key");
    assert.equal(new X25519PrivateKey(fromHex(v.private_key)).publicKey, v.public_key, "public key");
  });
}

function runTls(r: Recorder, v: TlsVector): void {
  const seconds = (text: string): number => Date.parse(text) / 1000;
  const validity = { notBefore: seconds(v.not_before), notAfter: seconds(v.not_after) };
  r.case("tls: rebuilt from the key", () => {
    const key = importTlsKey(v.key_pem);
    assert.equal(key.publicKey, v.public_key, "public key");
    const certificate = buildCertificate(key, v.subject.slice("CN=".length), validity);
    assert.equal(toHex(certificate), v.cert_der, "DER");
    const pem = exportTlsPem({ key, certificate });
    assert.equal(pem.key, v.key_pem, "key PEM");
    assert.equal(pem.certificate, v.cert_pem, "certificate PEM");
  });
  r.case("tls: read", () => {
    const der = importTlsCertificate(v.cert_pem);
    assert.equal(toHex(der), v.cert_der, "DER of the PEM");
    const certificate = parseCertificate(der);
    assert.equal(toHex(certificate.tbs), v.tbs, "signed part");
    assert.equal(certificate.publicKey, v.public_key, "key");
    assert.equal(`CN=${certificate.commonName}`, v.subject, "subject");
    assert.equal(toHex(certificate.serial), v.serial.padStart(2, "0"), "serial");
    assert.deepEqual([certificate.notBefore, certificate.notAfter], Object.values(validity), "validity");
    assert.equal(certificate.keyUsage, v.key_usage_bits, "key usage");
    assert.equal(TEMPLATE_KEY_USAGE, v.key_usage_bits, "key usage of the template");
    assert.deepEqual(certificate.extendedKeyUsage, [certificateOids.serverAuth, certificateOids.clientAuth]);
    assert.deepEqual(certificate.otherCritical, []);
  });
  r.case("tls: extensions, byte for byte", () => {
    const built = toHex(buildCertificate(importTlsKey(v.key_pem), "oasis-node", validity));
    const oids = { "2.5.29.15": "0603551d0f", "2.5.29.37": "0603551d25" } as const;
    for (const { oid, critical, value } of v.extensions) {
      const octets = `04${(value.length / 2).toString(16).padStart(2, "0")}${value}`;
      const encoded = `${must(oids[oid as keyof typeof oids], oid)}${critical ? "0101ff" : ""}${octets}`;
      assert.ok(built.includes(encoded), oid);
    }
    assert.equal(v.extensions.length, 2, "no other extension");
  });
  r.case("tls: another implementation agrees on what it is", () => {
    const certificate = new X509Certificate(Buffer.from(v.cert_der, "hex"));
    assert.equal(certificate.issuer, v.issuer);
    assert.equal(certificate.serialNumber, v.serial.padStart(2, "0"));
    assert.equal(v.version, 3);
    assert.ok(certificate.verify(certificate.publicKey), "self-signed");
  });
  r.case("tls: accepted from a peer", () => {
    const key = publicKeyFromHex(v.public_key);
    const options = { commonName: "oasis-node", keys: new Set([key]) };
    assert.equal(verifyPeerCertificates([fromHex(v.cert_der)], options, validity.notBefore), key);
    assert.equal(verifyPeerCertificates([fromHex(v.cert_der)], options, validity.notAfter), key);
  });
}

export const suite: Suite = {
  file: "common/key_files",
  run(r: Recorder): void {
    const file = loadVector<KeyFiles>("common/key_files");
    if (file === undefined) throw new Error("common/key_files is absent");
    runRoles(r, file);
    r.case("keys as the files hold them", () => {
      for (const key of file.keys) {
        const name = must(keyFileNames.get(parseSignerRole(key.role)));
        const bytes = concatBytes(fromHex(key.seed), fromHex(new Ed25519PrivateKey(fromHex(key.seed)).publicKey));
        assert.equal(toHex(pemBytes(file, name)), toHex(bytes), name);
      }
    });
    r.case("exported signature", () => {
      const { publicKey, signature } = decodeSignaturePem(file.signature_pem);
      assert.equal(encodeSignaturePem(publicKey, signature), file.signature_pem);
    });
    runTestKeys(r, file);
    runTls(r, file.tls);
  },
};

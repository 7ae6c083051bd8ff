import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fromHex } from "@wadi/util";

import { verifyPeerCertificates } from "../peer-certificate.ts";
import { rawFullContext } from "../context.ts";
import { isCryptoError, type CryptoErrorKind } from "../errors.ts";
import { encodePem } from "../pem.ts";
import { SignerRole, testSigner } from "../signer.ts";
import { SignatureVerifier } from "../verifier.ts";
import { FileSignerFactory, loadKeyFile, loadPublicKeyFile } from "./file-signer.ts";
import { loadIdentity, loadOrCreateIdentity } from "./identity.ts";

const NOW = 1_800_000_000;
const allRoles = [SignerRole.entity, SignerRole.node, SignerRole.p2p, SignerRole.consensus, SignerRole.vrf];

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "wadi-crypto-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function throwsKind(body: () => unknown, kind: CryptoErrorKind, message?: RegExp): void {
  assert.throws(body, (e) => isCryptoError(e, kind) && (message === undefined || message.test(String(e))));
}

test("a generated key loads again, in its role only", (t) => {
  const dir = directory(t);
  const factory = new FileSignerFactory(dir, allRoles);
  const context = rawFullContext("test");
  for (const role of allRoles) {
    const made = factory.generate(role);
    const loaded = factory.load(role);
    assert.equal(loaded.publicKey, made.publicKey);
    const signature = loaded.sign(context, fromHex("01"));
    assert.ok(new SignatureVerifier().verify(made.publicKey, context, fromHex("01"), signature));
    throwsKind(() => factory.generate(role), "keyExists");
    if (role === SignerRole.p2p) assert.deepEqual(loaded.staticEntropy(), made.staticEntropy());
    else throwsKind(() => loaded.staticEntropy(), "invalidRole");
    if (role === SignerRole.vrf) assert.deepEqual(loaded.prove(fromHex("02")), made.prove(fromHex("02")));
    else throwsKind(() => loaded.prove(fromHex("02")), "invalidRole");
  }
  throwsKind(() => new FileSignerFactory(dir, [SignerRole.node]).load(SignerRole.p2p), "roleMismatch");
  throwsKind(() => factory.load(SignerRole.unknown), "roleMismatch");
  assert.equal(loadKeyFile(join(dir, "entity.pem")).publicKey, factory.load(SignerRole.entity).publicKey);
});

test("a key file must have exactly mode 0600", (t) => {
  const dir = directory(t);
  const factory = new FileSignerFactory(dir, allRoles);
  throwsKind(() => factory.load(SignerRole.node), "keyNotFound");
  factory.generate(SignerRole.node);
  const path = join(dir, "identity.pem");
  for (const mode of [0o644, 0o640, 0o400, 0o700, 0o601]) {
    chmodSync(path, mode);
    const message = new RegExp(
      `signature/signer/file: invalid PEM file permissions ${mode.toString(8)} on .*identity.pem`,
    );
    throwsKind(() => factory.load(SignerRole.node), "keyPermissions", message);
  }
  chmodSync(path, 0o600);
  factory.load(SignerRole.node);
});

test("damaged key files are told apart", (t) => {
  const dir = directory(t);
  const factory = new FileSignerFactory(dir, allRoles);
  factory.generate(SignerRole.node);
  const path = join(dir, "identity.pem");
  const text = readFileSync(path, "latin1");
  const cases: [string, CryptoErrorKind][] = [
    ["", "pemNoBlock"],
    [`${text}more`, "pemTrailing"],
    [text.replaceAll("PRIVATE", "PUBLIC"), "pemType"],
    [encodePem("ED25519 PRIVATE KEY", new Uint8Array(32)), "malformedPrivateKey"],
    [encodePem("ED25519 PRIVATE KEY", new Uint8Array(65)), "malformedPrivateKey"],
  ];
  for (const [content, kind] of cases) {
    writeFileSync(path, content);
    throwsKind(() => factory.load(SignerRole.node), kind);
  }
});

test("the stored public half is believed, but nothing is signed with it if it is wrong", (t) => {
  const dir = directory(t);
  const other = testSigner("another key");
  const content = new Uint8Array([...new Uint8Array(32).fill(1), ...fromHex(other.publicKey)]);
  writeFileSync(join(dir, "identity.pem"), encodePem("ED25519 PRIVATE KEY", content), { mode: 0o600 });
  const signer = new FileSignerFactory(dir, allRoles).load(SignerRole.node);
  assert.equal(signer.publicKey, other.publicKey);
  throwsKind(() => signer.sign(rawFullContext("x"), fromHex("")), "malformedPrivateKey");
});

test("missing entropy is made, damaged entropy is not replaced", (t) => {
  const dir = directory(t);
  const factory = new FileSignerFactory(dir, allRoles);
  const first = factory.generate(SignerRole.p2p).staticEntropy();
  const path = join(dir, "p2p_entropy.pem");
  rmSync(path);
  const second = factory.load(SignerRole.p2p).staticEntropy();
  assert.notDeepEqual(second, first);
  assert.deepEqual(factory.load(SignerRole.p2p).staticEntropy(), second);
  rmSync(join(dir, "p2p.pem"));
  assert.notDeepEqual(factory.generate(SignerRole.p2p).staticEntropy(), second, "a new key gets new entropy");
  writeFileSync(path, encodePem("STATIC ENTROPY", new Uint8Array(31)));
  throwsKind(() => factory.load(SignerRole.p2p), "malformedPrivateKey");
  chmodSync(path, 0o644);
  throwsKind(() => factory.load(SignerRole.p2p), "keyPermissions");
});

test("public key files are made, compared, and may have any mode", (t) => {
  const path = join(directory(t), "identity_pub.pem");
  const [mine, other] = [testSigner("mine"), testSigner("other")];
  throwsKind(() => loadPublicKeyFile(path), "keyNotFound");
  assert.equal(loadPublicKeyFile(path, mine), mine.publicKey);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  assert.equal(loadPublicKeyFile(path), mine.publicKey);
  throwsKind(() => loadPublicKeyFile(path, other), "publicPemMismatch");
  assert.throws(() => loadPublicKeyFile(path, other), /public key PEM is not for private key/);
});

test("an identity is made once and stays; certificates are made anew", (t) => {
  const dir = directory(t);
  throwsKind(() => loadIdentity(dir, { nowSeconds: NOW }), "keyNotFound");
  const made = loadOrCreateIdentity(dir, { nowSeconds: NOW });
  const loaded = loadIdentity(dir, { nowSeconds: NOW + 1000 });
  for (const name of ["node", "p2p", "consensus", "vrf"] as const)
    assert.equal(loaded[name].publicKey, made[name].publicKey);
  for (const name of ["tls", "sentryClientTls"] as const) {
    assert.equal(loaded[name].key.publicKey, made[name].key.publicKey);
    assert.notDeepEqual(loaded[name].certificate, made[name].certificate);
    const keys = new Set([made[name].key.publicKey]);
    verifyPeerCertificates([loaded[name].certificate], { commonName: "oasis-node", keys }, NOW + 1000);
  }
  const modes = Object.fromEntries(readdirSync(dir).map((f) => [f, (statSync(join(dir, f)).mode & 0o777).toString(8)]));
  assert.deepEqual(modes, {
    "consensus.pem": "600",
    "consensus_pub.pem": "600",
    "identity.pem": "600",
    "identity_pub.pem": "600",
    "p2p.pem": "600",
    "p2p_entropy.pem": "600",
    "p2p_pub.pem": "600",
    "sentry_client_tls_identity.pem": "600",
    "sentry_client_tls_identity_cert.pem": "644",
    "tls_identity.pem": "600",
    "tls_identity_cert.pem": "644",
    "vrf.pem": "600",
    "vrf_pub.pem": "600",
  });
});

test("a corrupt TLS key is replaced, a corrupt sentry client key is an error", (t) => {
  const dir = directory(t);
  const made = loadOrCreateIdentity(dir, { nowSeconds: NOW });
  writeFileSync(join(dir, "tls_identity.pem"), "nothing");
  const again = loadOrCreateIdentity(dir, { nowSeconds: NOW });
  assert.notEqual(again.tls.key.publicKey, made.tls.key.publicKey);
  assert.equal(again.sentryClientTls.key.publicKey, made.sentryClientTls.key.publicKey);
  writeFileSync(join(dir, "sentry_client_tls_identity.pem"), "nothing");
  throwsKind(
    () => loadOrCreateIdentity(dir, { nowSeconds: NOW }),
    "sentryKey",
    /unable to read sentry client key from file: tls: failed to parse/,
  );
  assert.equal(readFileSync(join(dir, "sentry_client_tls_identity.pem"), "latin1"), "nothing");
});

test("a signing key that does not load is never replaced", (t) => {
  const dir = directory(t);
  loadOrCreateIdentity(dir, { nowSeconds: NOW });
  for (const name of ["identity.pem", "p2p.pem", "consensus.pem", "vrf.pem"]) {
    const path = join(dir, name);
    const text = readFileSync(path);
    writeFileSync(path, "nothing");
    throwsKind(() => loadOrCreateIdentity(dir, { nowSeconds: NOW }), "pemNoBlock");
    assert.equal(readFileSync(path, "latin1"), "nothing");
    writeFileSync(path, text);
  }
});

test("keys of old versions are deleted", (t) => {
  const dir = directory(t);
  const legacy = ["tls_ephemeral.pem", "tls_ephemeral_next.pem", "tls_ephemeral_new_next.pem"];
  for (const name of legacy) writeFileSync(join(dir, name), "old");
  loadOrCreateIdentity(dir, { nowSeconds: NOW });
  for (const name of legacy) assert.ok(!existsSync(join(dir, name)), name);
});

test("a key whose public half is left is not made anew, and damaged files are named", (t) => {
  const dir = directory(t);
  loadOrCreateIdentity(dir, { nowSeconds: NOW });
  const path = join(dir, "vrf.pem");
  const text = readFileSync(path);
  rmSync(path);
  throwsKind(() => loadOrCreateIdentity(dir, { nowSeconds: NOW }), "keyNotFound", /vrf\.pem$/);
  assert.equal(existsSync(path), false);
  writeFileSync(path, text.subarray(0, 40), { mode: 0o600 });
  throwsKind(() => loadOrCreateIdentity(dir, { nowSeconds: NOW }), "pemNoBlock", /block: .*vrf\.pem$/);
  writeFileSync(path, text, { mode: 0o600 });
  loadOrCreateIdentity(dir, { nowSeconds: NOW });
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

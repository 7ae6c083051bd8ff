import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex, utf8 } from "@wadi/util";
import fc from "fast-check";

import { BatchVerifier } from "./batch.ts";
import { KeyBlacklist, reservedKeys, testKeys } from "./blacklist.ts";
import type { PublicKey } from "./brands.ts";
import { bindContext, chainContext, rawFullContext, registeredContexts, signatureContexts } from "./context.ts";
import { verifyEd25519 } from "./ed25519.ts";
import { CryptoError, isCryptoError } from "./errors.ts";
import { MemorySigner, testSigner } from "./signer.ts";
import {
  SignatureVerifier,
  checkSignatureShape,
  isOnlySignedBy,
  isSignedBy,
  isValidPublicKey,
  messageDigest,
  type DigestItem,
} from "./verifier.ts";

const context = bindContext(signatureContexts.transaction, { chain: chainContext("test chain") });
const signers = Array.from({ length: 4 }, (_, i) => testSigner(`verifier test ${i}`));
const [alice, bob] = signers as [MemorySigner, MemorySigner];
const message = utf8("a message");

test("the same message under two contexts, chains or runtimes never verifies crosswise", () => {
  const contexts = registeredContexts.flatMap((base) =>
    ["one", "two"].flatMap((chain) =>
      (base.suffix === undefined ? [{}] : [{ suffix: "0a" }, { suffix: "0b" }]).map((suffix) =>
        bindContext(base, { chain: chainContext(chain), ...suffix }),
      ),
    ),
  );
  const verifier = new SignatureVerifier();
  const unique = [...new Map(contexts.map((c) => [c.text, c])).values()];
  assert.ok(unique.length > 25);
  assert.equal(new Set(unique.map((c) => toHex(messageDigest(c, message)))).size, unique.length, "digests differ");
  for (const [i, own] of unique.entries()) {
    const signature = alice.sign(own, message);
    assert.equal(verifier.verify(alice.publicKey, own, message, signature), true, own.text);
    for (const step of [1, 2, 7, 13]) {
      const other = unique[(i + step) % unique.length]!;
      assert.equal(verifier.verify(alice.publicKey, other, message, signature), false, `${own.text} / ${other.text}`);
    }
  }
});

test("a blacklisted key never verifies, although its signatures are good", () => {
  const testEntity = testSigner("ekiden test entity key seed");
  const signature = testEntity.sign(context, message);
  assert.ok(testKeys.includes(testEntity.publicKey));
  assert.ok(verifyEd25519(testEntity.publicKey, messageDigest(context, message), signature), "the curve accepts it");
  const item = { publicKey: testEntity.publicKey, signature };

  const strict = new SignatureVerifier();
  assert.equal(strict.verify(testEntity.publicKey, context, message, signature), false);
  assert.equal(strict.verifyAll(context, message, [item]), false);
  assert.deepEqual(strict.verifyBatch([{ ...item, digest: messageDigest(context, message) }]), [false]);
  assert.equal(isValidPublicKey(testEntity.publicKey, strict.blacklist), false);

  const debug = new SignatureVerifier({ blacklist: new KeyBlacklist({ allowTestKeys: true }) });
  assert.equal(debug.verify(testEntity.publicKey, context, message, signature), true);
  debug.blacklist.add(testEntity.publicKey);
  assert.equal(debug.verify(testEntity.publicKey, context, message, signature), false, "although it is in the cache");
});

test("blacklisting twice is an error", () => {
  const blacklist = new KeyBlacklist();
  for (const key of [...Object.values(reservedKeys), ...testKeys]) {
    assert.ok(blacklist.has(key));
    assert.throws(
      () => blacklist.add(key),
      (e) => isCryptoError(e, "alreadyBlacklisted"),
    );
  }
  blacklist.add(alice.publicKey);
  assert.throws(() => blacklist.addAll([bob.publicKey, alice.publicKey]), /already in blacklist/);
  assert.ok(blacklist.has(bob.publicKey), "those before the duplicate are in");
  assert.equal([...blacklist.keys()].length, 4 + 8 + 2);
});

const item = fc.record({
  signer: fc.nat({ max: 3 }),
  text: fc.nat({ max: 3 }),
  damage: fc.option(fc.nat({ max: 63 })),
});

test("batch verification gives the verdicts of single verification, in order", () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 8 }), (choices) => {
      const items: DigestItem[] = choices.map(({ signer, text, damage }) => {
        const { publicKey } = signers[signer]!;
        const signature = signers[signer]!.sign(context, utf8(`${text}`));
        if (damage !== null) signature[damage] = signature[damage]! ^ 1;
        return { publicKey, digest: messageDigest(context, utf8(`${text}`)), signature };
      });
      const single = items.map((i) =>
        new SignatureVerifier({ cacheSize: 0 }).verifyDigest(i.publicKey, i.digest, i.signature),
      );
      const verifier = new SignatureVerifier({ cacheSize: 3 });
      assert.deepEqual(verifier.verifyBatch(items), single);
      assert.deepEqual(verifier.verifyBatch(items), single, "with a warm cache");
      assert.deepEqual(
        single,
        choices.map((c) => c.damage === null),
      );
    }),
    { numRuns: 25 },
  );
});

test("a multi-signed blob needs at least one signature and only good ones", () => {
  const verifier = new SignatureVerifier();
  const good = signers.map((s) => ({ publicKey: s.publicKey, signature: s.sign(context, message) }));
  assert.equal(verifier.verifyAll(context, message, []), false);
  assert.equal(verifier.verifyAll(context, message, good), true);
  const swapped = [{ publicKey: alice.publicKey, signature: good[1]!.signature }, ...good.slice(1)];
  assert.equal(verifier.verifyAll(context, message, swapped), false);
});

test("who signed is a question about sets of keys", () => {
  const items = [alice, bob, bob].map((s) => ({ publicKey: s.publicKey, signature: new Uint8Array(64) }));
  const keys = (...list: MemorySigner[]): PublicKey[] => list.map((s) => s.publicKey);
  assert.equal(isSignedBy(items, bob.publicKey), true);
  assert.equal(isSignedBy(items, signers[2]!.publicKey), false);
  assert.equal(isOnlySignedBy(items, keys(bob, alice)), true, "a second signature of one key does not matter");
  assert.equal(isOnlySignedBy(items, keys(alice, bob, bob)), false, "a key listed twice does");
  assert.equal(isOnlySignedBy(items, keys(alice)), false);
  assert.equal(isOnlySignedBy(items, keys(alice, bob, signers[2]!)), false);
});

test("the cache remembers only valid signatures, counts, and is bounded", () => {
  const verifier = new SignatureVerifier({ cacheSize: 2 });
  const signature = alice.sign(context, message);
  const bad = Uint8Array.from(signature);
  bad[40] = bad[40]! ^ 1;
  for (let i = 0; i < 3; i++) assert.ok(verifier.verify(alice.publicKey, context, message, signature));
  assert.deepEqual(verifier.stats, { hits: 2, misses: 1 });
  for (let i = 0; i < 2; i++) assert.ok(!verifier.verify(alice.publicKey, context, message, bad));
  assert.deepEqual(verifier.stats, { hits: 2, misses: 3 });
  for (let i = 0; i < 2; i++)
    verifier.verify(alice.publicKey, context, utf8(`${i}`), alice.sign(context, utf8(`${i}`)));
  assert.ok(verifier.verify(alice.publicKey, context, message, signature));
  assert.equal(verifier.stats.misses, 6, "evicted by the two others");
});

test("a batch keeps the place of entries that failed before verification", () => {
  const batch = new BatchVerifier(new SignatureVerifier());
  assert.deepEqual(batch.verify(), { ok: true, errors: [] });
  const decodeError = new Error("does not decode");
  batch.add(alice.publicKey, context, message, alice.sign(context, message));
  batch.addError(decodeError);
  batch.add(alice.publicKey, context, message, new Uint8Array(63));
  batch.add(reservedKeys.burn, context, message, new Uint8Array(64));
  batch.add(alice.publicKey, context, message, bob.sign(context, message));
  batch.add(bob.publicKey, context, message, bob.sign(context, message));
  const { ok, errors } = batch.verify();
  assert.equal(ok, false);
  const kinds = errors.map((e) => (e instanceof CryptoError ? e.kind : e));
  assert.deepEqual(kinds, [
    undefined,
    decodeError,
    "malformedSignature",
    "forbiddenPublicKey",
    "verifyFailed",
    undefined,
  ]);
  batch.add(bob.publicKey, context, message, bob.sign(context, message));
  assert.deepEqual(batch.verify(), { ok: true, errors: [undefined] }, "the batch starts over");
});

test("shape and failure come as typed errors", () => {
  const verifier = new SignatureVerifier();
  assert.throws(
    () => verifier.check(alice.publicKey, context, message, new Uint8Array(64)),
    (e) => isCryptoError(e, "verifyFailed"),
  );
  const good = { publicKey: alice.publicKey, signature: new Uint8Array(64) };
  checkSignatureShape(good, alice.publicKey);
  assert.throws(
    () => checkSignatureShape(good, bob.publicKey),
    (e) => isCryptoError(e, "publicKeyMismatch"),
  );
  const short = { ...good, signature: new Uint8Array(65) };
  assert.throws(
    () => checkSignatureShape(short, alice.publicKey),
    (e) => isCryptoError(e, "malformedSignature"),
  );
});

test("a signer whose halves do not belong together signs nothing", () => {
  const signer = new MemorySigner(new Uint8Array(32), { publicKey: alice.publicKey });
  assert.equal(signer.publicKey, alice.publicKey);
  assert.throws(
    () => signer.sign(rawFullContext("x"), message),
    (e) => isCryptoError(e, "malformedPrivateKey"),
  );
});

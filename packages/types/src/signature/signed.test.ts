import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, isDecodeError, text } from "@wadi/codec";
import { bindContext, isCryptoError, SignatureVerifier, signatureContext, testKeys, testSigner } from "@wadi/crypto";
import { fromHex } from "@wadi/util";
import fc from "fast-check";

import { Transaction } from "../transaction/transaction.ts";
import { MultiSigned, multiSignValue, openMultiSigned, openSigned, Signed, signValue } from "./signed.ts";

const context = bindContext(signatureContext("wadi/test: value"));
const other = bindContext(signatureContext("wadi/test: other"));
const alice = testSigner("alice");
const bob = testSigner("bob");
const verifier = new SignatureVerifier({ cacheSize: 0 });
const verifyFailed = (e: unknown): boolean => isCryptoError(e, "verifyFailed");

test("a signed value opens under its own context only", () => {
  const signed = signValue(text, "hello", context, alice);
  assert.equal(openSigned(text, signed, context, verifier), "hello");
  assert.throws(() => openSigned(text, signed, other, verifier), verifyFailed);
});

test("any flipped bit of blob, key or signature closes a signed value", () => {
  const encoded = encodeCbor(Signed, signValue(text, "hello", context, alice));
  fc.assert(
    fc.property(fc.nat({ max: encoded.length * 8 - 1 }), (bit) => {
      const flipped = Uint8Array.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      try {
        const opened = openSigned(text, decodeCbor(Signed, flipped), context, verifier);
        // Only the letter case of a member's name may change without effect.
        assert.equal(opened, "hello");
        assert.equal(bit & 7, 5);
      } catch (e) {
        assert.ok(verifyFailed(e) || isDecodeError(e), String(e));
      }
    }),
  );
});

test("a blob is decoded strictly, and only after verification", () => {
  const untrustedRawValue = fromHex("a26161016161016161"); // a duplicate key
  const good = { untrustedRawValue, signature: signBy(alice, untrustedRawValue) };
  assert.throws(() => openSigned(Transaction, good, context, verifier), isDecodeError);
  const bad = { ...good, signature: { ...good.signature, publicKey: bob.publicKey } };
  assert.throws(() => openSigned(Transaction, bad, context, verifier), verifyFailed);
});

function signBy(signer: typeof alice, blob: Uint8Array): Signed["signature"] {
  return { publicKey: signer.publicKey, signature: signer.sign(context, blob) };
}

test("a null blob is the zero value, an empty one does not decode", () => {
  const empty = new Uint8Array(0);
  const signature = signBy(alice, empty);
  assert.deepEqual(
    openSigned(Transaction, { untrustedRawValue: null, signature }, context, verifier),
    Transaction.zero(),
  );
  assert.throws(
    () => openSigned(Transaction, { untrustedRawValue: empty, signature }, context, verifier),
    isDecodeError,
  );
});

test("null and empty blobs and signature lists stay distinct", () => {
  const signed = signValue(text, "x", context, alice);
  for (const untrustedRawValue of [null, new Uint8Array(0)]) {
    const value = { ...signed, untrustedRawValue };
    assert.deepEqual(decodeCbor(Signed, encodeCbor(Signed, value)), value);
  }
  for (const signatures of [null, []]) {
    const value = { untrustedRawValue: Uint8Array.of(1), signatures };
    assert.deepEqual(decodeCbor(MultiSigned, encodeCbor(MultiSigned, value)), value);
  }
});

test("a multi-signed value needs signatures, all of them valid", () => {
  const signed = multiSignValue(text, "hello", context, [alice, bob]);
  assert.equal(openMultiSigned(text, signed, context, verifier), "hello");
  const [first, second] = signed.signatures ?? [];
  assert.ok(first && second);
  for (const signatures of [null, [], [first, { ...second, signature: first.signature }]]) {
    assert.throws(() => openMultiSigned(text, { ...signed, signatures }, context, verifier), verifyFailed);
  }
  // A duplicate of a valid signature does no harm.
  const repeated = { ...signed, signatures: [first, first] };
  assert.equal(openMultiSigned(text, repeated, context, verifier), "hello");
});

test("a key of the blacklist opens nothing", () => {
  const signer = testSigner("ekiden test entity key seed");
  assert.ok(testKeys.includes(signer.publicKey));
  const signed = signValue(text, "x", context, signer);
  assert.throws(() => openSigned(text, signed, context, verifier), verifyFailed);
  const multi = multiSignValue(text, "x", context, [alice, signer]);
  assert.throws(() => openMultiSigned(text, multi, context, verifier), verifyFailed);
});

test("signatures and keys of a wrong length are malformed", () => {
  const key = `6a7075626c69635f6b65795820${"00".repeat(32)}`;
  const blob = "73756e747275737465645f7261775f76616c756540";
  const envelope = (signature: string): Uint8Array => fromHex(`a2697369676e6174757265${signature}${blob}`);
  const sixtyFive = envelope(`a2697369676e61747572655841${"00".repeat(65)}${key}`);
  assert.throws(() => decodeCbor(Signed, sixtyFive), /signature: malformed signature/);
  const short = `a2697369676e61747572655840${"00".repeat(64)}6a7075626c69635f6b6579581f${"00".repeat(31)}`;
  assert.throws(() => decodeCbor(Signed, envelope(short)), /signature: malformed public key/);
});

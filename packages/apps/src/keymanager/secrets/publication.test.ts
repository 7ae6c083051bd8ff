import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { testSigner } from "@wadi/crypto";
import { secrets, type X25519PublicKey } from "@wadi/types";
import fc from "fast-check";

import { requireEncryption } from "./publication.ts";

const key = (index: number): X25519PublicKey => index.toString(16).padStart(64, "0") as X25519PublicKey;
const keysUpTo = (count: number): X25519PublicKey[] => Array.from({ length: count }, (_, i) => key(i));
const attestation = testSigner("publication").publicKey;

function check(encryptedTo: readonly X25519PublicKey[], committee: readonly X25519PublicKey[]): void {
  const ciphertexts = new Map(encryptedTo.map((one) => [one, null]));
  const secret = create(secrets.EncryptedSecret, { ciphertexts });
  requireEncryption(secret, { attestation, encryption: new Set(committee) });
}

test("whole percents of the committee must be able to decrypt", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(200), (members, encrypted) => {
      const count = Math.min(members, encrypted);
      const run = (): void => check(keysUpTo(count), keysUpTo(members));
      if (Math.floor((count * 100) / members) >= 66) run();
      else assert.throws(run, { module: "unknown", code: 1 });
    }),
  );
  check(keysUpTo(2), keysUpTo(3));
  check(keysUpTo(66), keysUpTo(100));
  assert.throws(() => check(keysUpTo(65), keysUpTo(100)), /not encrypted to enough keys/);
});

test("nobody outside of the committee, and not without a committee", () => {
  assert.throws(() => check([...keysUpTo(3), key(7)], keysUpTo(3)), /outside of the committee/);
  assert.throws(() => check([], []), /no member/);
});

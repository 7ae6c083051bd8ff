import assert from "node:assert/strict";
import { test } from "node:test";
import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import { fromHex, toHex } from "@wadi/util";
import fc from "fast-check";

import { publicKeyFromBytes, publicKeyFromHex } from "./brands.ts";
import { hashToPublicKey } from "./curve.ts";
import { reservedKeys } from "./blacklist.ts";
import { Ed25519PrivateKey } from "./ed25519.ts";
import { SignerRole, testSigner } from "./signer.ts";
import { prove, verifyVrf, vrfProofToHash } from "./vrf.ts";

const key = new Ed25519PrivateKey(new Uint8Array(32).fill(7));
const alpha = new Uint8Array(32).fill(9);

test("a proof verifies to its output, under its key and input only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 64 }), (seed, input) => {
      const own = new Ed25519PrivateKey(seed);
      const proof = prove(own, input);
      const beta = verifyVrf(own.publicKey, input, proof);
      assert.ok(beta !== undefined);
      assert.equal(beta.length, 64);
      assert.deepEqual(vrfProofToHash(proof), beta);
      assert.deepEqual(prove(own, input), proof, "deterministic");
      assert.equal(verifyVrf(own.publicKey, Uint8Array.of(...input, 0), proof), undefined, "another input");
      assert.equal(verifyVrf(key.publicKey, input, proof), undefined, "another key");
    }),
    { numRuns: 8 },
  );
});

test("every damaged byte of a proof is noticed", () => {
  const proof = prove(key, alpha);
  for (let at = 0; at < proof.length; at += 3) {
    const damaged = Uint8Array.from(proof);
    damaged[at] = damaged[at]! ^ (1 << (at % 8));
    assert.equal(verifyVrf(key.publicKey, alpha, damaged), undefined, `byte ${at}`);
  }
  for (const size of [0, 79, 81]) {
    assert.equal(verifyVrf(key.publicKey, alpha, new Uint8Array(size)), undefined);
    assert.equal(vrfProofToHash(new Uint8Array(size)), undefined);
  }
});

test("keys of small order, non-canonical keys and non-points verify nothing", () => {
  const proof = prove(key, alpha);
  for (const hex of ED25519_TORSION_SUBGROUP)
    assert.equal(verifyVrf(publicKeyFromHex(hex), alpha, proof), undefined, hex);
  // y = p + 3 decodes to a point for signatures, but not here.
  const nonCanonical = "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
  assert.ok(ed25519.Point.fromHex(nonCanonical, true));
  assert.equal(verifyVrf(publicKeyFromHex(nonCanonical), alpha, proof), undefined);
  const nowhere = `02${"0".repeat(62)}`;
  assert.throws(() => ed25519.Point.fromHex(nowhere, true));
  assert.equal(verifyVrf(publicKeyFromHex(nowhere), alpha, proof), undefined);
});

test("a non-canonical gamma is refused although its point is the same", () => {
  const gamma = fromHex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  const proof = Uint8Array.of(...gamma, ...new Uint8Array(48));
  assert.equal(vrfProofToHash(proof), undefined);
  const canonical = Uint8Array.of(...ed25519.Point.fromBytes(gamma, true).toBytes(), ...new Uint8Array(48));
  assert.ok(vrfProofToHash(canonical) !== undefined);
});

test("only a vrf signer proves", () => {
  const signer = testSigner("vrf test", SignerRole.vrf);
  assert.ok(verifyVrf(signer.publicKey, alpha, signer.prove(alpha)) !== undefined);
  assert.throws(() => testSigner("vrf test", SignerRole.node).prove(alpha), /invalid signer role/);
});

test("the burn key is a point that nobody chose", () => {
  const text = (s: string): Uint8Array => new Uint8Array(Buffer.from(s));
  const burn = hashToPublicKey(
    text("oasis-core/reserved-address"),
    text("Do Kwon Memorial SafeLunaRoseInu Burn Address"),
  );
  assert.equal(burn, reservedKeys.burn);
  assert.equal(publicKeyFromBytes(ed25519.Point.fromHex(burn).toBytes()), toHex(fromHex(burn)));
});

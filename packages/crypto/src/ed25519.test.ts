import assert from "node:assert/strict";
import { test } from "node:test";
import { ED25519_TORSION_SUBGROUP, ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, fromHex, toHex } from "@wadi/util";
import fc from "fast-check";

import { publicKeyFromBytes } from "./brands.ts";
import {
  Ed25519PrivateKey,
  GROUP_ORDER,
  KeyCache,
  isCanonicalScalar,
  isSmallOrderEncoding,
  littleEndian,
  seedFromPkcs8,
  verifyEd25519,
  verifyExact,
} from "./ed25519.ts";
import { isCryptoError } from "./errors.ts";
import { sha512 } from "./hash.ts";

const { Point } = ed25519;
const P = 2n ** 255n - 19n;
const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

function bytes32(n: bigint): Uint8Array {
  return fromHex(n.toString(16).padStart(64, "0")).reverse();
}

/** A signature made with chosen scalars and torsion points added to A and R. */
function mixedSignature(a: bigint, r: bigint, message: Uint8Array, torsionA: number, torsionR: number) {
  const publicKey = Point.BASE.multiply(a).add(torsion[torsionA]!).toBytes();
  const rBytes = Point.BASE.multiply(r).add(torsion[torsionR]!).toBytes();
  const h = littleEndian(sha512(rBytes, publicKey, message)) % GROUP_ORDER;
  return { publicKey, signature: concatBytes(rBytes, bytes32((r + h * a) % GROUP_ORDER)) };
}

function agree(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const fast = verifyEd25519(publicKeyFromBytes(publicKey), message, signature);
  assert.equal(fast, verifyExact(publicKey, message, signature), `${toHex(publicKey)} ${toHex(signature)}`);
  return fast;
}

const scalar = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n });
const message = fc.uint8Array({ maxLength: 40 });
const index = fc.nat({ max: 7 });

test("a torsion component in A or R never makes an honest signature invalid", () => {
  fc.assert(
    fc.property(scalar, scalar, message, index, index, (a, r, m, i, j) => {
      const { publicKey, signature } = mixedSignature(a, r, m, i, j);
      assert.equal(agree(publicKey, m, signature), true, `torsion ${i} in A, ${j} in R`);
    }),
    { numRuns: 60 },
  );
});

test("fast and exact verification agree on damaged signatures, keys and messages", () => {
  fc.assert(
    fc.property(scalar, scalar, message, index, fc.nat({ max: 95 }), fc.nat({ max: 7 }), (a, r, m, i, at, bit) => {
      const { publicKey, signature } = mixedSignature(a, r, m, i, i);
      const all = concatBytes(publicKey, signature);
      all[at] = all[at]! ^ (1 << bit);
      assert.equal(agree(all.slice(0, 32), m, all.slice(32)), false);
    }),
    { numRuns: 60 },
  );
});

test("small-order A and R are refused in every encoding", () => {
  const encodings = new Set<string>();
  for (let low = 0n; low < 20n; low++) {
    for (const y of [low, P - 1n, P + low]) {
      for (const sign of [0n, 1n << 255n]) {
        if (y < 1n << 255n) encodings.add(toHex(bytes32(y | sign)));
      }
    }
  }
  for (const point of torsion) encodings.add(toHex(point.toBytes()));
  let small = 0;
  for (const hex of encodings) {
    const encoded = fromHex(hex);
    const isSmall = decodesSmall(encoded);
    if (isSmall) small++;
    assert.equal(isSmallOrderEncoding(encoded), isSmall, hex);
    // With S = 0 and A of small order the equation holds for R = -hA: everything but the order check would accept.
    const zeroS = concatBytes(encoded, new Uint8Array(32));
    if (isSmall) assert.equal(agree(encoded, new Uint8Array(3), zeroS), false, hex);
  }
  assert.equal(small, 14);
});

function decodesSmall(encoded: Uint8Array): boolean {
  try {
    return Point.fromBytes(encoded, true).isSmallOrder();
  } catch {
    return false;
  }
}

test("an equation that holds does not save a small-order R or A", () => {
  const a = 12345n;
  for (const rPoint of torsion) {
    const publicKey = Point.BASE.multiply(a).toBytes();
    const rBytes = rPoint.toBytes();
    const h = littleEndian(sha512(rBytes, publicKey, new Uint8Array(1))) % GROUP_ORDER;
    const signature = concatBytes(rBytes, bytes32((h * a) % GROUP_ORDER));
    assert.equal(ed25519.verify(signature, new Uint8Array(1), publicKey, { zip215: true }), true, "ZIP-215 takes it");
    assert.equal(agree(publicKey, new Uint8Array(1), signature), false);
  }
  for (const aPoint of torsion) {
    const rBytes = Point.BASE.multiply(7n).toBytes();
    const signature = concatBytes(rBytes, bytes32(7n));
    assert.equal(agree(aPoint.toBytes(), new Uint8Array(1), signature), false);
  }
});

test("non-canonical encodings of larger order agree, as keys and as R", () => {
  let decoded = 0;
  for (let low = 2n; low < 19n; low++) {
    for (const sign of [0n, 1n << 255n]) {
      const encoded = bytes32((P + low) | sign);
      assert.equal(agree(encoded, new Uint8Array(2), mixedSignature(5n, 6n, new Uint8Array(2), 0, 0).signature), false);
      const asR = concatBytes(encoded, bytes32(1n));
      assert.equal(agree(Point.BASE.toBytes(), new Uint8Array(2), asR), false);
      try {
        Point.fromBytes(encoded, true);
        decoded++;
      } catch {
        // not on the curve
      }
    }
  }
  assert.ok(decoded > 0);
});

test("S must be below the group order", () => {
  const m = Uint8Array.of(1, 2, 3);
  const { publicKey, signature } = mixedSignature(99n, 77n, m, 0, 0);
  const s = littleEndian(signature.subarray(32));
  const larger = concatBytes(signature.subarray(0, 32), bytes32(s + GROUP_ORDER));
  assert.equal(agree(publicKey, m, signature), true);
  assert.equal(agree(publicKey, m, larger), false);
  for (const [n, canonical] of [
    [0n, true],
    [GROUP_ORDER - 1n, true],
    [GROUP_ORDER, false],
    [GROUP_ORDER + 1n, false],
    [2n ** 256n - 1n, false],
  ] as const) {
    assert.equal(isCanonicalScalar(bytes32(n)), canonical, String(n));
  }
});

test("other lengths do not verify", () => {
  const key = new Ed25519PrivateKey(new Uint8Array(32));
  const signature = key.signRaw(new Uint8Array(0));
  for (const wrong of [new Uint8Array(0), signature.slice(1), concatBytes(signature, Uint8Array.of(0))]) {
    assert.equal(verifyEd25519(key.publicKey, new Uint8Array(0), wrong), false);
  }
});

test("signatures are those of another implementation, and the key cache changes nothing", () => {
  const keys = new KeyCache(2);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), message, (seed, m) => {
      const key = new Ed25519PrivateKey(seed);
      assert.equal(key.publicKey, toHex(ed25519.getPublicKey(seed)));
      const signature = key.signRaw(m);
      assert.deepEqual(signature, Uint8Array.from(ed25519.sign(m, seed)));
      for (let i = 0; i < 2; i++) assert.equal(verifyEd25519(key.publicKey, m, signature, keys), true);
    }),
    { numRuns: 30 },
  );
});

test("private keys go out as PKCS#8 and come back, and do not print", () => {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
  const key = new Ed25519PrivateKey(seed);
  assert.deepEqual(seedFromPkcs8(key.exportPkcs8()), seed);
  assert.equal(seedFromPkcs8(key.exportPkcs8().slice(1)), undefined);
  assert.equal(seedFromPkcs8(new Uint8Array(48)), undefined);
  assert.ok(!`${String(key)} ${JSON.stringify({ key })}`.includes(toHex(seed).slice(0, 8)));
  assert.throws(
    () => new Ed25519PrivateKey(new Uint8Array(31)),
    (e) => isCryptoError(e, "malformedPrivateKey"),
  );
});

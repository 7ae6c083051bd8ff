import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, toHex, utf8 } from "@wadi/util";
import fc from "fast-check";

import {
  NAMESPACE_KEY_MANAGER,
  addressFromBytes,
  bytesOf,
  hashFromBytes,
  hashFromHex,
  isKeyManagerNamespace,
  isTestNamespace,
  namespaceFromBytes,
  namespaceFromHex,
  publicKeyFromHex,
} from "./brands.ts";
import { isCryptoError } from "./errors.ts";
import {
  EMPTY_HASH,
  Hasher,
  ZERO_HASH,
  hashOf,
  sha256,
  sha512,
  sha512_256,
  sha512_256Batch,
  testNamespace,
} from "./hash.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

test("one-shot, parts, hasher and batch give the same digests", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const whole = sha512_256(concatBytes(a, b));
      assert.deepEqual(sha512_256(a, b), whole);
      assert.deepEqual(new Hasher().update(a).update(b).digest(), whole);
      assert.equal(new Hasher().update(a).update(b).digestHash(), toHex(whole));
      assert.equal(hashOf(a, b), toHex(whole));
      assert.deepEqual(sha512_256Batch([a, concatBytes(a, b)]), concatBytes(sha512_256(a), whole));
    }),
  );
});

test("digests are plain arrays of their own", () => {
  const digest = sha512_256(utf8("abc"));
  assert.equal(Object.getPrototypeOf(digest), Uint8Array.prototype);
  assert.equal(digest.buffer.byteLength, 32);
  assert.equal(toHex(sha256(utf8("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(toHex(sha512(utf8("abc"))).slice(0, 16), "ddaf35a193617aba");
});

test("a view into a larger array hashes as its own bytes", () => {
  const large = Uint8Array.from({ length: 100 }, (_, i) => i);
  assert.deepEqual(sha512_256(large.subarray(10, 20)), sha512_256(large.slice(10, 20)));
});

test("the empty hash is not the zero hash", () => {
  assert.equal(EMPTY_HASH, "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a");
  assert.notEqual(EMPTY_HASH, ZERO_HASH);
  assert.equal(ZERO_HASH.length, 64);
});

test("a batch refuses an output that is too short", () => {
  assert.throws(() => sha512_256Batch([utf8("a"), utf8("b")], new Uint8Array(63)), RangeError);
});

test("identifiers keep order and equality of their bytes", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (a, b) => {
        const [x, y] = [hashFromBytes(a), hashFromBytes(b)];
        assert.equal(x < y, Buffer.compare(a, b) < 0);
        assert.deepEqual(bytesOf(x), a);
        assert.equal(hashFromHex(x.toUpperCase()), x);
      },
    ),
  );
});

test("identifiers of another size are refused with their own error", () => {
  assert.throws(
    () => hashFromBytes(new Uint8Array(31)),
    (e) => isCryptoError(e, "malformedHash"),
  );
  assert.throws(
    () => addressFromBytes(new Uint8Array(20)),
    (e) => isCryptoError(e, "malformedAddress"),
  );
  for (const text of ["", "00", "0".repeat(66), `${"0".repeat(62)}0g`, `${"0".repeat(63)}\n`, ` ${"0".repeat(63)}`]) {
    assert.throws(
      () => publicKeyFromHex(text),
      (e) => isCryptoError(e, "malformedPublicKey"),
      text,
    );
  }
});

test("namespaces have two flags and nothing else in their first 64 bits", () => {
  for (let bit = 0; bit < 64; bit++) {
    const raw = new Uint8Array(32);
    new DataView(raw.buffer).setBigUint64(0, 1n << BigInt(bit));
    if (bit >= 62) {
      const namespace = namespaceFromBytes(raw);
      assert.equal(isTestNamespace(namespace), bit === 63);
      assert.equal(isKeyManagerNamespace(namespace), bit === 62);
    } else {
      assert.throws(
        () => namespaceFromBytes(raw),
        (e) => isCryptoError(e, "malformedNamespace"),
        `bit ${bit}`,
      );
      assert.throws(
        () => namespaceFromHex(toHex(raw)),
        (e) => isCryptoError(e, "malformedNamespace"),
        `bit ${bit}`,
      );
    }
  }
  assert.ok(isKeyManagerNamespace(testNamespace("x", NAMESPACE_KEY_MANAGER)));
});

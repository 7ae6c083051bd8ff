import assert from "node:assert/strict";
import { test } from "node:test";
import { x25519 } from "@noble/curves/ed25519.js";
import { fromHex, toHex } from "@wadi/util";
import fc from "fast-check";

import { x25519KeyFromBytes, x25519KeyFromHex } from "./brands.ts";
import { DeoxysII } from "./deoxysii.ts";
import { isCryptoError } from "./errors.ts";
import { NonceCounter, boxCipher, deriveBoxKey, openBox, sealBox } from "./mrae.ts";
import { X25519PrivateKey, isLowOrderX25519 } from "./x25519.ts";

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce15 = fc.uint8Array({ minLength: 15, maxLength: 15 });
const data = fc.uint8Array({ maxLength: 100 });

test("what is sealed opens, and no flipped bit goes unnoticed", () => {
  fc.assert(
    fc.property(bytes32, nonce15, data, data, fc.nat(), (key, nonce, plaintext, additional, at) => {
      const cipher = new DeoxysII(key);
      const sealed = cipher.seal(nonce, plaintext, additional);
      assert.equal(sealed.length, plaintext.length + 16);
      assert.deepEqual(cipher.open(nonce, sealed, additional), plaintext);
      const flip = (bytes: Uint8Array): Uint8Array => {
        const changed = Uint8Array.from(bytes);
        const i = at % changed.length;
        changed[i] = changed[i]! ^ (1 << (at % 8));
        return changed;
      };
      assert.equal(cipher.open(nonce, flip(sealed), additional), undefined, "sealed");
      assert.equal(cipher.open(flip(nonce), sealed, additional), undefined, "nonce");
      assert.equal(new DeoxysII(flip(key)).open(nonce, sealed, additional), undefined, "key");
      if (additional.length > 0) assert.equal(cipher.open(nonce, sealed, flip(additional)), undefined, "data");
      assert.equal(cipher.open(nonce, sealed.subarray(0, -1), additional), undefined, "cut");
    }),
  );
});

test("block counters go on correctly beyond one and two bytes", () => {
  // The schedule is renewed every 256 blocks: equal plaintext blocks must not give equal output blocks.
  const cipher = new DeoxysII(new Uint8Array(32));
  const plaintext = new Uint8Array(16 * 66000);
  const sealed = cipher.seal(new Uint8Array(15), plaintext);
  const blocks = new Set<string>();
  for (let at = 0; at < plaintext.length; at += 16) blocks.add(toHex(sealed.subarray(at, at + 16)));
  assert.equal(blocks.size, 66000);
  assert.deepEqual(cipher.open(new Uint8Array(15), sealed), plaintext);
  const swapped = Uint8Array.from(sealed);
  swapped.copyWithin(16, 16 * 65537, 16 * 65538);
  assert.equal(cipher.open(new Uint8Array(15), swapped), undefined);
});

test("inputs may be views at odd offsets and are left alone", () => {
  const memory = Uint8Array.from({ length: 300 }, (_, i) => i);
  const before = Uint8Array.from(memory);
  const cipher = new DeoxysII(memory.subarray(1, 33));
  const sealed = cipher.seal(memory.subarray(33, 48), memory.subarray(49, 149), memory.subarray(151, 290));
  assert.deepEqual(memory, before);
  const copy = new DeoxysII(memory.slice(1, 33));
  assert.deepEqual(copy.open(memory.slice(33, 48), sealed, memory.slice(151, 290)), memory.slice(49, 149));
});

test("wrong sizes are refused", () => {
  assert.throws(() => new DeoxysII(new Uint8Array(16)), RangeError);
  const cipher = new DeoxysII(new Uint8Array(32));
  assert.throws(() => cipher.seal(new Uint8Array(16), new Uint8Array(1)), RangeError);
  assert.throws(() => cipher.open(new Uint8Array(12), new Uint8Array(16)), RangeError);
  assert.equal(cipher.open(new Uint8Array(15), new Uint8Array(15)), undefined);
});

test("boxes open between the two keys, in both directions, and for nobody else", () => {
  fc.assert(
    fc.property(bytes32, bytes32, bytes32, data, (a, b, c, plaintext) => {
      const [alice, bob, carol] = [new X25519PrivateKey(a), new X25519PrivateKey(b), new X25519PrivateKey(c)];
      const nonce = new Uint8Array(15);
      const sealed = sealBox(nonce, plaintext, a, bob.publicKey, alice);
      assert.deepEqual(openBox(nonce, sealed, a, alice.publicKey, bob), plaintext);
      assert.deepEqual(openBox(nonce, sealed, a, bob.publicKey, alice), plaintext, "the key is symmetric");
      assert.deepEqual(boxCipher(alice.publicKey, bob).open(nonce, sealed, a), plaintext);
      if (carol.publicKey !== alice.publicKey && carol.publicKey !== bob.publicKey) {
        assert.equal(openBox(nonce, sealed, a, alice.publicKey, carol), undefined);
      }
    }),
    { numRuns: 20 },
  );
});

test("shared secrets are those of another implementation", () => {
  fc.assert(
    fc.property(bytes32, bytes32, (a, b) => {
      const key = new X25519PrivateKey(a);
      assert.equal(key.publicKey, toHex(x25519.getPublicKey(a)));
      const peer = x25519.getPublicKey(b);
      assert.equal(toHex(key.sharedSecret(x25519KeyFromBytes(peer))), toHex(x25519.getSharedSecret(a, peer)));
    }),
    { numRuns: 20 },
  );
});

test("peer keys of low order give the all-zero secret instead of an error", () => {
  const key = new X25519PrivateKey(new Uint8Array(32).fill(3));
  const low = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  ];
  for (const hex of low) {
    const peer = x25519KeyFromHex(hex);
    assert.ok(isLowOrderX25519(peer), hex);
    assert.throws(() => x25519.getSharedSecret(new Uint8Array(32).fill(3), fromHex(hex)), hex);
    assert.deepEqual(key.sharedSecret(peer), new Uint8Array(32), hex);
    assert.equal(deriveBoxKey(peer, key).length, 32);
  }
  assert.ok(!isLowOrderX25519(key.publicKey));
});

test("the counter of a nonce wraps within its last four bytes and ends where it began", () => {
  const start = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xff, 0xff, 0xff, 0xfe]);
  const nonce = new NonceCounter(start);
  nonce.increment();
  assert.equal(toHex(nonce.value.subarray(11)), "ffffffff");
  nonce.increment();
  assert.equal(toHex(nonce.value), "0102030405060708090a0b00000000");
  assert.equal(start[14], 0xfe, "the caller's array is not touched");
  assert.throws(() => new NonceCounter(new Uint8Array(12)), RangeError);
});

test("a used-up nonce stays used up", () => {
  const end = new Uint8Array(15).fill(0xff);
  const nonce = new NonceCounter(new Uint8Array(15), end);
  for (let i = 0; i < 2; i++)
    assert.throws(
      () => nonce.increment(),
      (e) => isCryptoError(e, "nonceExhausted"),
    );
  assert.equal(toHex(nonce.value.subarray(11)), "ffffffff");
});

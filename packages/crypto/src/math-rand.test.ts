import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "@wadi/util";
import fc from "fast-check";

import { HmacDrbg } from "./drbg.ts";
import { isCryptoError } from "./errors.ts";
import { MathRand, type ByteSource } from "./math-rand.ts";

const drbg = (seed: number): HmacDrbg => new HmacDrbg("sha512", new Uint8Array(32).fill(seed), utf8("test"));

/** Gives the numbers in order and counts the reads. */
class Scripted implements ByteSource {
  reads = 0;
  readonly #numbers: readonly bigint[];
  constructor(numbers: readonly bigint[]) {
    this.#numbers = numbers;
  }
  read(size: number): Uint8Array {
    const out = new DataView(new ArrayBuffer(size));
    for (let i = 0; i < size / 8; i++) out.setBigUint64(8 * i, this.#numbers[(this.reads * size) / 8 + i] ?? 0n);
    this.reads++;
    return new Uint8Array(out.buffer);
  }
}

test("one read of 1024 bytes at creation, the next after 128 numbers", () => {
  const numbers = Array.from({ length: 384 }, (_, i) => (BigInt(i) << 32n) | BigInt(i << 4));
  const draws: [string, (rand: MathRand) => bigint, (n: bigint) => bigint][] = [
    ["uint64", (rand) => rand.uint64(), (n) => n],
    ["int31", (rand) => BigInt(rand.int31()), (n) => n >> 32n],
    ["uint32", (rand) => BigInt(rand.uint32()), (n) => n >> 31n],
  ];
  for (const [name, draw, expected] of draws) {
    const source = new Scripted(numbers);
    const rand = new MathRand(source);
    for (const [i, n] of numbers.entries()) {
      assert.equal(draw(rand), expected(n), `${name} ${i}`);
      assert.equal(source.reads, 1 + Math.floor(i / 128), `${name} ${i}: reads`);
    }
  }
});

test("the narrower numbers are cuts of the wide one", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (n) => {
      const rand = new MathRand(new Scripted([n, n, n, n]));
      const low63 = n & (2n ** 63n - 1n);
      assert.equal(rand.uint64(), n);
      assert.equal(rand.int63(), low63);
      assert.equal(BigInt(rand.int31()), low63 >> 32n);
      assert.equal(BigInt(rand.uint32()), (low63 >> 31n) & 0xffffffffn);
    }),
  );
});

test("ranges are kept, also above 31 bits, and a range of one still uses up a number", () => {
  const rand = new MathRand(drbg(1));
  for (const n of [1, 2, 3, 7, 64, 1000, 2 ** 31 - 1, 2 ** 31, 2 ** 40 + 1]) {
    for (let i = 0; i < 50; i++) {
      const v = rand.intn(n);
      assert.ok(Number.isInteger(v) && v >= 0 && v < n, `${v} of ${n}`);
    }
  }
  const one = new MathRand(new Scripted([5n, 6n]));
  assert.equal(one.intn(1), 0);
  assert.equal(one.uint64(), 6n);
  for (const bad of [0, -1, 1.5, Number.NaN]) assert.throws(() => rand.intn(bad), RangeError, String(bad));
  assert.throws(() => rand.int63n(0n), RangeError);
  assert.throws(() => rand.shuffle(-1, () => {}), RangeError);
});

test("numbers that would favour small results are drawn again", () => {
  // 2^31 mod 3 = 2: the two highest 31-bit numbers are refused.
  const high = (v: number): bigint => BigInt(v) << 32n;
  const rand = new MathRand(new Scripted([high(2 ** 31 - 1), high(2 ** 31 - 2), high(2 ** 31 - 3)]));
  assert.equal(rand.intn(3), (2 ** 31 - 3) % 3);
});

/** Shuffle with exact integers, as the text of the algorithm has it. */
function exactShuffle(rand: MathRand, n: number): number[] {
  const items = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const bound = BigInt(i + 1);
    let product = BigInt(rand.uint32()) * bound;
    while ((product & 0xffffffffn) < bound && (product & 0xffffffffn) < 2n ** 32n % bound) {
      product = BigInt(rand.uint32()) * bound;
    }
    const j = Number(product >> 32n);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

test("shuffles and permutations contain everything once and follow the exact arithmetic", () => {
  fc.assert(
    fc.property(fc.nat({ max: 255 }), fc.nat({ max: 300 }), (seed, n) => {
      const sorted = Array.from({ length: n }, (_, i) => i);
      const shuffled = [...sorted];
      new MathRand(drbg(seed)).shuffleArray(shuffled);
      assert.deepEqual(shuffled, exactShuffle(new MathRand(drbg(seed)), n));
      const perm = new MathRand(drbg(seed)).perm(n);
      assert.deepEqual(
        [...perm].sort((a, b) => a - b),
        sorted,
      );
    }),
    { numRuns: 30 },
  );
  const swaps: number[] = [];
  const large = new MathRand(new Scripted([0xffffffffn << 31n, 0x80000001n << 31n]));
  large.shuffle(3, (_, j) => swaps.push(j));
  assert.deepEqual(swaps, [2, 1]);
});

test("reading in pieces differs from reading at once, reading nothing changes nothing", () => {
  const [a, b] = [drbg(3), drbg(3)];
  assert.deepEqual(a.read(0), new Uint8Array(0));
  const whole = a.read(65536 + 10);
  assert.deepEqual(whole.subarray(0, 65536), b.read(65536));
  assert.deepEqual(whole.subarray(65536), b.read(10));
});

test("too little entropy is refused", () => {
  const make = (size: number): HmacDrbg => new HmacDrbg("sha512", new Uint8Array(size), utf8(""));
  assert.throws(
    () => make(31),
    (e) => isCryptoError(e, "drbg"),
  );
  assert.equal(make(32).read(1).length, 1);
});

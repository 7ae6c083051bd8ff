import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import fc from "fast-check";

import { goSort } from "./go-sort.ts";

interface Item {
  readonly key: number;
  readonly index: number;
}

const SIZES = [0, 1, 5, 12, 13, 20, 49, 50, 51, 77, 100, 128, 200, 333, 1000];
const WIDTHS = [1, 2, 3, 7, 50];

/** Keys by size, width of a run of equal ones, index, and a linear congruential generator. */
const patterns: Readonly<Record<string, (n: number, m: number, i: number, x: number) => number>> = {
  random: (_n, m, _i, x) => (x >>> 16) % m,
  ascending: (_n, m, i) => Math.floor(i / m),
  descending: (n, m, i) => Math.floor((n - i) / m),
  nearly: (_n, m, i) => (i % 37 === 36 ? 0 : Math.floor(i / m)),
  organ: (n, m, i) => Math.floor((i < Math.floor(n / 2) ? i : n - i) / m),
  sawtooth: (_n, m, i) => i % m,
};

/** SHA-256 over the orders that Go 1.26 gives to these keys, sorted descending, one per line. */
const recorded: Readonly<Record<string, string>> = {
  random: "0e0f2739476149b6609930c901aeeca3c9786bb0b0e4144f55a22381e7ba3928",
  ascending: "7d32e7a4829526aab299508965ed8121b14bdc0b8bb9d0501590d6ff6b0028c8",
  descending: "f5ed83fa00b2cba170a489c0bf1960cc12365421ec5f97beda8a6a03ddc33da8",
  nearly: "d7bbbb822e30a27221622219e279ca25cc7535eaa455668b6f26fc2062eebc54",
  organ: "d268bd7fe18de7355bb34ff86a0a99cf3296fd7ceb3edcd91880ce5f0d9b4c94",
  sawtooth: "15d3884721b0ea6776a84b105f69d2b7824e9de6e62733903c437c65b732cdea",
};

function orderOf(items: readonly Item[]): string {
  return `${items.map(({ index }) => index).join(",")}\n`;
}

test("equal elements end up where Go puts them", () => {
  for (const [name, keyOf] of Object.entries(patterns)) {
    const digest = createHash("sha256");
    for (const n of SIZES) {
      for (const m of WIDTHS) {
        let x = n * 31 + m;
        const items = Array.from({ length: n }, (_, index): Item => {
          x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
          return { key: keyOf(n, m, index, x), index };
        });
        goSort(items, (a, b) => a.key > b.key);
        digest.update(orderOf(items));
      }
    }
    assert.equal(digest.digest("hex"), recorded[name], name);
  }
});

test("also where so many pivots are bad that heap sort takes over", () => {
  const keys = worstCase(300);
  const items = keys.map((key, index): Item => ({ key: Math.floor(key / 2), index }));
  goSort(items, (a, b) => a.key < b.key);
  const digest = createHash("sha256").update(orderOf(items)).digest("hex");
  assert.equal(digest, "f8bf76960baf4e3fa7b4f864b20d48c225dab6f1fdf5a8944c2a1c0343d87b95");
});

/** M. D. McIlroy, "A Killer Adversary for Quicksort": keys that are fixed as the sort looks at them. */
function worstCase(n: number): number[] {
  const keys = Array.from({ length: n }, () => n);
  let fixed = 0;
  let candidate = 0;
  const at = (i: number): number => keys[i] ?? n;
  goSort(
    Array.from({ length: n }, (_, i) => i),
    (x, y) => {
      if (at(x) === n && at(y) === n) keys[x === candidate ? x : y] = fixed++;
      if (at(x) === n) candidate = x;
      else if (at(y) === n) candidate = y;
      return at(x) < at(y);
    },
  );
  return keys;
}

test("it sorts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 200 }), (numbers) => {
      const sorted = [...numbers];
      goSort(sorted, (a, b) => a < b);
      assert.deepEqual(
        sorted,
        numbers.toSorted((a, b) => a - b),
      );
    }),
  );
});

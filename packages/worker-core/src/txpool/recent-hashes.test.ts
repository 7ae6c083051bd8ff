import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hash } from "@wadi/types";
import { must } from "@wadi/util";
import fc from "fast-check";

import { RecentHashes } from "./recent-hashes.ts";

// Many have the same first word, by which they are found.
const hash = fc
  .tuple(fc.nat(3), fc.nat(7))
  .map(([first, last]) => `0${first}${"00".repeat(30)}0${last}`.padEnd(64, "0") as Hash);
const operation = fc.record({ kind: fc.constantFrom("add" as const, "add" as const, "delete" as const), hash });

/** The same with a set, which keeps the order of additions. */
class Model {
  readonly hashes = new Map<Hash, number>();
  #places: (Hash | undefined)[];
  #next = 0;

  constructor(capacity: number) {
    this.#places = Array.from({ length: capacity }, () => undefined);
  }

  add(one: Hash): void {
    if (this.hashes.has(one)) return;
    const before = this.#places[this.#next];
    if (before !== undefined) this.hashes.delete(before);
    this.#places[this.#next] = one;
    this.hashes.set(one, this.#next);
    this.#next = (this.#next + 1) % this.#places.length;
  }

  delete(one: Hash): boolean {
    const place = this.hashes.get(one);
    if (place === undefined) return false;
    this.#places[place] = undefined;
    return this.hashes.delete(one);
  }
}

test("whatever is added and deleted, the newest are there", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(operation, { maxLength: 200 }), (capacity, operations) => {
      const [recent, model] = [new RecentHashes(capacity), new Model(capacity)];
      const all = new Set(operations.map((each) => each.hash));
      for (const { hash: one, kind } of operations) {
        if (kind === "add") {
          recent.add(one);
          model.add(one);
        } else assert.equal(recent.delete(one), model.delete(one));
        assert.equal(recent.size, model.hashes.size);
        for (const each of all) assert.equal(recent.has(each), model.hashes.has(each));
      }
    }),
  );
});

test("of more than it holds the first go first", () => {
  const recent = new RecentHashes(3);
  const hashes = [1, 2, 3, 4, 5].map((i) => `${i}`.repeat(64) as Hash);
  for (const one of hashes) recent.add(one);
  recent.add(must(hashes[3]));
  assert.deepEqual(
    hashes.map((one) => recent.has(one)),
    [false, false, true, true, true],
  );
  assert.throws(() => new RecentHashes(0), RangeError);
});

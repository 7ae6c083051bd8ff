import assert from "node:assert/strict";
import { test } from "node:test";
import { LruMap } from "./lru.ts";

test("the least recently used entry goes first", () => {
  const map = new LruMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  assert.equal(map.get("a"), 1);
  map.set("c", 3);
  assert.equal(map.get("b"), undefined);
  assert.equal(map.get("a"), 1);
  assert.equal(map.size, 2);
});

test("setting again renews an entry without growing", () => {
  const map = new LruMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);
  assert.equal(map.get("a"), 3);
  assert.equal(map.has("b"), false);
});

test("a capacity that holds nothing is refused", () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) assert.throws(() => new LruMap(capacity), RangeError);
});

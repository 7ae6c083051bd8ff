import assert from "node:assert/strict";
import { test } from "node:test";
import { optional, repeated } from "./composite.ts";
import { kept, message } from "./message.ts";
import { bytes, int64Number, string } from "./scalars.ts";

const Inner = message("Inner", { name: string(1), data: bytes(2) });
const KeptInner = kept(Inner);
const fields = { height: int64Number(1), list: repeated(2, Inner), one: optional(3, Inner) };
const Plain = message("Outer", fields);
const Keeping = message("Outer", { ...fields, list: repeated(2, KeptInner), one: optional(3, KeptInner) });

test("kept messages are written as any others, the first time and again", () => {
  const empty = Inner.create();
  const small = Inner.create({ name: "small" });
  // Larger than a writer is at first.
  const large = Inner.create({ name: "large", data: new Uint8Array(5000).fill(7) });
  for (const list of [[], [empty], [small, large, small], [large, empty, large], [small]]) {
    for (const one of [undefined, empty, small, large]) {
      const value = { height: 5, list, one };
      assert.deepEqual(Keeping.encode(value), Plain.encode(value));
    }
  }
});

test("a kept message reads and writes by itself as the message it is made of", () => {
  const value = Inner.create({ name: "x", data: Uint8Array.of(1) });
  assert.deepEqual(KeptInner.encode(value), Inner.encode(value));
  assert.deepEqual(KeptInner.decode(Inner.encode(value)), value);
  assert.deepEqual(KeptInner.create(), Inner.create());
  const outer = { height: 1, list: [value], one: undefined };
  assert.deepEqual(Keeping.decode(Plain.encode(outer)), outer);
});

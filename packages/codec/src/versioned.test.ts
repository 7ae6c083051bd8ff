import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "@wadi/util";
import { decodeCbor, encodeCbor } from "./cbor.ts";
import type { DecodeMode } from "./cbor-rules.ts";
import { refine, transform } from "./derive.ts";
import { u16, u64 } from "./integers.ts";
import { nullable } from "./nullable.ts";
import { list } from "./list.ts";
import { optional } from "./schema.ts";
import type { TypeOf } from "./schema.ts";
import { struct } from "./struct.ts";
import { probeVersion, versioned } from "./versioned.ts";

const two = struct("thing", { v: u16, id: u64 });
const one = struct("thing", { v: u16, id: u64, old: optional(u64) });
type Thing = TypeOf<typeof two>;
const upgraded = transform(one, {
  decode: ({ id }): Thing => ({ v: 2, id }),
  encode: ({ id }) => ({ v: 1, id, old: 0n }),
});
const thing = versioned("thing", { versions: { 1: upgraded, 2: two } });
const unversioned = transform(struct("thing", { id: u64 }), {
  decode: ({ id }): Thing => ({ v: 0, id }),
  encode: ({ id }) => ({ id }),
});
const optionalVersion = versioned("thing", {
  versions: { 2: two },
  missing: unversioned,
  writes: (value) => (value.v === 0 ? unversioned : two),
});

const read = (hex: string, mode?: DecodeMode): Thing => decodeCbor(thing, fromHex(hex), mode);

test("the version decides, wherever it stands", () => {
  assert.deepEqual(read("a261760262696405"), { v: 2, id: 5n });
  assert.deepEqual(read("a262696405617602"), { v: 2, id: 5n });
  assert.deepEqual(read("a26176180262696405"), { v: 2, id: 5n }, "not in shortest form");
  assert.deepEqual(read("a3617601626964056 36f6c6407".replace(" ", "")), { v: 2, id: 5n }, "older version");
});

test("decoding is strict inside, whatever the mode outside", () => {
  for (const mode of ["strict", "rpc", "trusted"] as const) {
    assert.throws(() => read("a3617602626964056178 00".replace(" ", ""), mode), { message: /unknown field/ });
    assert.throws(() => read("bf61760262696405ff", mode), { message: /indefinite-length map|missing or invalid/ });
    assert.throws(() => read("a2617602617602", mode), { message: /duplicate map key/ });
  }
  const around = struct("around", { inner: thing, more: list(u64) });
  const outer = fromHex("a265696e6e6572a261760262696405646d6f72659f01ff");
  assert.deepEqual(decodeCbor(around, outer, "trusted").more, [1n], "and loose again after it");
});

test("input without a version", () => {
  for (const hex of ["a0", "f6", "a161 76f6".replace(" ", ""), "a1617619ffff", "05"]) {
    assert.throws(() => read(hex), { name: "DecodeError" }, hex);
  }
  assert.throws(() => read("a1617603"), { message: "invalid thing version: 3" });
  assert.throws(
    () => read("a06176026269 6405".replace(" ", "")),
    { message: /missing or invalid version/ },
    "trailing bytes",
  );
  assert.equal(decodeCbor(nullable(thing), fromHex("f6")), null);
});

test("structures that once had no version", () => {
  const again = (hex: string): string => toHex(encodeCbor(optionalVersion, decodeCbor(optionalVersion, fromHex(hex))));
  assert.equal(again("a162696405"), "a162696405");
  assert.equal(again("a261760262696405"), "a261760262696405");
  assert.equal(again("f6"), "a162696400");
  assert.throws(() => again("a1617600"), { message: /unknown field at map element index 0/ });
});

test("the probe alone", () => {
  assert.equal(probeVersion(fromHex("a2617605617a00")), 5);
  assert.equal(probeVersion(fromHex("a1615607")), 7, "other letter case");
  for (const hex of ["", "a2617605617605", "a16176617a", "8105"]) {
    assert.throws(() => probeVersion(fromHex(hex)), { name: "DecodeError" }, hex);
  }
});

test("a further check applies to both faces", () => {
  const even = refine(u64, (value) => (value % 2n === 0n ? undefined : "odd"));
  assert.equal(decodeCbor(even, fromHex("04")), 4n);
  assert.throws(() => decodeCbor(list(even), fromHex("820405")), { message: "[1]: odd" });
});

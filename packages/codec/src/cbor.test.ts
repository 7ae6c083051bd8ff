import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "@wadi/util";
import { bytes, raw } from "./bytes.ts";
import { decodeCbor, decodeCborItem, decodeOwnedCbor, encodeCbor } from "./cbor.ts";
import type { DecodeMode } from "./cbor-rules.ts";
import { EncodeError } from "./errors.ts";
import { fixedHex } from "./fixed-hex.ts";
import { i64, u16, u64, u64Number, u8 } from "./integers.ts";
import { list } from "./list.ts";
import { map } from "./map.ts";
import { nilable, nullable } from "./nullable.ts";
import { quantity } from "./quantity.ts";
import { bool, float64, text } from "./scalars.ts";
import { named, optional } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { create, struct } from "./struct.ts";
import { lazy } from "./derive.ts";
import { time } from "./time.ts";

const again = <T>(schema: Schema<T>, hex: string, mode?: DecodeMode): string =>
  toHex(encodeCbor(schema, decodeCbor(schema, fromHex(hex), mode)));
const refuses = <T>(schema: Schema<T>, hex: string, message: string | RegExp, mode?: DecodeMode): void =>
  assert.throws(() => decodeCbor(schema, fromHex(hex), mode), { name: "DecodeError", message }, hex);

const inner = struct("inner", { a: u64, b: optional(text) });
const numbers = map(text, u64);

test("null in a map keeps what the previous pair left in the reference's variable", () => {
  assert.equal(again(numbers, "a2616105616bf6"), "a2616105616b05", "plain value");
  assert.equal(again(numbers, "a1616bf6"), "a1616b00", "first value is zero");
  refuses(numbers, "a2616105f606", /duplicate map key "a" at map element index 1/);
  assert.equal(again(numbers, "a2616105f606", "trusted"), "a1616106", "plain key, last one counts");
  assert.equal(again(map(text, quantity), "a261614105616bf6"), "a261614105616b40", "structs are cleared");
  assert.equal(again(map(text, nullable(u64)), "a2616105616bf6"), "a2616105616bf6", "pointers are cleared");
});

test("keys of generic maps are equal as Go values, however they are written", () => {
  const byHash = map(fixedHex("h4", 4), u8);
  refuses(byHash, "a244010203040184010203040a", /duplicate map key "01020304"/);
  const byStruct = map(inner, u8);
  refuses(byStruct, "a2a161610501a16141050a", /duplicate map key/);
  assert.equal(again(byStruct, "a2a161610501a16141050a", "trusted"), "a1a16161050a");
  assert.equal(again(byStruct, "a2a161611818 01a16161050a".replace(" ", "")), "a2a16161050aa16161181801");
});

test("unknown keys: integers wrap to int64, so two spellings can be duplicates", () => {
  const empty = struct("empty", {});
  assert.equal(again(empty, "a201000200", "rpc"), "a0");
  refuses(empty, "a21bffffffffffffffff002000", /duplicate map key "-1"/, "rpc");
  refuses(empty, "a11bffffffffffffffff00", /unknown field at map element index 0/);
  refuses(empty, "a13b800000000000000000", /cannot decode negative integer/, "rpc");
});

test("what is skipped must still be well formed", () => {
  const empty = struct("empty", {});
  for (const [value, message] of [
    ["9fff", /indefinite-length array isn't allowed/],
    ["c101", /CBOR tag isn't allowed/],
    ["fc", /invalid additional information 28/],
    ["f818", /invalid simple value 24/],
    ["ff", /unexpected "break" code/],
    ["9b7fffffffffffffff", /exceeded max number of elements/],
    ["ba00989681", /exceeded max number of key-value pairs/],
    ["5b7fffffffffffffff", /unexpected EOF/],
    ["820", /./],
  ] as const) {
    if (value.length % 2 === 0) refuses(empty, `a16178${value}`, message, "rpc");
  }
  // Invalid UTF-8 matters in keys and in texts that are read, not in what is skipped.
  assert.equal(again(empty, "a1617862c328", "rpc"), "a0");
  refuses(empty, "a162c32800", /invalid UTF-8/, "rpc");
  assert.equal(again(raw, "62c328"), "62c328");
});

test("nesting counts lists, maps and rows of tags", () => {
  const deep = (prefix: string, count: number): string => `${prefix.repeat(count)}00`;
  assert.equal(again(raw, deep("81", 32)), deep("81", 32));
  refuses(raw, deep("81", 33), /max nested level 32/);
  assert.equal(again(u64, deep("c5", 33), "trusted"), "00", "the first tag of a row is no level");
  refuses(u64, deep("c5", 34), /max nested level 32/, "trusted");
  interface Nest {
    readonly inner: Nest | null;
  }
  const nest: Schema<Nest> = struct("nest", { inner: nullable(lazy(() => nest)) });
  refuses(nest, `${"a165696e6e6572".repeat(40)}f6`, /max nested level 32/);
});

test("claimed counts never allocate", () => {
  refuses(list(u64), "9a0098968000", /unexpected EOF/);
  refuses(bytes, "5a7fffffff00", /unexpected EOF/);
  refuses(numbers, "ba0098968000", /unexpected EOF/);
  refuses(numbers, "ba7fffffff00", /unexpected EOF/, "trusted");
  refuses(numbers, "bb7fffffffffffffff00", /exceeded max number of key-value pairs/, "trusted");
});

test("strings, lists and maps of indefinite length in trusted mode", () => {
  assert.equal(again(text, "7f61616162ff", "trusted"), "626162");
  assert.equal(again(bytes, "5f41014102ff", "trusted"), "420102");
  assert.equal(again(list(u8), "9f0102ff", "trusted"), "820102");
  assert.equal(again(inner, "bf616105ff", "trusted"), "a1616105");
  refuses(text, "7f6161", /unexpected EOF/, "trusted");
  refuses(text, "7f4161ff", /wrong element type/, "trusted");
  refuses(text, "7f7f6161ffff", /chunk is not definite-length/, "trusted");
  refuses(raw, "bf01ff", /unexpected "break" code/, "trusted");
});

test("an error names its place", () => {
  const schema = struct("top", { runtimes: list(struct("r", { byName: map(text, inner) })) });
  assert.throws(
    () => decodeCbor(schema, fromHex("a16872756e74696d6573 82a0a16762795f6e616d65a16178a1616120".replace(" ", ""))),
    {
      name: "DecodeError",
      path: "runtimes[1].by_name[x].a",
      message:
        /^runtimes\[1\]\.by_name\[x\]\.a: cbor: integer -1 is out of range for u64|^runtimes\[1\]\.by_name\[x\]\.a: cbor: integer is out of range for u64/,
      module: "unknown",
      code: 1,
    },
  );
});

test("structs: zero values are shared, objects have all members in order", () => {
  assert.equal(decodeCbor(inner, fromHex("f6")), inner.zero());
  assert.deepEqual(Object.keys(decodeCbor(inner, fromHex("a161626178"))), ["a", "b"]);
  assert.deepEqual(create(inner, { b: "x" }), { a: 0n, b: "x" });
  assert.ok(Object.isFrozen(inner.zero()));
});

test("structs: members that differ in letter case only are a mistake of the schema", () => {
  assert.throws(() => struct("bad", { ab: u8, other: named("AB", u8) }), TypeError);
});

test("structs with more than 31 members", () => {
  const members = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, optional(u8)]));
  const schema = struct("wide", members);
  const value = Object.fromEntries(Object.keys(members).map((name, i) => [name, i + 1]));
  const encoded = encodeCbor(schema, value);
  assert.deepEqual(decodeCbor(schema, encoded), value);
  const doubled = `b829${toHex(encoded.subarray(2))}636d333901`;
  refuses(schema, doubled, /duplicate map key "m39"/);
});

test("nullable and nilable differ in what is left out", () => {
  const schema = struct("s", {
    p: optional(nullable(list(u8))),
    n: optional(nilable(list(u8))),
    l: nullable(list(u8)),
  });
  const hex = (value: Parameters<typeof create<typeof schema.members>>[1]): string =>
    toHex(encodeCbor(schema, create(schema, value)));
  assert.equal(hex({}), "a1616cf6");
  assert.equal(hex({ p: [], n: [], l: [] }), "a2616c80617080");
});

test("time: floats, texts and overflow as in Go", () => {
  const seconds = (hex: string): unknown => decodeCbor(time, fromHex(hex));
  assert.deepEqual(seconds("fbc000000000000000"), { seconds: -2n, nanos: 0 });
  assert.deepEqual(seconds("fbbff8000000000000"), { seconds: -2n, nanos: 500_000_000 });
  assert.deepEqual(seconds("1bffffffffffffffff"), { seconds: -1n, nanos: 0 });
  assert.equal(seconds("f97e00"), null);
  assert.equal(seconds("3b0000000e7791f6ff"), null, "Go's zero time");
  assert.deepEqual(seconds("74323031392d31312d32375431323a33383a30345a"), { seconds: 1_574_858_284n, nanos: 0 });
  refuses(time, "f5", /cannot decode primitives into time/);
  refuses(time, "4100", /cannot decode byte string into time/);
});

test("integers at their borders", () => {
  refuses(u8, "190100", /out of range for u8/);
  refuses(u16, "20", /out of range for u16/);
  refuses(i64, "1b8000000000000000", /out of range for i64/);
  refuses(i64, "3b8000000000000000", /out of range for i64/);
  refuses(u64Number, "1b0020000000000000", /out of range/);
  assert.equal(decodeCbor(u64Number, fromHex("1b001fffffffffffff")), Number.MAX_SAFE_INTEGER);
  assert.equal(decodeCbor(float64, fromHex("3b0020000000000000")), -(2 ** 53), "rounded once, to even");
  refuses(float64, "3b8000000000000000", /out of range/);
});

test("values without encoding are refused with EncodeError", () => {
  const refused = <T>(schema: Schema<T>, value: T): void => assert.throws(() => encodeCbor(schema, value), EncodeError);
  refused(u8, 256);
  refused(u8, 1.5);
  refused(u64, -1n);
  refused(u64, 2n ** 64n);
  refused(i64, 2n ** 63n);
  refused(quantity, -1n);
  refused(fixedHex("h4", 4), "0102");
  refused(fixedHex("h4", 4), "0102030G");
  refused(fixedHex("h4", 4), "010203\u0161\u0161");
  refused(fixedHex("h4", 4), "0102030A");
});

test("a failed encoding leaves nothing behind for the next one", () => {
  assert.throws(() => encodeCbor(list(u8), [1, 2, 3, 999]), EncodeError);
  assert.equal(toHex(encodeCbor(u8, 5)), "05");
});

test("results do not share bytes with each other or with the input", () => {
  const input = fromHex("43010203");
  const value = decodeCbor(bytes, input);
  input.fill(9);
  assert.deepEqual(value, Uint8Array.of(1, 2, 3));
  const [one, two] = [encodeCbor(bytes, value), encodeCbor(bytes, value)];
  one.fill(0);
  assert.equal(toHex(two), "43010203");
});

test("of an owned input only a byte string that is most of it, and long, is lent to the value", () => {
  const Item = struct("owned", { data: bytes, item: raw });
  const long = new Uint8Array(100_000).fill(7);
  const short = new Uint8Array(1000).fill(8);
  for (const [data, content, isDataLent, isItemLent] of [
    [long, short, true, false],
    [short, long, false, true],
    [short, short, false, false],
    [long, new Uint8Array(101_000), false, true],
  ] as const) {
    const value = { data, item: encodeCbor(bytes, content) };
    const input = encodeCbor(Item, value);
    const read = decodeOwnedCbor(Item, input, "rpc");
    assert.deepEqual(read, value);
    assert.equal(read.data.buffer === input.buffer, isDataLent);
    assert.equal(read.item?.buffer === input.buffer, isItemLent);
    assert.equal(Buffer.isBuffer(decodeOwnedCbor(Item, Buffer.from(input), "rpc").data), false);
  }
  assert.throws(() => decodeOwnedCbor(bytes, new Uint8Array(0), "rpc"), { name: "DecodeError", message: /EOF/ });
});

test("entry points: empty input, offsets, what follows the item", () => {
  assert.throws(() => decodeCbor(u8, new Uint8Array(0)), { message: "EOF" });
  assert.equal(decodeCbor(u8, new Uint8Array(0), "strict", { emptyIsZero: true }), 0);
  assert.deepEqual(decodeCborItem(text, fromHex("f5616100"), "strict", 1), { value: "a", end: 3 });
  assert.equal(decodeCbor(bool, fromHex("f5ffff")), true);
});

test("texts that no UTF-8 can hold are written with replacement characters", () => {
  assert.equal(toHex(encodeCbor(text, "a\ud800")), "6461efbfbd");
  assert.equal(toHex(encodeCbor(text, "\u{1f600}")), "64f09f9880");
});

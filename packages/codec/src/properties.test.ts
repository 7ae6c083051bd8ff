import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "@wadi/util";
import { arrayStruct } from "./array-struct.ts";
import { bytes, lenientBytes, raw } from "./bytes.ts";
import { decodeCbor, encodeCbor, encodeCborTo } from "./cbor.ts";
import { fixedBytes, fixedHex } from "./fixed-hex.ts";
import { duration, i64, i64Number, u16, u32, u64, u64Number, u8 } from "./integers.ts";
import { decodeJson, encodeJson, encodeJsonTo } from "./json.ts";
import { list } from "./list.ts";
import { map } from "./map.ts";
import { nullable } from "./nullable.ts";
import { quantity } from "./quantity.ts";
import { bool, float64, text } from "./scalars.ts";
import { optional } from "./schema.ts";
import type { Members, Schema } from "./schema.ts";
import { struct } from "./struct.ts";
import { time } from "./time.ts";

/** A schema and values of it. */
interface Sample {
  readonly schema: Schema<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

const sample = <T>(schema: Schema<T>, values: fc.Arbitrary<T>): Sample => ({ schema, values });
const big = (min: bigint, max: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min, max });
const byteArray = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((value) => Uint8Array.from(value));
const someBytes = fc.uint8Array({ maxLength: 40 }).map((value) => Uint8Array.from(value));
const hexText = (size: number): fc.Arbitrary<string> => byteArray(size).map(toHex);
const someText = fc.string({ unit: "grapheme", maxLength: 40 });
const someTime = big(-60_000_000_000n, 250_000_000_000n).map((seconds) => ({ seconds, nanos: 0 }));

const scalars: readonly Sample[] = [
  sample(bool, fc.boolean()),
  sample(u8, fc.nat(0xff)),
  sample(u16, fc.nat(0xffff)),
  sample(u32, fc.nat(0xffff_ffff)),
  sample(u64, big(0n, 2n ** 64n - 1n)),
  sample(i64, big(-(2n ** 63n), 2n ** 63n - 1n)),
  sample(u64Number, fc.maxSafeNat()),
  sample(i64Number, fc.maxSafeInteger()),
  sample(duration, big(-(2n ** 63n), 2n ** 63n - 1n)),
  sample(quantity, big(0n, 2n ** 200n)),
  sample(text, someText),
  sample(
    float64,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  ),
  sample(bytes, someBytes),
  sample(
    raw,
    fc.constantFrom("a0", "1864", "826161f5").map((hex) => fromHex(hex)),
  ),
  sample(lenientBytes("l5", 5), byteArray(5)),
  sample(fixedBytes("b8", 8), byteArray(8)),
  sample(fixedHex("h4", 4), hexText(4)),
  sample(fixedHex("h32", 32, { json: "base64" }), hexText(32)),
  sample(time, someTime),
];

const keys: readonly Sample[] = [
  sample(text, someText),
  sample(u64, big(0n, 2n ** 64n - 1n)),
  sample(i64, big(-(2n ** 63n), 2n ** 63n - 1n)),
  sample(i64Number, fc.integer()),
  sample(fixedHex("h32", 32, { json: "base64" }), hexText(32)),
];

function listOf({ schema, values }: Sample): Sample {
  return sample(list(schema), fc.array(values, { maxLength: 5 }));
}

function mapOf(key: Sample, value: Sample): Sample {
  const entries = fc.array(fc.tuple(key.values, value.values), { maxLength: 6 });
  return sample(
    map(key.schema, value.schema),
    entries.map((pairs) => new Map(pairs)),
  );
}

function structOf(members: readonly Sample[], tagged: readonly boolean[], asArray: boolean): Sample {
  // Names of different length, so that canonical order and declaration order differ.
  const names = members.map((_, i) => `m${"x".repeat((i * 5) % 7)}${i}`);
  const fields: Members = Object.fromEntries(
    members.map(({ schema }, i) => [names[i], tagged[i] ? optional(schema) : schema]),
  );
  const values = fc.record(Object.fromEntries(members.map((member, i) => [names[i] as string, member.values])), {
    noNullPrototype: true,
  });
  return sample(asArray ? arrayStruct("array", fields) : struct("struct", fields), values as fc.Arbitrary<never>);
}

const samples: fc.Arbitrary<Sample> = fc.letrec<{ any: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(...scalars),
    tie("any").map(listOf),
    tie("any").map(({ schema, values }) => sample(nullable(schema), fc.option(values))),
    fc.tuple(fc.constantFrom(...keys), tie("any")).map(([key, value]) => mapOf(key, value)),
    fc
      .tuple(fc.array(tie("any"), { maxLength: 6 }), fc.array(fc.boolean()), fc.boolean())
      .map(([members, tagged, asArray]) => structOf(members, tagged, asArray && members.length > 0)),
  ),
})).any;

/** A schema together with a value of it. */
const pairs = samples.chain(({ schema, values }) => values.map((value) => ({ schema, value })));

/** Checks one canonical item and returns its end. */
function walk(item: Uint8Array, start: number): number {
  const head = item[start] as number;
  const major = head >> 5;
  const info = head & 0x1f;
  assert.ok(info < 28, "no indefinite length");
  const size = info < 24 ? 0 : 2 ** (info - 24);
  let at = start + 1 + size;
  const digits = toHex(item.subarray(start + 1, at));
  const argument = size === 0 ? BigInt(info) : BigInt(`0x${digits}`);
  if (major === 7) return at;
  assert.ok(size === 0 || argument >= (size === 1 ? 24n : 1n << BigInt(4 * size)), "shortest head");
  assert.notEqual(major, 6, "no tag");
  if (major === 2 || major === 3) return at + Number(argument);
  let last: Uint8Array | undefined;
  for (let i = 0n; i < argument && major >= 4; i++) {
    const end = walk(item, at);
    if (major === 5) {
      const key = item.subarray(at, end);
      const order = last === undefined ? -1 : last.length - key.length || Buffer.compare(last, key);
      assert.ok(order < 0, "keys strictly increasing");
      last = key;
      at = walk(item, end);
    } else at = end;
  }
  return at;
}

test("CBOR: decode after encode gives the value, in every mode, and the encoding is canonical", () => {
  fc.assert(
    fc.property(pairs, ({ schema, value }) => {
      const encoded = encodeCbor(schema, value);
      assert.equal(walk(encoded, 0), encoded.length, "one item");
      for (const mode of ["strict", "rpc", "trusted"] as const) {
        const decoded = decodeCbor(schema, encoded, mode);
        assert.deepEqual(encodeCbor(schema, decoded), encoded, mode);
        assert.deepEqual(decoded, value, mode);
      }
    }),
    { numRuns: 400 },
  );
});

test("CBOR: a strict prefix of an encoding is always refused", () => {
  fc.assert(
    fc.property(pairs, fc.nat(), ({ schema, value }, cut) => {
      const encoded = encodeCbor(schema, value);
      const prefix = encoded.subarray(0, cut % encoded.length);
      assert.throws(() => decodeCbor(schema, prefix), { name: "DecodeError" });
    }),
    { numRuns: 300 },
  );
});

test("JSON: decode after encode gives the value, compact or indented", () => {
  fc.assert(
    fc.property(pairs, fc.constantFrom(0, 2), ({ schema, value }, indent) => {
      const printed = encodeJson(schema, value, { indent });
      assert.doesNotThrow(() => JSON.parse(printed), "valid JSON");
      const decoded = decodeJson(schema, printed);
      assert.equal(encodeJson(schema, decoded, { indent }), printed);
      assert.deepEqual(decoded, value);
    }),
    { numRuns: 400 },
  );
});

test("streamed output is the same bytes as output at once", () => {
  const collect = (write: (sink: (chunk: Uint8Array) => void) => void): string => {
    const chunks: Uint8Array[] = [];
    write((chunk) => chunks.push(chunk));
    return toHex(Buffer.concat(chunks));
  };
  const schema = list(struct("s", { name: text, data: bytes }));
  const value = Array.from({ length: 3000 }, (_, i) => ({ name: `name ${i}`, data: new Uint8Array(i % 100) }));
  value.push({ name: "large", data: new Uint8Array(200_000).fill(7) });
  assert.equal(
    collect((sink) => encodeCborTo(schema, value, sink)),
    toHex(encodeCbor(schema, value)),
  );
  assert.equal(
    collect((sink) => encodeJsonTo(schema, value, sink, { indent: 2 })),
    toHex(Buffer.from(encodeJson(schema, value, { indent: 2 }))),
  );
});

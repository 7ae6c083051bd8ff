// Decoders of @wadi/codec under fuzzing: every kind of schema in every mode, from CBOR and JSON.
import assert from "node:assert/strict";
import { bool, bytes, create, decodeCbor, decodeJson, decodeMessage, encodeCbor, encodeJson } from "@wadi/codec";
import {
  arrayStruct,
  duration,
  enumeration,
  fixedHex,
  float64,
  frameMessage,
  i64,
  jsonRaw,
  lenientBytes,
} from "@wadi/codec";
import {
  lazy,
  list,
  map,
  named,
  NO_FRAME,
  nullable,
  optional,
  parseQuantity,
  parseTime,
  probeVersion,
  quantity,
} from "@wadi/codec";
import { raw, splitFrames, struct, text, time, transform, u16, u32, u64, u8, versioned } from "@wadi/codec";
import type { DecodeMode, Schema, TypeOf } from "@wadi/codec";

import type { FuzzTarget } from "./target.ts";

const Key = fixedHex("key", 32, { json: "base64" });
const Short = fixedHex("short", 4, { validate: (hex) => (hex.startsWith("07") ? "malformed" : undefined) });
const Kind = enumeration("kind", "u8", { 0: "none", 1: "one", 200: "many" }, { unknown: (value) => `[${value}]` });

const Inner = struct("inner", { a: u64, b: optional(text) });
const Pair = arrayStruct("pair", { left: named("Left", u16), right: named("Right", nullable(bytes)) });

interface Tree {
  readonly value: bigint;
  readonly children: readonly Tree[];
}
const Tree: Schema<Tree> = struct("tree", { value: u64, children: optional(list(lazy(() => Tree))) });

const EntityV2 = struct("entity", { v: u16, id: Short, nodes: optional(list(Short)) });
const EntityV1 = struct("entity", { ...EntityV2.members, legacy: optional(bool) });
const Entity = versioned("entity", {
  versions: {
    1: transform(EntityV1, {
      decode: ({ id, nodes }): TypeOf<typeof EntityV2> => ({ v: 2, id, nodes }),
      encode: (value) => ({ ...value, legacy: false }),
    }),
    2: EntityV2,
  },
});

const Everything = struct("everything", {
  flag: optional(bool),
  small: optional(u8),
  word: u32,
  count: u64,
  offset: i64,
  wait: optional(duration),
  ratio: float64,
  name: text,
  blob: nullable(bytes),
  digest: optional(lenientBytes("digest", 8)),
  key: Key,
  short: Short,
  amount: optional(quantity),
  at: time,
  body: optional(raw),
  inline: optional(jsonRaw),
  kind: Kind,
  inner: Inner,
  maybe: optional(nullable(Inner)),
  pair: Pair,
  list: optional(list(Inner)),
  maybeList: nullable(list(u64)),
  byName: optional(map(text, Inner)),
  byNumber: optional(map(u64, quantity)),
  byKey: nullable(map(Short, text)),
  tree: optional(nullable(Tree)),
});

const sample = create(Everything, {
  flag: true,
  small: 7,
  word: 70_000,
  count: 2n ** 64n - 1n,
  offset: -300n,
  wait: 1_000_000_000n,
  ratio: 0.1,
  name: "w\u00e4di \u{1f600}",
  blob: Uint8Array.of(1, 2, 3),
  amount: 10n ** 30n,
  at: { seconds: 1_574_858_284n, nanos: 5, zoneMinutes: 90 },
  body: Uint8Array.of(0x82, 0xf6, 0xa0),
  inline: Buffer.from('{"a":[1,"x"]}'),
  kind: 1,
  inner: { a: 1n, b: "x" },
  maybe: { a: 2n, b: "" },
  pair: { left: 9, right: null },
  list: [{ a: 3n, b: "y" }],
  maybeList: [],
  byName: new Map([["n", { a: 4n, b: "" }]]),
  byNumber: new Map([[5n, 6n]]),
  byKey: new Map([["01020304", "z"]]),
  tree: { value: 1n, children: [{ value: 2n, children: [] }] },
});

const entity: TypeOf<typeof EntityV2> = { v: 2, id: "01020304", nodes: ["05060708"] };

interface Subject<T> {
  readonly name: string;
  readonly schema: Schema<T>;
  readonly samples: readonly T[];
}

function cborTarget<T>({ name, schema, samples }: Subject<T>, mode: DecodeMode): FuzzTarget {
  return {
    name: `codec/cbor/${name}/${mode}`,
    seeds: () => [...samples.map((value) => encodeCbor(schema, value)), Uint8Array.of(0xf6), Uint8Array.of(0xa0)],
    run: (input) => {
      const canonical = encodeCbor(schema, decodeCbor(schema, input, mode));
      assert.deepEqual(encodeCbor(schema, decodeCbor(schema, canonical)), canonical, "canonical after encoding again");
    },
  };
}

function jsonTarget<T>({ name, schema, samples }: Subject<T>): FuzzTarget {
  return {
    name: `codec/json/${name}`,
    seeds: () => samples.flatMap((value) => [0, 2].map((indent) => Buffer.from(encodeJson(schema, value, { indent })))),
    run: (input) => {
      const printed = encodeJson(schema, decodeJson(schema, input));
      assert.equal(encodeJson(schema, decodeJson(schema, printed)), printed, "the same after printing again");
    },
  };
}

const textSeeds = (texts: readonly string[]): Uint8Array[] => texts.map((value) => Buffer.from(value, "utf8"));
const asText = (input: Uint8Array): string => Buffer.from(input).toString("utf8");

const everything: Subject<TypeOf<typeof Everything>> = {
  name: "everything",
  schema: Everything,
  samples: [sample, Everything.zero()],
};
const entities: Subject<TypeOf<typeof EntityV2>> = { name: "versioned", schema: Entity, samples: [entity] };
const rawItem: Subject<Uint8Array | null> = { name: "raw", schema: raw, samples: [encodeCbor(Everything, sample)] };

export const targets: FuzzTarget[] = [
  ...(["strict", "rpc", "trusted"] as const).flatMap((mode) => [
    cborTarget(everything, mode),
    cborTarget(entities, mode),
    cborTarget(rawItem, mode),
  ]),
  jsonTarget(everything),
  jsonTarget({ name: "inline", schema: jsonRaw, samples: [Buffer.from('{"a": [1, "<\\u2028", {}], "b": null}')] }),
  {
    name: "codec/version",
    seeds: () => [encodeCbor(Entity, entity), Uint8Array.of(0xa0)],
    run: (input) => {
      probeVersion(input);
    },
  },
  {
    name: "codec/frames",
    seeds: () => [
      frameMessage(encodeCbor(Inner, { a: 1n, b: "x" })),
      Uint8Array.of(4, 0, 0, 0),
      Uint8Array.of(4, 0, 0, 1),
    ],
    run: (input) => {
      const half = input.length >> 1;
      const first = splitFrames(NO_FRAME, input.subarray(0, half));
      const second = splitFrames(first.state, input.subarray(half));
      assert.deepEqual(
        [...first.messages, ...second.messages],
        [...splitFrames(NO_FRAME, input).messages],
        "split anywhere",
      );
      for (const message of second.messages) decodeMessage(Inner, message);
    },
  },
  {
    name: "codec/quantity-text",
    seeds: () => textSeeds(["0", "123456", "0x1F", "0b11", "0o17", "017", "1_000", "-0", "+5"]),
    run: (input) => {
      const value = parseQuantity(asText(input));
      assert.equal(parseQuantity(value.toString()), value, "the same after printing");
    },
  },
  {
    name: "codec/time-text",
    seeds: () => textSeeds(["2019-11-27T12:38:04.999999999Z", "0001-01-01T00:00:00Z", "2020-02-29T23:59:59-23:59"]),
    run: (input) => {
      const value = parseTime(asText(input));
      assert.deepEqual(decodeCbor(time, encodeCbor(time, value))?.seconds, value?.seconds, "seconds survive CBOR");
    },
  },
];

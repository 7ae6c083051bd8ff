// What TypeScript infers from schemas; a wrong type fails to compile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayStruct } from "./array-struct.ts";
import { bytes, raw } from "./bytes.ts";
import { lazy } from "./derive.ts";
import { enumeration } from "./enumeration.ts";
import { fixedHex } from "./fixed-hex.ts";
import { u16, u64 } from "./integers.ts";
import { list } from "./list.ts";
import { map } from "./map.ts";
import { nullable } from "./nullable.ts";
import { text } from "./scalars.ts";
import { named, optional } from "./schema.ts";
import type { Schema, TypeOf } from "./schema.ts";
import { create, struct } from "./struct.ts";

declare const brand: unique symbol;
type Hash = string & { readonly [brand]: "Hash" };
type Color = 1 | 2;

const hash = fixedHex<Hash>("hash", 32);
const color = enumeration<Color>("color", "u8", { 1: "red", 2: "green" });
const pair = arrayStruct("pair", { left: named("Left", u16), right: hash });
const thing = struct("thing", {
  id: hash,
  color,
  note: optional(text),
  body: optional(raw),
  blob: nullable(bytes),
  pairs: optional(list(pair)),
  counts: optional(map(hash, u64)),
});

interface Tree {
  readonly children: readonly Tree[];
}
const tree: Schema<Tree> = struct("tree", { children: list(lazy(() => tree)) });

interface Expected {
  readonly id: Hash;
  readonly color: Color;
  readonly note: string;
  readonly body: Uint8Array | null;
  readonly blob: Uint8Array | null;
  readonly pairs: readonly { readonly left: number; readonly right: Hash }[];
  readonly counts: ReadonlyMap<Hash, bigint>;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };

test("struct types have readonly members with brands, and no member is optional", () => {
  const isExact: Equal<Flat<TypeOf<typeof thing>>, Flat<Expected>> = true;
  const isTree: Equal<TypeOf<typeof tree>, Tree> = true;
  assert.ok(isExact && isTree);
  const made = create(thing, { note: "x" });
  assert.equal(made.note, "x");
  // @ts-expect-error a member that does not exist
  assert.ok(create(thing, { nothing: 1 }));
  // @ts-expect-error a text without the brand
  assert.ok(create(thing, { id: "00" }));
});

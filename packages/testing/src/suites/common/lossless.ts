// Vector files with integers beyond 2^53: members named `json` and the like are kept as their
// text, so that the project's own reader sees what the file says.
import assert from "node:assert/strict";
import {
  decodeCbor,
  decodeJson,
  encodeCbor,
  encodeJson,
  jsonRaw,
  list,
  optional,
  struct,
  text,
  type Schema,
} from "@wadi/codec";
import { fromHex, toHex } from "@wadi/util";

import { vectorBytes } from "../../vectors.ts";

/** Reads a vector file with a schema; throws if it is not at hand. */
export function loadTyped<T>(name: string, schema: Schema<T>): T {
  const bytes = vectorBytes(name);
  if (bytes === undefined) throw new Error(`${name} is absent`);
  return decodeJson(schema, bytes);
}

const StructVector = struct("vector", {
  name: text,
  type: text,
  json: jsonRaw,
  cbor: text,
  sha512_256: optional(text),
  note: optional(text),
});

/** A value in its JSON and CBOR form. */
export interface StructCase {
  readonly name: string;
  readonly type: string;
  readonly json: Uint8Array;
  readonly cbor: Uint8Array;
  readonly hash: string;
  readonly note: string;
}

const StructFile = struct("vectors", { vectors: list(StructVector) });

export function structCases(name: string): StructCase[] {
  return loadTyped(name, StructFile).vectors.map((v) => ({
    name: v.name,
    type: v.type,
    json: v.json ?? new Uint8Array(0),
    cbor: fromHex(v.cbor),
    hash: v.sha512_256,
    note: v.note,
  }));
}

const token = /"(?:[^"\\]|\\.)*"|[^\s"]+/g;

/** JSON without white space and with one spelling of every string; numbers stay as they are written. */
export function compactJson(json: Uint8Array | string): string {
  const source = typeof json === "string" ? json : Buffer.from(json).toString("utf8");
  return (source.match(token) ?? []).map((t) => (t.startsWith('"') ? JSON.stringify(JSON.parse(t)) : t)).join("");
}

/** Asserts that the CBOR form is read and written as given and prints the JSON. */
export function assertCborFace<T>(schema: Schema<T>, json: Uint8Array, cbor: Uint8Array): T {
  const value = decodeCbor(schema, cbor);
  assert.equal(toHex(encodeCbor(schema, value)), toHex(cbor), "CBOR to CBOR");
  assert.equal(compactJson(encodeJson(schema, value)), compactJson(json), "CBOR to JSON");
  return value;
}

/** Asserts that both forms give the same value and that it is written as given. */
export function assertFaces<T>(schema: Schema<T>, json: Uint8Array, cbor: Uint8Array): T {
  const fromText = decodeJson(schema, json);
  assert.equal(toHex(encodeCbor(schema, fromText)), toHex(cbor), "JSON to CBOR");
  assert.equal(compactJson(encodeJson(schema, fromText)), compactJson(json), "JSON to JSON");
  return assertCborFace(schema, json, cbor);
}

// Booleans, texts, floats.
import type { CborReader } from "./cbor-reader.ts";
import { Kind } from "./cbor-rules.ts";
import { readInteger } from "./integers.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

export const bool: Schema<boolean> = defineSchema<boolean>({
  name: "bool",
  shape: { kind: "bool" },
  plain: true,
  zero: () => false,
  isEmpty: (value) => !value,
  isEmptyJson: (value) => !value,
  encode: (writer, value) => writer.bool(value),
  decode: (reader) => {
    const kind = reader.next();
    if (kind === Kind.null) return false;
    if (kind !== Kind.primitive || (reader.info !== 20 && reader.info !== 21)) throw reader.mismatch("bool");
    return reader.info === 21;
  },
  toJson: (writer, value) => writer.bool(value),
  fromJson: (reader) => !reader.takeNull() && reader.bool("bool"),
});

const utf8Length = (text: string): number => Buffer.byteLength(text);

/** Canonical order of text keys: shorter UTF-8 first, then bytewise. */
function compareTexts(a: string, b: string): number {
  return utf8Length(a) - utf8Length(b) || compareUtf8(a, b);
}

/** Bytewise order of two texts as UTF-8, which UTF-16 order is not beyond U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const highX = x >= 0xd800 && x < 0xe000;
    const highY = y >= 0xd800 && y < 0xe000;
    if (highX !== highY) return highX ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

export const text: Schema<string> = defineSchema<string>({
  name: "text",
  shape: { kind: "text" },
  plain: true,
  zero: () => "",
  isEmpty: (value) => value === "",
  isEmptyJson: (value) => value === "",
  encode: (writer, value) => writer.text(value),
  decode: (reader) => {
    const kind = reader.next();
    if (kind === Kind.text) return reader.textContent();
    if (kind === Kind.null) return "";
    throw reader.mismatch("text");
  },
  toJson: (writer, value) => writer.string(value),
  fromJson: (reader) => (reader.takeNull() ? "" : reader.string("text")),
  keyText: { format: (value) => value, parse: (value) => value },
  keyOrder: { compare: compareTexts },
});

function decodeFloat(reader: CborReader): number {
  const { offset } = reader;
  const kind = reader.next();
  const value = kind === Kind.primitive ? reader.floatContent() : undefined;
  if (value !== undefined) return value;
  // Everything else that a float takes is an integer, rounded once.
  reader.offset = offset;
  return Number(readInteger(reader, "float64") ?? 0n);
}

/** Go's float64. Integers are accepted; NaN and infinities have no JSON form. */
export const float64: Schema<number> = defineSchema<number>({
  name: "float64",
  shape: { kind: "float64" },
  plain: true,
  zero: () => 0,
  isEmpty: (value) => value === 0,
  isEmptyJson: (value) => value === 0,
  encode: (writer, value) => writer.float(value),
  decode: decodeFloat,
  toJson: (writer, value) => writer.float(value),
  fromJson: (reader) => {
    if (reader.takeNull()) return 0;
    const value = Number(reader.number("float64"));
    if (!Number.isFinite(value)) throw reader.fail("number out of range for float64");
    return value;
  },
});

// Byte strings. Where Go has a byte slice or array, a list of small integers is accepted as well.
import { toBase64 } from "@wadi/util";
import type { CborReader } from "./cbor-reader.ts";
import type { JsonReader } from "./json-reader.ts";
import { Kind } from "./cbor-rules.ts";
import { EncodeError } from "./errors.ts";
import { u8 } from "./integers.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { parseBase64 } from "./text-forms.ts";

const EMPTY = Object.freeze(new Uint8Array(0));

/** The elements of a list of small integers whose head was just read. */
function readByteList(reader: CborReader): Uint8Array {
  const count = reader.open();
  const out: number[] = [];
  for (let i = 0; reader.more(i, count); i++) out.push(u8.decode(reader));
  reader.close();
  return Uint8Array.from(out);
}

/**
 * Reads what Go takes for a byte slice; null gives undefined. `isList` tells apart the two forms
 * for types that check only one of them.
 */
export function readBytes(
  reader: CborReader,
  target: string,
): { readonly bytes: Uint8Array; readonly isList: boolean } | undefined {
  switch (reader.next()) {
    case Kind.bytes:
    case Kind.bignum:
    case Kind.negativeBignum:
      return { bytes: reader.byteContent(), isList: false };
    case Kind.list:
      return { bytes: readByteList(reader), isList: true };
    case Kind.null:
      return undefined;
    default:
      throw reader.mismatch(target);
  }
}

/** The first `size` elements of a list of small integers; further ones are skipped, missing ones zero. */
export function readFixedList(reader: CborReader, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const count = reader.open();
  for (let i = 0; reader.more(i, count); i++) {
    if (i < size) out[i] = u8.decode(reader);
    else reader.skip();
  }
  reader.close();
  return out;
}

/** `value` padded with zeros or cut to `size`. */
function fit(value: Uint8Array, size: number): Uint8Array {
  if (value.length === size) return value;
  const out = new Uint8Array(size);
  out.set(value.subarray(0, size));
  return out;
}

function jsonByteArray(reader: JsonReader, size = Infinity): number[] {
  const out: number[] = [];
  reader.openArray("bytes");
  for (let i = 0; reader.nextElement(i === 0); i++) {
    if (i < size) out.push(u8.fromJson(reader));
    else reader.skip();
  }
  return out;
}

const OPEN_ARRAY = 0x5b;

function jsonBytes(reader: JsonReader): Uint8Array {
  if (reader.peek() === OPEN_ARRAY) return Uint8Array.from(jsonByteArray(reader));
  return parseBase64(reader.string("bytes"));
}

/** Go's `[]byte` where nil and empty need not differ: null reads as empty, empty is written as `40`. */
export const bytes: Schema<Uint8Array> = defineSchema<Uint8Array>({
  name: "bytes",
  shape: { kind: "bytes" },
  nilable: true,
  zero: () => EMPTY,
  isEmpty: (value) => value.length === 0,
  isEmptyJson: (value) => value.length === 0,
  encode: (writer, value) => writer.byteString(value),
  decode: (reader) => {
    if (reader.next() === Kind.bytes) return reader.byteContent();
    if (reader.kind === Kind.list) return readByteList(reader);
    if (reader.kind === Kind.null) return EMPTY;
    if (reader.kind === Kind.bignum || reader.kind === Kind.negativeBignum) return reader.byteContent();
    throw reader.mismatch("bytes");
  },
  toJson: (writer, value) => writer.asciiString(toBase64(value)),
  fromJson: (reader) => (reader.takeNull() ? EMPTY : jsonBytes(reader)),
});

/**
 * An embedded CBOR item, verbatim. Absent is null and is written as `f6`, but an `f6` that
 * was read stays an item of one byte, because Go writes it back even where the member is optional.
 */
export const raw: Schema<Uint8Array | null> = defineSchema<Uint8Array | null>({
  name: "raw",
  shape: { kind: "raw" },
  nilable: true,
  zero: () => null,
  isEmpty: (value) => value === null || value.length === 0,
  isEmptyJson: (value) => value === null || value.length === 0,
  encode: (writer, value) => {
    if (value === null || value.length === 0) writer.null();
    else writer.raw(value);
  },
  decode: (reader) => {
    reader.passSelfDescribedTags();
    const start = reader.offset;
    reader.skip();
    return reader.content(start, reader.offset);
  },
  toJson: (writer, value) => {
    if (value === null) writer.null();
    else writer.asciiString(toBase64(value));
  },
  fromJson: (reader) => (reader.takeNull() ? null : jsonBytes(reader)),
});

/** A byte array of fixed size without marshallers: padded or cut when read; JSON is an array of numbers. */
export function lenientBytes(name: string, size: number): Schema<Uint8Array> {
  return defineSchema<Uint8Array>({
    name,
    shape: { kind: "lenientBytes", size },
    zero: () => new Uint8Array(size),
    encode: (writer, value) => writer.byteString(sized(name, value, size)),
    decode: (reader) => {
      if (reader.next() === Kind.list) return readFixedList(reader, size);
      if (reader.kind === Kind.null) return new Uint8Array(size);
      if (reader.kind === Kind.bytes || reader.kind >= Kind.bignum) return fit(reader.byteContent(), size);
      throw reader.mismatch(name);
    },
    toJson: (writer, value) => {
      writer.openArray();
      for (const byte of value) {
        writer.element();
        writer.integer(byte);
      }
      writer.closeArray();
    },
    fromJson: (reader) =>
      reader.takeNull() ? new Uint8Array(size) : fit(Uint8Array.from(jsonByteArray(reader, size)), size),
  });
}

/** `value`, which must have `size` bytes. */
export function sized(name: string, value: Uint8Array, size: number): Uint8Array {
  if (value.length !== size) throw new EncodeError(`${name} must have ${size} bytes, not ${value.length}`);
  return value;
}

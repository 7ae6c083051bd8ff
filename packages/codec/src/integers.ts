// Integer schemas. Go accepts simple values 0-19 and 32-255 for any integer, and null keeps zero.
import type { CborReader } from "./cbor-reader.ts";
import type { JsonReader } from "./json-reader.ts";
import { Kind } from "./cbor-rules.ts";
import { Head } from "./cbor-writer.ts";
import { EncodeError } from "./errors.ts";
import { hex } from "./native-text.ts";
import { defineSchema } from "./schema.ts";
import type { Schema, Shape } from "./schema.ts";
import { parseSigned, parseUnsigned } from "./text-forms.ts";

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const MAX_I64 = 0x7fff_ffff_ffff_ffffn;
const MIN_I64 = -MAX_I64 - 1n;

/** The argument of the last head as a bigint. */
function bigArgument(reader: CborReader): bigint {
  const { high } = reader;
  return high < 0x20_0000 ? BigInt(reader.argument) : (BigInt(high) << 32n) | BigInt(reader.low);
}

function bytesToBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}

/** Reads an integer between -2^63 and 2^64-1; undefined for null. */
export function readInteger(reader: CborReader, target: string): bigint | undefined {
  switch (reader.next()) {
    case Kind.uint:
      return bigArgument(reader);
    case Kind.negative:
      return inRange(reader, target, -1n - bigArgument(reader), MIN_I64, MAX_U64);
    case Kind.primitive:
      if (!reader.isSimpleInteger()) throw reader.mismatch(target);
      return BigInt(reader.low);
    case Kind.null:
      return undefined;
    case Kind.bignum:
      return inRange(reader, target, bytesToBigInt(reader.byteContent()), MIN_I64, MAX_U64);
    case Kind.negativeBignum:
      return inRange(reader, target, -1n - bytesToBigInt(reader.byteContent()), MIN_I64, MAX_U64);
    default:
      throw reader.mismatch(target);
  }
}

function inRange(reader: CborReader, target: string, value: bigint, min: bigint, max: bigint): bigint {
  if (value < min || value > max) throw reader.fail(`cbor: integer is out of range for ${target}`);
  return value;
}

/** The integers of one-byte heads, so that the most common ones need no allocation. */
const small: readonly bigint[] = Array.from({ length: 24 }, (_, i) => BigInt(i));

function readBigInt(reader: CborReader, target: string, min: bigint, max: bigint): bigint {
  const first = reader.bytes[reader.offset];
  if (first !== undefined && first < 24) {
    reader.offset++;
    return small[first] as bigint;
  }
  return inRange(reader, target, readInteger(reader, target) ?? 0n, min, max);
}

/** Reads an integer that fits the range, which must lie within the safe integers. */
function readNumber(reader: CborReader, target: string, min: number, max: number): number {
  // A one-byte head is by far the most common case.
  const first = reader.bytes[reader.offset];
  if (first !== undefined && first < 24) {
    reader.offset++;
    return first;
  }
  if (reader.next() === Kind.uint && reader.high < 0x20_0000) {
    const value = reader.argument;
    if (value <= max) return value;
  }
  return slowNumber(reader, target, min, max);
}

function slowNumber(reader: CborReader, target: string, min: number, max: number): number {
  const { kind } = reader;
  const value =
    kind === Kind.uint
      ? reader.argument
      : kind === Kind.negative
        ? -1 - reader.argument
        : kind === Kind.null
          ? 0
          : kind === Kind.primitive && reader.isSimpleInteger()
            ? reader.low
            : kind === Kind.bignum
              ? Number(bytesToBigInt(reader.byteContent()))
              : kind === Kind.negativeBignum
                ? -1 - Number(bytesToBigInt(reader.byteContent()))
                : undefined;
  if (value === undefined) throw reader.mismatch(target);
  if (!(value >= min && value <= max)) throw reader.fail(`cbor: integer ${value} is out of range for ${target}`);
  return value;
}

/** Reads the digits of a JSON integer; a fraction or exponent is refused even where the value is whole. */
function jsonInteger(reader: JsonReader, target: string, min: bigint, max: bigint): bigint {
  const text = reader.number(target);
  return min < 0n ? parseSigned(text, min, max) : parseUnsigned(text, max);
}

function jsonNumber(reader: JsonReader, target: string, min: number, max: number): number {
  const text = reader.number(target);
  if (text.length <= 15 && /^[0-9]+$/.test(text)) {
    const value = Number(text);
    if (value <= max) return value;
  }
  const [low, high] = [BigInt(min), BigInt(max)];
  return Number(min < 0 ? parseSigned(text, low, high) : parseUnsigned(text, high));
}

type NumberKind = "u8" | "u16" | "u32" | "u64Number" | "i64Number";
type BigIntKind = "u64" | "i64" | "duration";

/** Canonical order of integer keys: shorter encoding first, then unsigned before negative, then size. */
function compareIntegers(a: number | bigint, b: number | bigint): number {
  const rank = (n: number | bigint): number => {
    const argument = n < 0 ? -1n - BigInt(n) : BigInt(n);
    return argument < 24n ? 0 : argument < 0x100n ? 1 : argument < 0x10000n ? 2 : argument < 0x1_0000_0000n ? 3 : 4;
  };
  if (a >= 0 && b >= 0) return a < b ? -1 : a > b ? 1 : 0;
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
  return a > b ? -1 : a < b ? 1 : 0;
}

function numberSchema(name: NumberKind, min: number, max: number): Schema<number> {
  const keyParse = (text: string): number => {
    const [low, high] = [BigInt(min), BigInt(max)];
    return Number(min < 0 ? parseSigned(text, low, high) : parseUnsigned(text, high));
  };
  const shape: Shape = { kind: name };
  return defineSchema<number>({
    name,
    shape,
    plain: true,
    zero: () => 0,
    isEmpty: (value) => value === 0,
    isEmptyJson: (value) => value === 0,
    encode: (writer, value) => {
      if (!Number.isInteger(value) || value < min || value > max) throw new EncodeError(`${value} is not a ${name}`);
      if (value >= 0) writer.head(Head.uint, value);
      else writer.head(Head.negative, -1 - value);
    },
    decode: (reader) => readNumber(reader, name, min, max),
    toJson: (writer, value) => writer.integer(value),
    fromJson: (reader) => (reader.takeNull() ? 0 : jsonNumber(reader, name, min, max)),
    keyText: { format: String, parse: keyParse },
    keyOrder: { compare: compareIntegers },
  });
}

function bigIntSchema(name: BigIntKind, min: bigint, max: bigint): Schema<bigint> {
  return defineSchema<bigint>({
    name,
    shape: { kind: name },
    plain: true,
    zero: () => 0n,
    isEmpty: (value) => value === 0n,
    isEmptyJson: (value) => value === 0n,
    encode: (writer, value) => {
      if (value < min || value > max) throw new EncodeError(`${value} is not a ${name}`);
      if (value >= 0n) writer.bigHead(Head.uint, value);
      else writer.bigHead(Head.negative, -1n - value);
    },
    decode: (reader) => readBigInt(reader, name, min, max),
    toJson: (writer, value) => writer.integer(value),
    fromJson: (reader) => (reader.takeNull() ? 0n : jsonInteger(reader, name, min, max)),
    keyText: {
      format: String,
      parse: (text) => (min < 0n ? parseSigned(text, min, max) : parseUnsigned(text, max)),
    },
    keyOrder: { compare: compareIntegers },
  });
}

export const u8: Schema<number> = numberSchema("u8", 0, 0xff);
export const u16: Schema<number> = numberSchema("u16", 0, 0xffff);
export const u32: Schema<number> = numberSchema("u32", 0, 0xffff_ffff);
export const u64: Schema<bigint> = bigIntSchema("u64", 0n, MAX_U64);
export const i64: Schema<bigint> = bigIntSchema("i64", MIN_I64, MAX_I64);

/** A u64 that the protocol bounds below 2^53; more is refused, unlike in Go. */
export const u64Number: Schema<number> = numberSchema("u64Number", 0, Number.MAX_SAFE_INTEGER);
/** An i64 that the protocol bounds within 2^53; more is refused, unlike in Go. */
export const i64Number: Schema<number> = numberSchema("i64Number", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** Go's time.Duration: nanoseconds. */
export const duration: Schema<bigint> = bigIntSchema("duration", MIN_I64, MAX_I64);

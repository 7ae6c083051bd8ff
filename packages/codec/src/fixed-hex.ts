// Types of fixed size with a binary marshaller in Go: hashes, keys, namespaces, addresses.
import { readFixedList, sized } from "./bytes.ts";
import type { CborReader } from "./cbor-reader.ts";
import { Kind } from "./cbor-rules.ts";
import { DecodeError } from "./errors.ts";
import { hex } from "./native-text.ts";
import { defineSchema } from "./schema.ts";
import type { KeyText, Schema } from "./schema.ts";
import { base64ToHex, hexToBase64, isHex } from "./text-forms.ts";

/** How a fixed-size type is written as text. */
export interface FixedText {
  /** Text of the value, given and returned as lower-case hex. */
  format(hex: string): string;
  /** Hex of a text; throws DecodeError or another WadiError. */
  parse(text: string): string;
}

export interface FixedOptions {
  /** `hex` reads hex and, for old documents, base64; default hex. */
  readonly json?: "hex" | "base64" | FixedText;
  /** Message for a byte string of another length. */
  readonly wrongLength?: string;
  /**
   * What is wrong with a value, if anything. Go checks byte strings and text, but not the values
   * it reads from a list of integers.
   */
  readonly validate?: (hex: string) => string | undefined;
}

interface FixedKind {
  readonly size: number;
  readonly text: FixedText;
  /** Refuses hex of a wrong length or content. */
  check(hex: string, offset?: number): string;
}

function fixedKind(name: string, size: number, options: FixedOptions): FixedKind {
  const { json = "hex", validate } = options;
  const wrongLength = options.wrongLength ?? `${name} must have ${size} bytes`;
  const check = (hex: string, offset?: number): string => {
    const problem = hex.length === 2 * size ? validate?.(hex) : wrongLength;
    if (problem !== undefined) throw new DecodeError(problem, offset);
    return hex;
  };
  if (typeof json === "object") return { size, text: json, check };
  // Go tries base64 whenever hex fails for any reason, so the second form decides the error.
  const parseHex = (value: string): string => {
    const hex = value.length === 2 * size && isHex(value) ? value.toLowerCase() : undefined;
    return hex !== undefined && validate?.(hex) === undefined ? hex : check(base64ToHex(value));
  };
  const text: FixedText =
    json === "hex"
      ? { format: (hex) => hex, parse: parseHex }
      : { format: hexToBase64, parse: (value) => check(base64ToHex(value)) };
  return { size, text, check };
}

/** Reads lower-case hex; `undefined` for null. */
function decodeHex(reader: CborReader, name: string, kind: FixedKind): string | undefined {
  const { size, check } = kind;
  const { bytes, offset } = reader;
  if (size >= 24 && bytes[offset] === 0x58 && bytes[offset + 1] === size && offset + 2 + size <= bytes.length) {
    reader.offset = offset + 2 + size;
    return check(hex(bytes, offset + 2, reader.offset), offset);
  }
  switch (reader.next()) {
    case Kind.bytes:
    case Kind.bignum:
    case Kind.negativeBignum:
      return check(hex(reader.byteContent()), offset);
    case Kind.list:
      return hex(readFixedList(reader, size));
    case Kind.null:
      return undefined;
    default:
      throw reader.mismatch(name);
  }
}

const compareStrings = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A fixed-size type as lower-case hex text, so that `===`, map keys and `<` work on values.
 * Brand the type: `fixedHex<Hash>("hash", 32, {...})`.
 */
export function fixedHex<T extends string = string>(name: string, size: number, options: FixedOptions = {}): Schema<T> {
  const kind = fixedKind(name, size, options);
  const zero = "00".repeat(size) as T;
  const keyText: KeyText<T> = {
    format: (value) => kind.text.format(value),
    parse: (text) => kind.text.parse(text) as T,
  };
  return defineSchema<T>({
    name,
    shape: { kind: "fixedHex", size },
    zero: () => zero,
    encode: (writer, value) => writer.hexByteString(value, size),
    decode: (reader) => (decodeHex(reader, name, kind) as T | undefined) ?? zero,
    toJson: (writer, value) => writer.asciiString(kind.text.format(value)),
    fromJson: (reader) => (reader.takeNull() ? zero : (kind.text.parse(reader.string(name)) as T)),
    keyText,
    keyOrder: { compare: compareStrings },
  });
}

/** A fixed-size type as bytes, with the rules of `fixedHex`: for long values that are not compared, as signatures. */
export function fixedBytes(name: string, size: number, options: FixedOptions = {}): Schema<Uint8Array> {
  const kind = fixedKind(name, size, options);
  const toBytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
  const format = (value: Uint8Array): string => kind.text.format(hex(value));
  return defineSchema<Uint8Array>({
    name,
    shape: { kind: "fixedBytes", size },
    zero: () => new Uint8Array(size),
    encode: (writer, value) => writer.byteString(sized(name, value, size)),
    decode: (reader) => {
      const hex = decodeHex(reader, name, kind);
      return hex === undefined ? new Uint8Array(size) : toBytes(hex);
    },
    toJson: (writer, value) => writer.asciiString(format(value)),
    fromJson: (reader) => (reader.takeNull() ? new Uint8Array(size) : toBytes(kind.text.parse(reader.string(name)))),
    keyText: { format, parse: (text) => toBytes(kind.text.parse(text)) },
  });
}

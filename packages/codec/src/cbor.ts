// Entry points of the CBOR face.
import { CborReader } from "./cbor-reader.ts";
import { modeRules } from "./cbor-rules.ts";
import type { DecodeMode } from "./cbor-rules.ts";
import { CborWriter } from "./cbor-writer.ts";
import { asDecodeError, DecodeError } from "./errors.ts";
import { giveBack, OutputBuffer, takeBuffer } from "./output-buffer.ts";
import type { ByteSink } from "./output-buffer.ts";
import type { Schema } from "./schema.ts";

/** The canonical CBOR of a value. Throws EncodeError for a value that has none. */
export function encodeCbor<T>(schema: Schema<T>, value: T): Uint8Array {
  const out = takeBuffer();
  schema.encode(new CborWriter(out), value);
  const encoded = out.copy();
  giveBack(out);
  return encoded;
}

/** Like `encodeCbor`, in chunks of about 64 KiB as they come; the sink owns each chunk. */
export function encodeCborTo<T>(schema: Schema<T>, value: T, sink: ByteSink): void {
  const out = new OutputBuffer(sink);
  schema.encode(new CborWriter(out), value);
  out.flush();
}

export interface DecodeOptions {
  /** Empty input gives the zero value, as nil input does in Go; default: DecodeError "EOF". */
  readonly emptyIsZero?: boolean;
}

/** A value and where its encoding ends. */
export interface Decoded<T> {
  readonly value: T;
  /** Offset of the first byte after the item. */
  readonly end: number;
}

/**
 * Decodes the first item of `bytes`; what follows it is ignored, as in Go. The value holds no
 * reference to `bytes`. Throws DecodeError.
 */
export function decodeCbor<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  mode: DecodeMode = "strict",
  options: DecodeOptions = {},
): T {
  if (bytes.length === 0 && options.emptyIsZero) return schema.zero();
  return decodeCborItem(schema, bytes, mode).value;
}

/** Like `decodeCbor`, from `offset`, and tells where the item ends. */
export function decodeCborItem<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  mode: DecodeMode = "strict",
  offset = 0,
): Decoded<T> {
  if (offset >= bytes.length) throw new DecodeError("EOF", offset);
  const reader = new CborReader(bytes, modeRules[mode], offset);
  try {
    const value = schema.decode(reader);
    return { value, end: reader.offset };
  } catch (e) {
    throw asDecodeError(e);
  }
}

/**
 * Like `decodeCbor`, of bytes that the caller gives away: a byte string of 64 KiB or more that is more
 * than half of them is not copied, so that the value may hold a view of them.
 */
export function decodeOwnedCbor<T>(schema: Schema<T>, bytes: Uint8Array, mode: DecodeMode): T {
  if (bytes.length === 0) throw new DecodeError("EOF", 0);
  try {
    return schema.decode(new CborReader(bytes, modeRules[mode], 0, true));
  } catch (e) {
    throw asDecodeError(e);
  }
}

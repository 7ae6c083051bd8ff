// Reading framed snappy: everything that golang/snappy v0.0.4's reader accepts, nothing else.
// Reference: https://github.com/google/snappy/blob/main/framing_format.txt
import { WadiError } from "@wadi/util";
import { maskedCrc32c } from "./crc32c.ts";
import { ErrSnappyCorrupt } from "./errors.ts";
import { MAX_BLOCK_SIZE, MAX_ENCODED_BLOCK_SIZE } from "./snappy-encode.ts";
import { STREAM_IDENTIFIER } from "./snappy-writer.ts";
import { runToEnd } from "../steps.ts";

const CHECKSUM_SIZE = 4;

function corrupt(context: string, offset: number): WadiError {
  return new WadiError(ErrSnappyCorrupt, { context: `${context} at offset ${offset}`, data: { offset } });
}

/** The declared size of the block at `start` and where its elements begin. */
function readBlockHead(data: Uint8Array, start: number, end: number): { size: number; at: number } {
  let size = 0;
  // A block's size takes three groups of seven bits, but up to ten are read: padded zeros are valid.
  for (let i = 0; i < 10; i++) {
    const at = start + i;
    if (at >= end) break;
    const byte = data[at] as number;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      if (size > MAX_BLOCK_SIZE) throw corrupt(`block of ${size} bytes`, start);
      return { size, at: at + 1 };
    }
  }
  throw corrupt("malformed block size", start);
}

function littleEndian(data: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (data[at + i] as number);
  return value;
}

/** Decodes the elements of `data[start..end)` so that they fill `out[outStart..outEnd)` exactly. */
function readElements(
  data: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outStart: number,
  outEnd: number,
): void {
  let at = start;
  let to = outStart;
  while (at < end) {
    const tag = data[at] as number;
    const kind = tag & 3;
    if (kind === 0) {
      const wide = (tag >>> 2) - 59;
      const extra = wide > 0 ? wide : 0;
      if (at + 1 + extra > end) throw corrupt("truncated literal", at);
      const length = 1 + (extra === 0 ? tag >>> 2 : littleEndian(data, at + 1, extra));
      at += 1 + extra;
      if (length > outEnd - to || length > end - at) throw corrupt("literal out of bounds", at);
      out.set(data.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    const operands = kind === 3 ? 4 : kind;
    if (at + 1 + operands > end) throw corrupt("truncated copy", at);
    let length = 1 + (tag >>> 2);
    let offset = littleEndian(data, at + 1, operands);
    if (kind === 1) {
      length = 4 + ((tag >>> 2) & 7);
      offset |= (tag & 0xe0) << 3;
    }
    if (offset === 0 || offset > to - outStart || length > outEnd - to) throw corrupt("copy out of bounds", at);
    at += 1 + operands;
    // Byte by byte: source and target overlap when a short pattern repeats.
    for (const stop = to + length; to < stop; to++) out[to] = out[to - offset] as number;
  }
  if (to !== outEnd) throw corrupt("block shorter than declared", end);
}

/** Decodes one block of at most 65,536 bytes. */
export function decodeSnappyBlock(data: Uint8Array): Uint8Array {
  const { size, at } = readBlockHead(data, 0, data.length);
  const out = new Uint8Array(size);
  readElements(data, at, data.length, out, 0, size);
  return out;
}

interface Frame {
  readonly compressed: boolean;
  /** Where the elements (or the stored bytes) begin and end. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly checksum: number;
}

function isIdentifier(data: Uint8Array, at: number): boolean {
  return STREAM_IDENTIFIER.every((byte, i) => data[at + i] === byte);
}

/** Walks the frame headers; no block is decoded yet. */
function* frames(data: Uint8Array): Generator<Frame> {
  let at = 0;
  while (at < data.length) {
    if (at + 4 > data.length) throw corrupt("truncated frame header", at);
    const type = data[at] as number;
    const length = littleEndian(data, at + 1, 3);
    const start = at + 4;
    const end = start + length;
    if (at === 0 && type !== 0xff) throw corrupt("no stream identifier", at);
    if (length > CHECKSUM_SIZE + MAX_ENCODED_BLOCK_SIZE) throw corrupt("frame too long", at);
    if (end > data.length) throw corrupt("truncated frame", at);
    if (type === 0xff) {
      if (!isIdentifier(data, at)) throw corrupt("malformed stream identifier", at);
    } else if (type <= 1) {
      if (length < CHECKSUM_SIZE) throw corrupt("frame too short", at);
      const checksum = littleEndian(data, start, CHECKSUM_SIZE);
      const body = start + CHECKSUM_SIZE;
      if (type === 0) {
        const head = readBlockHead(data, body, end);
        yield { compressed: true, start: head.at, end, size: head.size, checksum };
      } else {
        if (end - body > MAX_BLOCK_SIZE) throw corrupt("stored block too long", at);
        yield { compressed: false, start: body, end, size: end - body, checksum };
      }
    } else if (type < 0x80) {
      throw corrupt(`unknown frame type ${type}`, at);
    }
    at = end;
  }
}

/**
 * Decodes a framed stream block by block and returns its content in a new array. Empty input is an
 * empty stream. At most `maxBytes` are allocated: a stream that declares more is refused before
 * anything is decoded. Throws ErrSnappyCorrupt.
 */
export function* decodeSnappySteps(data: Uint8Array, maxBytes: number): Generator<void, Uint8Array> {
  let total = 0;
  for (const frame of frames(data)) {
    total += frame.size;
    if (total > maxBytes) throw corrupt(`content larger than ${maxBytes} bytes`, frame.start);
  }
  const out = new Uint8Array(total);
  let to = 0;
  for (const { compressed, start, end, size, checksum } of frames(data)) {
    if (compressed) readElements(data, start, end, out, to, to + size);
    else out.set(data.subarray(start, end), to);
    if (maskedCrc32c(out, to, to + size) !== checksum) throw corrupt("checksum mismatch", start);
    to += size;
    yield;
  }
  return out;
}

/** `decodeSnappySteps` in one go. */
export function decodeSnappyFrames(data: Uint8Array, maxBytes: number): Uint8Array {
  return runToEnd(decodeSnappySteps(data, maxBytes));
}

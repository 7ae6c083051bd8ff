// Bytes packed in a string, one char (0..255) per byte. V8 keeps such strings with one byte per
// char, so a 32-byte hash costs 48 bytes of heap where a Uint8Array costs about 250; they compare
// with `===` and `<` in bytewise order and work as Map keys.

/** Bytes as a string of chars 0..255, in the same order. */
export type Packed = string;

// The conversions behind `Buffer.toString("latin1")` and `Buffer.write`, which work on any
// Uint8Array; the types of Node leave them out.
interface Latin1 {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  latin1Write(this: Uint8Array, text: string, offset: number, length: number): number;
}
const { latin1Slice, latin1Write } = Buffer.prototype as Buffer & Latin1;

/** Packs a copy of the bytes from `start` to `end`. */
export function packRange(bytes: Uint8Array, start: number, end: number): Packed {
  return end - start === 1 ? String.fromCharCode(bytes[start] as number) : latin1Slice.call(bytes, start, end);
}

/** Packs a copy of the bytes. */
export function pack(bytes: Uint8Array): Packed {
  return packRange(bytes, 0, bytes.length);
}

/** Writes the bytes at `offset`, where there must be room; returns the offset after them. */
export function writePacked(target: Uint8Array, packed: Packed, offset: number): number {
  const length = packed.length;
  // Up to there a loop is faster than crossing into native code.
  if (length > 16) {
    latin1Write.call(target, packed, offset, length);
  } else {
    for (let i = 0; i < length; i++) target[offset + i] = packed.charCodeAt(i);
  }
  return offset + length;
}

/** The bytes in a fresh array that the caller owns. */
export function unpack(packed: Packed): Uint8Array {
  const out = new Uint8Array(packed.length);
  writePacked(out, packed, 0);
  return out;
}

/** `unpack` for a value that may not be there. */
export function unpackValue(packed: Packed | undefined): Uint8Array | undefined {
  return packed === undefined ? undefined : unpack(packed);
}

/** Equality of content. */
export function equalsPacked(bytes: Uint8Array, packed: Packed): boolean {
  if (bytes.length !== packed.length) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== packed.charCodeAt(i)) return false;
  return true;
}

export function packedFromHex(hex: string): Packed {
  return Buffer.from(hex, "hex").toString("latin1");
}

export function packedToHex(packed: Packed): string {
  return Buffer.from(packed, "latin1").toString("hex");
}

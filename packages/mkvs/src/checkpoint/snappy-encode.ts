// The snappy block format, written exactly as golang/snappy v0.0.4 writes it: chunk digests
// cover the compressed bytes, so choosing another (valid) match would change a checkpoint's hash.

/** Most bytes that one block may hold. */
export const MAX_BLOCK_SIZE = 65536;

/** Longest encoding of a full block: golang/snappy's MaxEncodedLen(65536). */
export const MAX_ENCODED_BLOCK_SIZE = 76490;

/** Shorter inputs are one literal; the match search may read this far past a position. */
const INPUT_MARGIN = 15;
const MIN_MATCHED_SIZE = 2 + INPUT_MARGIN;
const MAX_TABLE_SIZE = 16384;
const HASH_MULTIPLIER = 0x1e35a7bd;

// Positions seen last per hash; positions of one block fit 16 bits. Encoding is synchronous
// and leaves nothing in the table that a later block reads, so one table serves all writers.
const table = new Uint16Array(MAX_TABLE_SIZE);

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function writeLiteral(out: Uint8Array, at: number, data: Uint8Array, start: number, end: number): number {
  const n = end - start - 1;
  if (n < 60) {
    out[at++] = n << 2;
  } else if (n < 256) {
    out[at++] = 0xf0;
    out[at++] = n;
  } else {
    out[at++] = 0xf4;
    out[at++] = n & 0xff;
    out[at++] = n >>> 8;
  }
  if (n < 32) {
    for (let i = start; i < end; i++) out[at++] = data[i] as number;
    return at;
  }
  out.set(data.subarray(start, end), at);
  return at + n + 1;
}

function writeCopy(out: Uint8Array, at: number, offset: number, length: number): number {
  let rest = length;
  // Lengths 65 to 67 go out as 60 and a short rest, so that the rest is at least 4.
  while (rest > 64) {
    const part = rest >= 68 ? 64 : 60;
    out[at++] = ((part - 1) << 2) | 2;
    out[at++] = offset & 0xff;
    out[at++] = offset >>> 8;
    rest -= part;
  }
  if (rest >= 12 || offset >= 2048) {
    out[at++] = ((rest - 1) << 2) | 2;
    out[at++] = offset & 0xff;
    out[at++] = offset >>> 8;
  } else {
    out[at++] = ((offset >>> 8) << 5) | ((rest - 4) << 2) | 1;
    out[at++] = offset & 0xff;
  }
  return at;
}

function load32(data: Uint8Array, at: number): number {
  return (
    (data[at] as number) |
    ((data[at + 1] as number) << 8) |
    ((data[at + 2] as number) << 16) |
    ((data[at + 3] as number) << 24)
  );
}

/** Writes the elements of `data[start..end)`, which has at least MIN_MATCHED_SIZE bytes. */
function writeMatched(out: Uint8Array, outAt: number, data: Uint8Array, start: number, end: number): number {
  const size = end - start;
  let shift = 32 - 8;
  let tableSize = 256;
  while (tableSize < MAX_TABLE_SIZE && tableSize < size) {
    shift--;
    tableSize *= 2;
  }
  table.fill(0, 0, tableSize);

  // All positions below are relative to `data`; table entries are relative to `start`.
  const limit = end - INPUT_MARGIN;
  let at = outAt;
  let emitted = start;
  let s = start + 1;
  let nextHash = Math.imul(load32(data, s), HASH_MULTIPLIER) >>> shift;
  for (;;) {
    // Look for a match, with growing steps through what does not compress.
    let skip = 32;
    let q = s;
    let candidate = 0;
    let word = 0;
    do {
      s = q;
      const step = skip >>> 5;
      q = s + step;
      skip += step;
      if (q > limit) return emitted < end ? writeLiteral(out, at, data, emitted, end) : at;
      candidate = start + (table[nextHash] as number);
      table[nextHash] = s - start;
      nextHash = Math.imul(load32(data, q), HASH_MULTIPLIER) >>> shift;
      word = load32(data, s);
    } while (word !== load32(data, candidate));

    at = writeLiteral(out, at, data, emitted, s);

    // Matches that follow one another need no literal between them.
    do {
      const base = s;
      s += 4;
      for (let c = candidate + 4; s < end && data[s] === data[c]; s++) c++;
      at = writeCopy(out, at, base - candidate, s - base);
      emitted = s;
      if (s >= limit) return emitted < end ? writeLiteral(out, at, data, emitted, end) : at;

      table[Math.imul(load32(data, s - 1), HASH_MULTIPLIER) >>> shift] = s - 1 - start;
      word = load32(data, s);
      const hash = Math.imul(word, HASH_MULTIPLIER) >>> shift;
      candidate = start + (table[hash] as number);
      table[hash] = s - start;
    } while (word === load32(data, candidate));

    s++;
    nextHash = Math.imul(load32(data, s), HASH_MULTIPLIER) >>> shift;
  }
}

/**
 * Writes the block of `data[start..end)` (at most 65,536 bytes) to `out` from `outAt` on and
 * returns the position after it. `out` must have MAX_ENCODED_BLOCK_SIZE bytes from there.
 */
export function writeSnappyBlock(out: Uint8Array, outAt: number, data: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size > MAX_BLOCK_SIZE) throw new RangeError("snappy block too large");
  const at = writeVarint(out, outAt, size);
  if (size === 0) return at;
  if (size < MIN_MATCHED_SIZE) return writeLiteral(out, at, data, start, end);
  return writeMatched(out, at, data, start, end);
}

/** The block of at most 65,536 bytes, as a new array. */
export function encodeSnappyBlock(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_ENCODED_BLOCK_SIZE);
  return out.slice(0, writeSnappyBlock(out, 0, data, 0, data.length));
}

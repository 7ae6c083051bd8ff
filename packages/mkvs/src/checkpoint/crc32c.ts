// CRC-32C (Castagnoli), the checksum of the framed snappy format, eight bytes per step
// ("slicing by 8"). `node:zlib` only has the IEEE polynomial.

const POLYNOMIAL = 0x82f63b78; // 0x1edc6f41 with its bits reversed

// tables[k * 256 + b] is the remainder of byte b followed by k zero bytes.
const tables = new Int32Array(8 * 256);
for (let b = 0; b < 256; b++) {
  let r = b;
  for (let bit = 0; bit < 8; bit++) r = r & 1 ? (r >>> 1) ^ POLYNOMIAL : r >>> 1;
  tables[b] = r;
}
for (let i = 256; i < tables.length; i++) {
  const previous = tables[i - 256] as number;
  tables[i] = (previous >>> 8) ^ (tables[previous & 0xff] as number);
}

/** Bytewise step; the casts here and below only silence the index check, indices are in bounds. */
function updateBytes(crc: number, data: Uint8Array, start: number, end: number): number {
  let r = crc;
  for (let i = start; i < end; i++) r = (r >>> 8) ^ (tables[(r ^ (data[i] as number)) & 0xff] as number);
  return r;
}

/** Two words per step; twice as fast as assembling the words from bytes. */
function updateWords(crc: number, words: Int32Array): number {
  const t = tables;
  let r = crc;
  for (let i = 0; i < words.length; i += 2) {
    const a = r ^ (words[i] as number);
    const b = words[i + 1] as number;
    r =
      (t[0x700 | (a & 0xff)] as number) ^
      (t[0x600 | ((a >>> 8) & 0xff)] as number) ^
      (t[0x500 | ((a >>> 16) & 0xff)] as number) ^
      (t[0x400 | (a >>> 24)] as number) ^
      (t[0x300 | (b & 0xff)] as number) ^
      (t[0x200 | ((b >>> 8) & 0xff)] as number) ^
      (t[0x100 | ((b >>> 16) & 0xff)] as number) ^
      (t[b >>> 24] as number);
  }
  return r;
}

const littleEndianHost = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** CRC-32C of `data[start..end)`, as an unsigned number. */
export function crc32c(data: Uint8Array, start = 0, end = data.length): number {
  const unaligned = (data.byteOffset + start) & 3;
  const from = unaligned === 0 ? start : start + 4 - unaligned;
  const pairs = littleEndianHost ? (end - from) >> 3 : 0;
  if (pairs <= 0) return ~updateBytes(-1, data, start, end) >>> 0;
  const words = new Int32Array(data.buffer, data.byteOffset + from, pairs * 2);
  const crc = updateWords(updateBytes(-1, data, start, from), words);
  return ~updateBytes(crc, data, from + pairs * 8, end) >>> 0;
}

/** The masked form that frames carry, so that a CRC over data with embedded CRCs stays useful. */
export function maskedCrc32c(data: Uint8Array, start = 0, end = data.length): number {
  const crc = crc32c(data, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

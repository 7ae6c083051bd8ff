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

/** CRC-32C of `data[start..end)`, as an unsigned number. */
export function crc32c(data: Uint8Array, start = 0, end = data.length): number {
  const t = tables;
  let crc = -1;
  let i = start;
  // The casts only silence the index check: all indices are masked to the tables' size.
  for (const last = end - 8; i <= last; i += 8) {
    const low =
      crc ^
      ((data[i] as number) |
        ((data[i + 1] as number) << 8) |
        ((data[i + 2] as number) << 16) |
        ((data[i + 3] as number) << 24));
    crc =
      (t[0x700 + (low & 0xff)] as number) ^
      (t[0x600 + ((low >>> 8) & 0xff)] as number) ^
      (t[0x500 + ((low >>> 16) & 0xff)] as number) ^
      (t[0x400 + (low >>> 24)] as number) ^
      (t[0x300 + (data[i + 4] as number)] as number) ^
      (t[0x200 + (data[i + 5] as number)] as number) ^
      (t[0x100 + (data[i + 6] as number)] as number) ^
      (t[data[i + 7] as number] as number);
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ (t[(crc ^ (data[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/** The masked form that frames carry, so that a CRC over data with embedded CRCs stays useful. */
export function maskedCrc32c(data: Uint8Array, start = 0, end = data.length): number {
  const crc = crc32c(data, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

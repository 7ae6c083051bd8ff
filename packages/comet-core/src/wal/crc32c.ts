// CRC-32C (Castagnoli), as the records of the write-ahead log carry it.

/** Reflected form of the polynomial 0x1EDC6F41. */
const POLYNOMIAL = 0x82f63b78;

/** Four tables, so that four bytes are taken in one step. */
const tables = makeTables();

function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const [t0, t1, t2, t3] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    t0[i] = crc;
  }
  const next = (crc: number): number => (crc >>> 8) ^ (t0[crc & 0xff] as number);
  for (let i = 0; i < 256; i++) {
    t1[i] = next(t0[i] as number);
    t2[i] = next(t1[i] as number);
    t3[i] = next(t2[i] as number);
  }
  return [t0, t1, t2, t3];
}

/** The checksum as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = tables;
  let crc = 0xffffffff;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    const b = bytes as { readonly [index: number]: number };
    crc ^= (b[i] as number) | ((b[i + 1] as number) << 8) | ((b[i + 2] as number) << 16) | ((b[i + 3] as number) << 24);
    crc =
      (t3[crc & 0xff] as number) ^
      (t2[(crc >>> 8) & 0xff] as number) ^
      (t1[(crc >>> 16) & 0xff] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

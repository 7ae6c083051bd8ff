// Canonical CBOR output (RFC 7049 section 3.9 as go/common/cbor configures it): shortest heads,
// shortest floats, no indefinite lengths, no tags. Key order is the schemas' duty.
import type { OutputBuffer } from "./output-buffer.ts";
import { float16Bits } from "./float16.ts";
import { EncodeError } from "./errors.ts";

const TWO_32 = 0x1_0000_0000;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const floatView = new DataView(new ArrayBuffer(8));

const NO_DIGIT = 16;
/** Value of each ASCII hex digit of lower case; NO_DIGIT for other characters. */
const hexDigits = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) hexDigits[digit.toString(16).charCodeAt(0)] = digit;

/** Major types, shifted into the head byte. */
export const Head = { uint: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, list: 0x80, map: 0xa0 } as const;

export class CborWriter {
  readonly out: OutputBuffer;

  constructor(out: OutputBuffer) {
    this.out = out;
  }

  /** A head with an argument below 2^53. */
  head(type: number, argument: number): void {
    const { out } = this;
    out.reserve(9);
    const { bytes } = out;
    if (argument < 24) {
      bytes[out.length++] = type | argument;
    } else if (argument < 0x100) {
      bytes[out.length++] = type | 24;
      bytes[out.length++] = argument;
    } else if (argument < 0x10000) {
      bytes[out.length++] = type | 25;
      bytes[out.length++] = argument >>> 8;
      bytes[out.length++] = argument;
    } else if (argument < TWO_32) {
      bytes[out.length++] = type | 26;
      out.length = bytes.writeUInt32BE(argument, out.length);
    } else {
      bytes[out.length++] = type | 27;
      out.length = bytes.writeUInt32BE(Math.floor(argument / TWO_32), out.length);
      out.length = bytes.writeUInt32BE(argument % TWO_32, out.length);
    }
  }

  /** A head with a u64 argument. */
  bigHead(type: number, argument: bigint): void {
    if (argument <= 0x1f_ffff_ffff_ffffn) {
      this.head(type, Number(argument));
      return;
    }
    if (argument > MAX_U64) throw new EncodeError(`integer ${argument} does not fit in 64 bits`);
    const { out } = this;
    out.reserve(9);
    out.bytes[out.length++] = type | 27;
    out.length = out.bytes.writeBigUInt64BE(argument, out.length);
  }

  null(): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = 0xf6;
  }

  bool(value: boolean): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = value ? 0xf5 : 0xf4;
  }

  byteString(value: Uint8Array): void {
    this.head(Head.bytes, value.length);
    this.out.append(value);
  }

  /** A byte string given as `size` bytes of lower-case hex text. */
  hexByteString(hex: string, size: number): void {
    this.head(Head.bytes, size);
    const { out } = this;
    out.reserve(size);
    const { bytes, length } = out;
    let seen = hex.length === 2 * size ? 0 : NO_DIGIT;
    for (let i = 0; i < size; i++) {
      const high = hexDigits[hex.charCodeAt(2 * i)] ?? NO_DIGIT;
      const low = hexDigits[hex.charCodeAt(2 * i + 1)] ?? NO_DIGIT;
      seen |= high | low;
      bytes[length + i] = (high << 4) | low;
    }
    if (seen >= NO_DIGIT) throw new EncodeError(`not ${size} bytes of hex text: ${JSON.stringify(hex.slice(0, 80))}`);
    out.length = length + size;
  }

  /** Lone surrogates, which no UTF-8 can hold, are written as U+FFFD. */
  text(value: string): void {
    const { out } = this;
    const length = value.length;
    if (length <= 48) {
      this.head(Head.text, length);
      out.reserve(length);
      const { bytes, length: start } = out;
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code >= 0x80) break;
        bytes[start + i] = code;
      }
      if (i === length) {
        out.length = start + length;
        return;
      }
      out.length = start - (length < 24 ? 1 : 2);
    }
    const size = Buffer.byteLength(value);
    this.head(Head.text, size);
    out.reserve(size);
    out.length += out.bytes.write(value, out.length, "utf8");
  }

  /** An encoded item, verbatim. */
  raw(item: Uint8Array): void {
    this.out.append(item);
  }

  list(count: number): void {
    this.head(Head.list, count);
  }

  /** Opens a map of `count` pairs, which must follow in canonical order of their keys. */
  map(count: number): void {
    this.head(Head.map, count);
  }

  /** The shortest float that keeps the value; every NaN is `f97e00`. */
  float(value: number): void {
    const { out } = this;
    out.reserve(9);
    const half = float16Bits(value);
    if (half !== undefined) {
      out.bytes[out.length++] = 0xf9;
      out.length = out.bytes.writeUInt16BE(half, out.length);
    } else if (Math.fround(value) === value) {
      out.bytes[out.length++] = 0xfa;
      floatView.setFloat32(0, value);
      out.length = out.bytes.writeUInt32BE(floatView.getUint32(0), out.length);
    } else {
      out.bytes[out.length++] = 0xfb;
      out.length = out.bytes.writeDoubleBE(value, out.length);
    }
  }
}

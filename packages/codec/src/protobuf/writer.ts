// Writes from the end of a buffer towards its start: the length of a sub-message is known
// once its body is written, so one pass is enough. Callers write fields in descending order.
import { Buffer } from "node:buffer";
import { pooledBytes } from "@wadi/util";
import { bytesFromText } from "./text.ts";

const INITIAL_CAPACITY = 256;
const TWO_32 = 0x1_0000_0000;

/** Outputs up to this size are copied byte by byte: to make a view for a copy costs more. */
const COPIED_SIZE = 64;

export class ProtoWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_CAPACITY);
  /** Offset of the first byte written so far. */
  #at = INITIAL_CAPACITY;

  /** Bytes written so far. */
  get size(): number {
    return this.#buffer.length - this.#at;
  }

  /** Makes room for `size` bytes in front of those written; returns their offset. */
  #reserve(size: number): number {
    if (size > this.#at) {
      const written = this.size;
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, written + size));
      this.#buffer.copy(grown, grown.length - written, this.#at);
      this.#at = grown.length - written;
      this.#buffer = grown;
    }
    this.#at -= size;
    return this.#at;
  }

  /** An unsigned integer below 2^53. */
  varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    let at = this.#reserve(size);
    const buffer = this.#buffer;
    let rest = value;
    for (; rest >= TWO_32 / 2; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at] = rest;
  }

  /** A 64-bit integer of either sign; a negative one takes ten bytes. */
  varint64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    if (rest <= 0x1f_ffff_ffff_ffffn) {
      this.varint(Number(rest));
      return;
    }
    const groups: number[] = [];
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    groups.push(Number(rest));
    const at = this.#reserve(groups.length);
    this.#buffer.set(groups, at);
  }

  /** A signed integer of at most 53 bits, sign-extended to 64. */
  signed(value: number): void {
    if (value >= 0) this.varint(value);
    else this.varint64(BigInt(value));
  }

  sfixed64(value: bigint): void {
    const at = this.#reserve(8);
    this.#buffer.writeBigInt64LE(BigInt.asIntN(64, value), at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  bytes(bytes: Uint8Array): void {
    this.raw(bytes);
    this.varint(bytes.length);
  }

  /** The bytes of hex text, with their length in front; RangeError if the text is not hex. */
  hex(text: string): void {
    const size = text.length / 2;
    if (!Number.isInteger(size)) throw new RangeError("invalid hex text");
    const at = this.#reserve(size);
    if (this.#buffer.write(text, at, size, "hex") !== size) throw new RangeError("invalid hex text");
    this.varint(size);
  }

  text(text: string): void {
    this.bytes(bytesFromText(text));
  }

  tag(fieldNumber: number, wireType: number): void {
    this.varint(fieldNumber * 8 + wireType);
  }

  /** A copy of what was written; small ones are views of a pool (`pooledBytes`). */
  finish(): Uint8Array {
    const bytes = pooledBytes(this.size);
    if (bytes.length > COPIED_SIZE) bytes.set(this.#buffer.subarray(this.#at));
    else for (let i = 0; i < bytes.length; i++) bytes[i] = this.#buffer[this.#at + i] as number;
    return bytes;
  }

  /** A copy of what was written after the moment when `size` was `before`. */
  writtenSince(before: number): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(this.#at, this.#buffer.length - before));
  }

  /** Forgets what was written and keeps the buffer. */
  reset(): void {
    this.#at = this.#buffer.length;
  }

  get capacity(): number {
    return this.#buffer.length;
  }
}

/** A spare writer is not kept if it has grown beyond this. */
const SPARE_CAPACITY = 1 << 20;

let spare: ProtoWriter | undefined;

/**
 * The bytes that `write` produces. Most messages are small and a fresh buffer costs more than
 * filling it, so one writer is kept for the next call; a nested call makes its own.
 */
export function written(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = spare ?? new ProtoWriter();
  spare = undefined;
  write(writer);
  const bytes = writer.finish();
  if (writer.capacity <= SPARE_CAPACITY) {
    writer.reset();
    spare = writer;
  }
  return bytes;
}

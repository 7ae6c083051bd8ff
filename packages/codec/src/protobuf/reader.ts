// Reads protobuf as gogoproto's generated code does: varints of up to ten bytes with the bits
// above the target's width dropped, field numbers cut to 32 bits, unknown fields skipped
// (balanced groups too). A claimed length is compared with what is there before it is used.
import { Buffer } from "node:buffer";
import type { ErrorKind, WadiError } from "@wadi/util";
import {
  ErrIllegalTag,
  ErrIntegerRange,
  ErrInvalidGroup,
  ErrInvalidLength,
  ErrTruncated,
  ErrVarintOverflow,
  ErrWrongWireType,
  protoError,
} from "./errors.ts";
import { textFromBytes } from "./text.ts";

export const WireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const NO_BYTES = new Uint8Array(0);
const TWO_32 = 0x1_0000_0000;

/** A cursor over one input. `end` is the end of the message being read, never beyond the input. */
export class ProtoReader {
  /** A plain array: a Buffer's `slice` would share memory. */
  readonly #plain: Uint8Array;
  /** The same bytes for native conversions, which many messages do not need. */
  #buffer: Buffer | undefined;
  readonly #root: string;
  readonly #path: string[] = [];
  #field = "";
  /** Offset of the next byte. */
  at = 0;
  end: number;
  /** Field number and wire type of the last tag read. */
  fieldNumber = 0;
  wireType = 0;
  /** The last varint read, as two unsigned halves. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, root: string) {
    const isPlain = bytes.constructor === Uint8Array;
    this.#plain = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
    this.#root = root;
  }

  get #bytes(): Buffer {
    return (this.#buffer ??= Buffer.from(this.#plain.buffer, this.#plain.byteOffset, this.#plain.byteLength));
  }

  fail(kind: ErrorKind, detail?: string): WadiError {
    const path = [this.#root, ...this.#path, ...(this.#field === "" ? [] : [this.#field])];
    return protoError(kind, { path: path.join("."), offset: this.at }, detail);
  }

  /** Names the field that is read next, for errors. */
  setField(name: string): void {
    this.#field = name;
  }

  /** Reads a length and narrows the reader to it; returns the end to give back to `leave`. */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.at + length;
    this.#path.push(this.#field);
    this.#field = "";
    return outer;
  }

  leave(outer: number): void {
    this.end = outer;
    this.#field = this.#path.pop() ?? "";
  }

  /** Reads a varint into `low` and `high`; bits above 64 are dropped. */
  varint(): void {
    const bytes = this.#plain;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) throw this.fail(ErrTruncated);
      const byte = bytes[this.at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw this.fail(ErrVarintOverflow);
  }

  /** Reads a tag into `fieldNumber` and `wireType`. */
  tag(): void {
    this.#field = "";
    this.varint();
    this.wireType = this.low & 7;
    this.fieldNumber = (this.high << 29) | (this.low >>> 3);
    if (this.wireType === WireType.endGroup) throw this.fail(ErrInvalidGroup, "end group for non-group");
    if (this.fieldNumber <= 0) throw this.fail(ErrIllegalTag, `field number ${this.fieldNumber}`);
  }

  expect(wireType: number): void {
    if (this.wireType !== wireType) throw this.fail(ErrWrongWireType, `wire type ${this.wireType}`);
  }

  /** Reads the length of a length-prefixed value, which is then known to be there. */
  length(): number {
    this.varint();
    if (this.high >= 0x8000_0000) throw this.fail(ErrInvalidLength);
    const length = this.high * TWO_32 + this.low;
    if (length > this.end - this.at) throw this.fail(ErrTruncated, `length ${length}`);
    return length;
  }

  uint32(): number {
    this.varint();
    return this.low;
  }

  int32(): number {
    this.varint();
    return this.low | 0;
  }

  bool(): boolean {
    this.varint();
    return this.low !== 0 || this.high !== 0;
  }

  uint64(): bigint {
    this.varint();
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  int64(): bigint {
    this.varint();
    return (BigInt(this.high | 0) << 32n) | BigInt(this.low);
  }

  /** A signed 64-bit integer for a check of its range: beyond 2^53 only about the value. */
  int64Approximate(): number {
    this.varint();
    return (this.high | 0) * TWO_32 + this.low;
  }

  /** A signed 64-bit integer that the protocol bounds below 2^53. */
  int64Number(): number {
    this.varint();
    return this.#safe((this.high | 0) * TWO_32 + this.low);
  }

  uint64Number(): number {
    this.varint();
    return this.#safe(this.high * TWO_32 + this.low);
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) throw this.fail(ErrIntegerRange);
    return value;
  }

  sfixed64(): bigint {
    const at = this.#take(8);
    return this.#bytes.readBigInt64LE(at);
  }

  /** A copy of a length-prefixed value. */
  bytes(): Uint8Array {
    const at = this.#take(this.length());
    return at === this.at ? NO_BYTES : this.#plain.slice(at, this.at);
  }

  /** A length-prefixed value as lower-case hex text. */
  hex(): string {
    const at = this.#take(this.length());
    return this.#bytes.toString("hex", at, this.at);
  }

  text(): string {
    const at = this.#take(this.length());
    return textFromBytes(this.#plain.subarray(at, this.at));
  }

  /** Skips the value of the last tag; a group is skipped with all it holds, however deep. */
  skip(): void {
    let depth = 0;
    do {
      if (depth > 0) {
        if (this.at >= this.end) throw this.fail(ErrInvalidGroup, "group without end");
        this.varint();
        this.wireType = this.low & 7;
      }
      switch (this.wireType) {
        case WireType.varint:
          this.varint();
          break;
        case WireType.fixed64:
          this.#take(8);
          break;
        case WireType.bytes:
          this.#take(this.length());
          break;
        case WireType.startGroup:
          depth++;
          break;
        case WireType.endGroup:
          depth--;
          break;
        case WireType.fixed32:
          this.#take(4);
          break;
        default:
          throw this.fail(ErrIllegalTag, `wire type ${this.wireType}`);
      }
    } while (depth > 0);
  }

  #take(size: number): number {
    if (size > this.end - this.at) throw this.fail(ErrTruncated);
    const at = this.at;
    this.at += size;
    return at;
  }
}

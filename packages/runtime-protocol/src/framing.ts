// Messages on the stream: four bytes, big-endian, then so many bytes of CBOR.
import { WadiError } from "@wadi/util";
import { ErrMessageTooLarge } from "./errors.ts";

/** What this side reads at most, as the Go host. */
export const MAX_RECEIVE_BYTES = 64 * 1024 * 1024;
/** What this side writes at most: a Rust runtime ends silently when it gets more. */
export const MAX_SEND_BYTES = 32 * 1024 * 1024;

const HEADER_BYTES = 4;
/** Room taken for a message as soon as its length is known; more only as bytes arrive. */
const FIRST_ROOM = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** A message with its length before it. Throws ErrMessageTooLarge. */
export function frame(message: Uint8Array, maxBytes = MAX_SEND_BYTES): Uint8Array {
  const { length } = message;
  if (length > maxBytes) throw new WadiError(ErrMessageTooLarge, { context: `${length} bytes` });
  const framed = Buffer.allocUnsafe(HEADER_BYTES + length);
  framed.writeUInt32BE(length, 0);
  framed.set(message, HEADER_BYTES);
  return framed;
}

/**
 * Cuts a stream into messages, which are taken one by one so that the reader can stop between them.
 * Holds at most the last chunk and about twice the received part of one message.
 */
export class FrameReader {
  readonly #maxBytes: number;
  /** What was received and not looked at. */
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** Length of the message under way, -1 while its header is incomplete. */
  #length = -1;
  #header = 0;
  #headerBytes = 0;
  /** Received part of a message that did not come in one chunk. */
  #partial: Uint8Array = NOTHING;
  #filled = 0;

  constructor(maxBytes = MAX_RECEIVE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** True between messages, with nothing left to read. */
  get isAtBoundary(): boolean {
    return this.#at === this.#chunk.length && this.#length < 0 && this.#headerBytes === 0;
  }

  /** Adds received bytes, which must not change until they were read. */
  push(chunk: Uint8Array): void {
    const rest = this.#chunk.length - this.#at;
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /**
   * The next complete message, without its length; undefined if there is none. It may be a view of
   * a pushed chunk and is valid until the next call. Throws ErrMessageTooLarge.
   */
  next(): Uint8Array | undefined {
    if (this.#length < 0 && !this.#readHeader()) return undefined;
    const length = this.#length;
    const available = this.#chunk.length - this.#at;
    let message: Uint8Array;
    if (this.#filled === 0 && available >= length) {
      message = this.#chunk.subarray(this.#at, this.#at + length);
      this.#at += length;
    } else {
      this.#take(Math.min(available, length - this.#filled));
      if (this.#filled < length) return undefined;
      message = this.#partial.subarray(0, length);
      this.#partial = NOTHING;
      this.#filled = 0;
    }
    this.#length = -1;
    return message;
  }

  #readHeader(): boolean {
    while (this.#headerBytes < HEADER_BYTES) {
      const byte = this.#chunk[this.#at];
      if (byte === undefined) return false;
      this.#header = ((this.#header << 8) | byte) >>> 0;
      this.#headerBytes++;
      this.#at++;
    }
    const length = this.#header;
    if (length > this.#maxBytes) throw new WadiError(ErrMessageTooLarge, { context: `${length} bytes` });
    this.#length = length;
    this.#header = 0;
    this.#headerBytes = 0;
    return true;
  }

  #take(count: number): void {
    if (count === 0) return;
    const needed = this.#filled + count;
    if (needed > this.#partial.length) {
      const room = Math.min(this.#length, Math.max(FIRST_ROOM, needed, this.#partial.length * 2));
      const grown = Buffer.allocUnsafeSlow(room);
      grown.set(this.#partial.subarray(0, this.#filled));
      this.#partial = grown;
    }
    this.#partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#filled);
    this.#filled = needed;
    this.#at += count;
  }
}

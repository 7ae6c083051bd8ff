// The framed snappy format as golang/snappy v0.0.4's buffered writer produces it. Which bytes
// share a block depends on the sizes of the single writes, so those are part of the format here.
import { maskedCrc32c } from "./crc32c.ts";
import { MAX_BLOCK_SIZE, MAX_ENCODED_BLOCK_SIZE, writeSnappyBlock } from "./snappy-encode.ts";

/** Frame type 0xff with the stream's magic. */
export const STREAM_IDENTIFIER = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);

const FRAME_HEADER_SIZE = 8; // type, u24 length, u32 checksum
const MAX_ITEM_HEADER_SIZE = 5;
const NULL_ITEM = Uint8Array.of(0xf6);

/** Writes the head of a CBOR byte string of `length` bytes and returns the position after it. */
function writeBytesHead(out: Uint8Array, at: number, length: number): number {
  if (length < 24) {
    out[at++] = 0x40 | length;
  } else if (length < 0x100) {
    out[at++] = 0x58;
    out[at++] = length;
  } else if (length < 0x10000) {
    out[at++] = 0x59;
    out[at++] = length >>> 8;
    out[at++] = length & 0xff;
  } else {
    out[at++] = 0x5a;
    out[at++] = length >>> 24;
    out[at++] = (length >>> 16) & 0xff;
    out[at++] = (length >>> 8) & 0xff;
    out[at++] = length & 0xff;
  }
  return at;
}

function bytesHeadSize(length: number): number {
  return length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}

/**
 * Compresses a sequence of writes into frames. `sink` gets each frame in order, as a view that
 * is only valid during the call.
 */
export class SnappyFrameWriter {
  readonly #sink: (frame: Uint8Array) => void;
  readonly #buffer = new Uint8Array(MAX_BLOCK_SIZE);
  readonly #frame = new Uint8Array(FRAME_HEADER_SIZE + MAX_ENCODED_BLOCK_SIZE);
  #buffered = 0;
  #started = false;

  constructor(sink: (frame: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** One write of `data`. */
  write(data: Uint8Array): void {
    let at = 0;
    while (data.length - at > MAX_BLOCK_SIZE - this.#buffered) {
      if (this.#buffered === 0) {
        // The reference sends what is larger than its buffer straight on, the tail included.
        this.#emit(data, at, data.length);
        return;
      }
      const free = MAX_BLOCK_SIZE - this.#buffered;
      this.#buffer.set(data.subarray(at, at + free), this.#buffered);
      this.#emit(this.#buffer, 0, MAX_BLOCK_SIZE);
      this.#buffered = 0;
      at += free;
    }
    this.#buffer.set(at === 0 ? data : data.subarray(at), this.#buffered);
    this.#buffered += data.length - at;
  }

  /** One write that is the CBOR byte string of `body`. */
  writeBytesItem(body: Uint8Array): void {
    const { length } = body;
    if (bytesHeadSize(length) + length <= MAX_BLOCK_SIZE - this.#buffered) {
      const at = writeBytesHead(this.#buffer, this.#buffered, length);
      this.#buffer.set(body, at);
      this.#buffered = at + length;
      return;
    }
    const item = new Uint8Array(MAX_ITEM_HEADER_SIZE + length);
    const at = writeBytesHead(item, 0, length);
    item.set(body, at);
    this.write(item.subarray(0, at + length));
  }

  /** One write that is the CBOR null. */
  writeNullItem(): void {
    this.write(NULL_ITEM);
  }

  /** Emits what is still buffered; the writer may be used for another stream afterwards. */
  finish(): void {
    if (this.#buffered > 0) this.#emit(this.#buffer, 0, this.#buffered);
    this.#buffered = 0;
    this.#started = false;
  }

  #emit(data: Uint8Array, from: number, to: number): void {
    if (!this.#started) {
      this.#started = true;
      this.#sink(STREAM_IDENTIFIER);
    }
    for (let start = from; start < to; start += MAX_BLOCK_SIZE) {
      this.#emitBlock(data, start, Math.min(start + MAX_BLOCK_SIZE, to));
    }
  }

  #emitBlock(data: Uint8Array, start: number, end: number): void {
    const frame = this.#frame;
    const size = end - start;
    let at = writeSnappyBlock(frame, FRAME_HEADER_SIZE, data, start, end);
    const stored = at - FRAME_HEADER_SIZE >= size - (size >>> 3);
    if (stored) {
      frame.set(data.subarray(start, end), FRAME_HEADER_SIZE);
      at = FRAME_HEADER_SIZE + size;
    }
    const length = at - 4;
    const checksum = maskedCrc32c(data, start, end);
    frame[0] = stored ? 1 : 0;
    frame[1] = length & 0xff;
    frame[2] = (length >>> 8) & 0xff;
    frame[3] = length >>> 16;
    frame[4] = checksum & 0xff;
    frame[5] = (checksum >>> 8) & 0xff;
    frame[6] = (checksum >>> 16) & 0xff;
    frame[7] = checksum >>> 24;
    this.#sink(frame.subarray(0, at));
  }
}

/** Receives encoded bytes; owns each chunk it is given. */
export type ByteSink = (chunk: Uint8Array) => void;

const FIRST_CAPACITY = 1024;
const CHUNK_CAPACITY = 64 * 1024;

/** Below this size a loop is faster than a native copy. */
const SHORT = 32;

/** The largest result that shares memory with others. */
const POOLED = 1024;

/**
 * Room for a result. Memory of its own costs a small array several times what its content does,
 * so small results come from the pool behind Node's Buffers (which no other thread can be given).
 */
function room(size: number): Uint8Array {
  if (size > POOLED) return new Uint8Array(size);
  const pooled = Buffer.allocUnsafe(size);
  return new Uint8Array(pooled.buffer, pooled.byteOffset, size);
}

/** One growing buffer under a writer; with a sink it is handed over in chunks instead of growing. */
export class OutputBuffer {
  bytes: Buffer;
  /** Bytes used; write at this index after `reserve`. */
  length = 0;
  readonly #sink: ByteSink | undefined;

  constructor(sink?: ByteSink) {
    this.#sink = sink;
    this.bytes = Buffer.allocUnsafeSlow(sink ? CHUNK_CAPACITY : FIRST_CAPACITY);
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.length + size > this.bytes.length) this.#makeRoom(size);
  }

  #makeRoom(size: number): void {
    if (this.#sink) {
      this.flush();
      if (size > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(size);
      return;
    }
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + size));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  append(chunk: Uint8Array): void {
    const size = chunk.length;
    this.reserve(size);
    const { bytes, length } = this;
    if (size > SHORT) bytes.set(chunk, length);
    else for (let i = 0; i < size; i++) bytes[length + i] = chunk[i] as number;
    this.length = length + size;
  }

  /** Hands what was written to the sink. */
  flush(): void {
    if (this.#sink === undefined || this.length === 0) return;
    this.#sink(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.allocUnsafeSlow(CHUNK_CAPACITY);
    this.length = 0;
  }

  /** A copy of what was written since the start. */
  copy(): Uint8Array {
    const { length } = this;
    const out = room(length);
    out.set(this.bytes.subarray(0, length));
    return out;
  }
}

/** A buffer above this size is not kept for the next value. */
const KEEP_CAPACITY = 1024 * 1024;

let spare: OutputBuffer | undefined;

/** An empty buffer; a conversion inside a value may take another one meanwhile. */
export function takeBuffer(): OutputBuffer {
  const out = spare ?? new OutputBuffer();
  spare = undefined;
  out.length = 0;
  return out;
}

/** Keeps a buffer, whose content was copied, for the next value. After an error it is just dropped. */
export function giveBack(out: OutputBuffer): void {
  if (out.bytes.length <= KEEP_CAPACITY) spare = out;
}

/** Receives encoded bytes; owns each chunk it is given. */
export type ByteSink = (chunk: Uint8Array) => void;

const FIRST_CAPACITY = 1024;
const CHUNK_CAPACITY = 64 * 1024;

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
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
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
    const out = new Uint8Array(this.length);
    out.set(this.bytes.subarray(0, this.length));
    return out;
  }
}

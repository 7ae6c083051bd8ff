// Where the frames of an HTTP/2 connection end (RFC 9113, sections 3.4 and 4.1), without a look at
// what is in them. Of bytes that are no HTTP/2 it makes frames too; the session refuses them.

/** Of the client's preface, which comes before the first frame. */
const PREFACE_BYTES = 24;
const HEADER_BYTES = 9;
const LENGTH_BYTES = 3;

export class FrameBoundaries {
  /** Bytes that are left of the frame's content, once its header is read. */
  #left = PREFACE_BYTES;
  /** How many of the frame's header were read, and its length so far. */
  #headerBytes = HEADER_BYTES;
  #length = 0;

  /** The end of a number of frames from `start`; the last one may go on in the next chunk. */
  after(frames: number, chunk: Uint8Array, start: number): number {
    let at = start;
    for (let begun = 0; at < chunk.length;) {
      if (this.#headerBytes === 0 && ++begun > frames) break;
      at = this.#headerBytes < HEADER_BYTES ? this.#readHeader(chunk, at) : this.#passContent(chunk, at);
    }
    return at;
  }

  #readHeader(chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + HEADER_BYTES - this.#headerBytes);
    for (let at = start; at < end; at++) {
      if (this.#headerBytes++ < LENGTH_BYTES) this.#length = this.#length * 256 + (chunk[at] ?? 0);
    }
    if (this.#headerBytes === HEADER_BYTES) this.#begin(this.#length);
    return end;
  }

  #passContent(chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + this.#left);
    this.#begin(this.#left - (end - start));
    return end;
  }

  /** Content of so many bytes is left; without any the next header follows. */
  #begin(left: number): void {
    this.#left = left;
    this.#length = 0;
    if (left === 0) this.#headerBytes = 0;
  }
}

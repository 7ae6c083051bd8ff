// Stored write logs: every entry is u16le key length ‖ key ‖ place of the record that holds the
// new value (0: the key was removed). Values are read from the tree's own leaves.
import { writePacked, packRange } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { ID_SIZE, readId, writeId } from "./keys.ts";

const CHUNK_BYTES = 32_000;

/** Collects entries in chunks. */
export class LogEncoder {
  readonly chunks: Uint8Array[] = [];
  #buffer = new Uint8Array(0);
  #at = 0;

  add(key: Packed, id: number): void {
    const size = 2 + key.length + ID_SIZE;
    if (this.#at + size > this.#buffer.length) {
      this.finish();
      this.#buffer = new Uint8Array(Math.max(CHUNK_BYTES, size));
    }
    this.#buffer[this.#at] = key.length & 0xff;
    this.#buffer[this.#at + 1] = key.length >>> 8;
    this.#at = writeId(this.#buffer, id, writePacked(this.#buffer, key, this.#at + 2));
  }

  finish(): readonly Uint8Array[] {
    if (this.#at > 0) this.chunks.push(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
    this.#buffer = new Uint8Array(0);
    return this.chunks;
  }
}

export function* decodeLog(chunk: Uint8Array): Generator<[key: Packed, id: number]> {
  for (let at = 0; at < chunk.length;) {
    const end = at + 2 + ((chunk[at] as number) | ((chunk[at + 1] as number) << 8));
    yield [packRange(chunk, at + 2, end), readId(chunk, end)];
    at = end + ID_SIZE;
  }
}

// Lists of places, ascending, as differences in 7-bit groups (low group first). They are cut in
// chunks so that no store value grows large enough to need a long run of free pages.
import { assert } from "@wadi/util";

const CHUNK_BYTES = 32_000;
const MAX_NUMBER_BYTES = 7;

export function encodeIds(ids: readonly number[]): Uint8Array[] {
  const sorted = Float64Array.from(ids).sort();
  const chunks: Uint8Array[] = [];
  let buffer = new Uint8Array(CHUNK_BYTES + MAX_NUMBER_BYTES);
  let at = 0;
  let last = 0;
  const flush = (): void => {
    if (at > 0) chunks.push(buffer.subarray(0, at));
    buffer = new Uint8Array(CHUNK_BYTES + MAX_NUMBER_BYTES);
    at = 0;
    last = 0;
  };
  for (const id of sorted) {
    let difference = id - last;
    last = id;
    while (difference >= 0x80) {
      buffer[at++] = (difference % 0x80) | 0x80;
      difference = Math.floor(difference / 0x80);
    }
    buffer[at++] = difference;
    if (at >= CHUNK_BYTES) flush();
  }
  flush();
  return chunks;
}

export function* decodeIds(chunk: Uint8Array): Generator<number> {
  let last = 0;
  let value = 0;
  let scale = 1;
  for (const byte of chunk) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    last += value;
    yield last;
    value = 0;
    scale = 1;
  }
  assert(scale === 1, "place list is cut short");
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { FrameBoundaries } from "./frame-boundaries.ts";

const PREFACE_BYTES = 24;

/** A connection's bytes and the offset at which each frame ends. */
function connectionOf(lengths: readonly number[]): { bytes: Buffer; ends: readonly number[] } {
  const pieces = [Buffer.alloc(PREFACE_BYTES, 1)];
  const ends: number[] = [];
  let end = PREFACE_BYTES;
  for (const length of lengths) {
    const piece = Buffer.alloc(9 + length, 0xff);
    piece.writeUIntBE(length, 0, 3);
    pieces.push(piece);
    ends.push((end += piece.length));
  }
  return { bytes: Buffer.concat(pieces), ends };
}

test("whatever the chunks are, each step ends with a frame or its chunk", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(20), fc.nat(70_000)), { maxLength: 20 }),
      fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 65_536 }))),
      fc.integer({ min: 1, max: 4 }),
      (lengths, sizes, frames) => {
        const { bytes, ends } = connectionOf(lengths);
        const boundaries = new FrameBoundaries();
        for (let offset = 0; offset < bytes.length;) {
          const chunk = bytes.subarray(offset, offset + (sizes.next().value ?? 1));
          for (let at = 0; at < chunk.length;) {
            const passed = ends.filter((end) => end <= offset + at).length;
            // The rest of what an earlier step began comes before this step's frames.
            const isBetween = offset + at <= PREFACE_BYTES || ends.includes(offset + at);
            const last = ends[passed + frames - (isBetween ? 1 : 0)] ?? bytes.length;
            at = boundaries.after(frames, chunk, at);
            assert.equal(offset + at, Math.min(last, offset + chunk.length));
          }
          offset += chunk.length;
        }
      },
    ),
  );
});

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";

import { ManualTimers } from "@wadi/runtime-protocol/testing";
import { readBounded, WINDOW_BYTES, WINDOW_MS } from "./bounded-output.ts";

/** All that can be read without time going on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("output beyond the rate waits for the next window, and nothing is lost", async () => {
  const timers = new ManualTimers();
  const streams = [new PassThrough(), new PassThrough()];
  let bytes = 0;
  const lift = readBounded(streams, (chunk) => (bytes += chunk.length), timers);
  const piece = Buffer.alloc(16 * 1024);
  const pieces = (8 * WINDOW_BYTES) / piece.length;
  for (let i = 0; i < pieces; i++) streams[i % 2]?.write(piece);
  await settle();
  let before = 0;
  for (let window = 0; window < 4; window++) {
    assert.ok(bytes - before >= WINDOW_BYTES && bytes - before <= 2 * WINDOW_BYTES, `${bytes - before} bytes`);
    before = bytes;
    timers.advance(WINDOW_MS);
    await settle();
  }
  lift();
  await settle();
  assert.equal(bytes, 8 * WINDOW_BYTES);
  assert.equal(timers.waiting, 0);
});

test("little output passes at once", async () => {
  const timers = new ManualTimers();
  const stream = new PassThrough();
  let text = "";
  readBounded([stream], (chunk) => (text += Buffer.from(chunk).toString()), timers);
  for (const line of ["a\n", "b\n", "c\n"]) stream.write(line);
  await settle();
  assert.equal(text, "a\nb\nc\n");
  assert.equal(timers.waiting, 0);
});

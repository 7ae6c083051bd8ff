import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bytes } from "./bytes.ts";
import { encodeCbor } from "./cbor.ts";
import { EncodeError } from "./errors.ts";
import { decodeMessage, frameHeader, frameMessage, MAX_MESSAGE_BYTES, NO_FRAME, splitFrames } from "./frame.ts";
import type { FrameState } from "./frame.ts";

test("messages arrive whole however the stream is cut", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(12), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(frameMessage));
      const got: Uint8Array[] = [];
      let state: FrameState = NO_FRAME;
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = (cuts[i % cuts.length] ?? 0) + 1;
        const step = splitFrames(state, stream.subarray(at, at + size));
        state = step.state;
        got.push(...step.messages);
        at += size;
      }
      assert.deepEqual(
        got.map((m) => Uint8Array.from(m)),
        sent.map((m) => Uint8Array.from(m)),
      );
      assert.equal(state.received, 0);
    }),
  );
});

test("a length beyond 64 MiB is refused as soon as it is known", () => {
  assert.deepEqual(frameHeader(MAX_MESSAGE_BYTES), Uint8Array.of(4, 0, 0, 0));
  assert.throws(() => frameHeader(MAX_MESSAGE_BYTES + 1), EncodeError);
  assert.equal(splitFrames(NO_FRAME, Uint8Array.of(4, 0, 0, 0)).messages.length, 0);
  assert.throws(() => splitFrames(NO_FRAME, Uint8Array.of(4, 0, 0, 1)), { message: "codec: message too large" });
  assert.throws(() => splitFrames(NO_FRAME, Uint8Array.of(255, 255, 255, 255)), {
    message: "codec: message too large",
  });
});

test("bytes after the item are noticed only beyond what the reference buffers", () => {
  const item = encodeCbor(bytes, new Uint8Array(10));
  const withRest = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => item[i] ?? 0);
  assert.deepEqual(decodeMessage(bytes, withRest(512)), new Uint8Array(10));
  assert.throws(() => decodeMessage(bytes, withRest(513)), { message: "codec: message is malformed" });
  const large = encodeCbor(bytes, new Uint8Array(600));
  const padded = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => large[i] ?? 0);
  assert.equal(decodeMessage(bytes, padded(1536)).length, 600);
  assert.throws(() => decodeMessage(bytes, padded(1537)), { message: "codec: message is malformed" });
  assert.throws(() => decodeMessage(bytes, new Uint8Array(0)), { message: "EOF" });
});

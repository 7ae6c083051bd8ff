import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes, isError } from "@wadi/util";
import { ErrMessageTooLarge } from "./errors.ts";
import { frame, FrameReader, MAX_RECEIVE_BYTES } from "./framing.ts";
import { countItems } from "./item-count.ts";

function readAll(reader: FrameReader): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next())
    messages.push(Uint8Array.from(message));
  return messages;
}

test("messages survive any cutting of their stream", () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), pieces, (messages, lengths) => {
      const stream = concatBytes(...messages.map((message) => frame(message)));
      const reader = new FrameReader();
      const found: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + (lengths[i % lengths.length] as number);
        reader.push(stream.subarray(at, end));
        // Sometimes more arrives before anybody looks.
        if (i % 3 !== 0) found.push(...readAll(reader));
        at = end;
      }
      found.push(...readAll(reader));
      assert.deepEqual(found, messages);
      assert.ok(reader.isAtBoundary);
    }),
  );
});

test("a message above 1 MiB in many pieces", () => {
  const message = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * 7);
  const stream = frame(message);
  const reader = new FrameReader();
  for (let at = 0; at < stream.length; at += 65_536) {
    assert.equal(reader.next(), undefined);
    reader.push(stream.subarray(at, at + 65_536));
  }
  assert.deepEqual(reader.next(), Buffer.from(message));
});

test("lengths above the limit are refused at their fourth byte", () => {
  const reader = new FrameReader();
  reader.push(Uint8Array.of(0xff, 0xff, 0xff));
  assert.equal(reader.next(), undefined);
  assert.ok(!reader.isAtBoundary);
  reader.push(Uint8Array.of(0xff));
  assert.throws(
    () => reader.next(),
    (e) => isError(e, ErrMessageTooLarge),
  );
  const exact = new FrameReader(5);
  exact.push(Uint8Array.of(0, 0, 0, 5));
  assert.equal(exact.next(), undefined);
  assert.throws(
    () => frame(new Uint8Array(6), 5),
    (e) => isError(e, ErrMessageTooLarge),
  );
});

test("a long announced length costs no memory until bytes come", () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 100 }, () => {
    const reader = new FrameReader();
    reader.push(Uint8Array.of(MAX_RECEIVE_BYTES >>> 24, 0, 0, 0));
    assert.equal(reader.next(), undefined);
    reader.push(Uint8Array.of(1));
    assert.equal(reader.next(), undefined);
    return reader;
  });
  assert.equal(readers.length, 100);
  assert.ok(process.memoryUsage().arrayBuffers - before < 200 * 1024 * 1024);
});

test("items are counted up to a limit without knowing their nesting", () => {
  const count = (hex: string, limit = 1000): number => countItems(Buffer.from(hex, "hex"), limit);
  assert.equal(count("a1616101"), 3);
  assert.equal(count("8340404040"), 5);
  assert.equal(count("5803010203"), 1);
  assert.equal(count("1901f4"), 1);
  assert.equal(count("fb7ff0000000000000f6"), 2);
  assert.equal(count("5bffffffffffffffff00"), 1, "a string beyond the end");
  assert.equal(count("40".repeat(50), 9), 10);
  assert.equal(count(""), 0);
});

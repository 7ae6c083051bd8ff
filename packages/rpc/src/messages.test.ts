import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { MessageAssembler, MessageTooLong, PREFIX_BYTES, framed, prefixOf } from "./messages.ts";

const MAX_BYTES = 3_000_000;

test("messages are what was sent, in whatever pieces they come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(MAX_BYTES)), { maxLength: 5 }),
      fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 100_000 }))),
      (lengths, sizes) => {
        const payloads = lengths.map((length, i) => Buffer.alloc(length, `payload ${i}`));
        const body = Buffer.concat(payloads.map(framed));
        const assembler = new MessageAssembler(MAX_BYTES);
        const messages: Buffer[] = [];
        for (let at = 0; at < body.length;) {
          // Long bodies do not come in bytes.
          const size = Math.max(sizes.next().value ?? 1, Math.floor(body.length / 1000));
          const piece = Buffer.from(body.subarray(at, at + size));
          messages.push(...assembler.write(piece));
          piece.fill(0xee);
          at += size;
        }
        assert.equal(assembler.isWithin, false);
        assert.equal(Buffer.compare(Buffer.concat(messages), body), 0);
        assert.deepEqual(
          messages.map(({ length }) => length - PREFIX_BYTES),
          lengths,
        );
      },
    ),
    { numRuns: 30 },
  );
});

test("a message beyond the limit is refused by its prefix, and a long one takes no room before it comes", () => {
  assert.throws(() => new MessageAssembler(10).write(framed(new Uint8Array(11))), MessageTooLong);
  const before = process.memoryUsage().arrayBuffers;
  const assemblers = Array.from({ length: 100 }, () => new MessageAssembler(MAX_BYTES));
  for (const assembler of assemblers) {
    assert.deepEqual(assembler.write(prefixOf(MAX_BYTES)), []);
    assert.equal(assembler.isWithin, true);
  }
  assert.ok(process.memoryUsage().arrayBuffers < before + MAX_BYTES);
});

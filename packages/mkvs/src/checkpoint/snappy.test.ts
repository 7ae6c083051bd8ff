import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concatBytes, isError, utf8 } from "@wadi/util";
import { maskedCrc32c } from "./crc32c.ts";
import { ErrSnappyCorrupt } from "./errors.ts";
import { decodeSnappyBlock, decodeSnappyFrames } from "./snappy-decode.ts";
import { encodeSnappyBlock } from "./snappy-encode.ts";
import { STREAM_IDENTIFIER, SnappyFrameWriter } from "./snappy-writer.ts";

const LIMIT = 1 << 22;

function framed(writes: readonly Uint8Array[]): Uint8Array {
  const out: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((frame) => out.push(frame.slice()));
  for (const write of writes) writer.write(write);
  writer.finish();
  return concatBytes(...out);
}

function frame(type: number, body: Uint8Array): Uint8Array {
  const { length } = body;
  return concatBytes(Uint8Array.of(type, length & 0xff, (length >>> 8) & 0xff, length >>> 16), body);
}

function stored(content: Uint8Array, checksum = maskedCrc32c(content)): Uint8Array {
  const sum = new Uint8Array(Uint32Array.of(checksum).buffer);
  return frame(1, concatBytes(sum, content));
}

function compressed(block: Uint8Array, content: Uint8Array): Uint8Array {
  return frame(0, concatBytes(new Uint8Array(Uint32Array.of(maskedCrc32c(content)).buffer), block));
}

/** Bytes with repetitions near and far, so that all kinds of elements occur. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 200 })), { maxLength: 20 })
  .map((parts) => concatBytes(...parts.flatMap(([piece, times]) => Array<Uint8Array>(times).fill(piece))));

const refused = (e: unknown): boolean => isError(e, ErrSnappyCorrupt);

test("blocks decode to what was encoded", () => {
  fc.assert(
    fc.property(compressible, (data) => {
      const block = data.subarray(0, 65536);
      assert.deepEqual(decodeSnappyBlock(encodeSnappyBlock(block)), block);
    }),
  );
});

test("streams decode to what was written, whatever the writes", () => {
  fc.assert(
    fc.property(fc.array(compressible, { maxLength: 8 }), (writes) => {
      assert.deepEqual(decodeSnappyFrames(framed(writes), LIMIT), concatBytes(...writes));
    }),
    { numRuns: 50 },
  );
});

test("a CBOR item is written like one write of its bytes", () => {
  for (const length of [0, 1, 23, 24, 255, 256, 65_530, 65_533, 65_535, 65_536, 70_000, 200_000]) {
    for (const before of [0, 1, 100, 65_536]) {
      const body = new Uint8Array(length).map((_, i) => (i * i) >>> 3);
      const head =
        length < 24
          ? [0x40 | length]
          : length < 256
            ? [0x58, length]
            : length < 65536
              ? [0x59, length >>> 8, length & 255]
              : [0x5a, 0, length >>> 16, (length >>> 8) & 255, length & 255];
      const lead = new Uint8Array(before);
      const out: Uint8Array[] = [];
      const writer = new SnappyFrameWriter((bytes) => out.push(bytes.slice()));
      writer.write(lead);
      writer.writeBytesItem(body);
      writer.writeNullItem();
      writer.finish();
      const expected = framed([lead, concatBytes(Uint8Array.from(head), body), Uint8Array.of(0xf6)]);
      assert.deepEqual(concatBytes(...out), expected, `${length} bytes after ${before}`);
    }
  }
});

test("a writer can be used for one stream after the other", () => {
  const out: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((bytes) => out.push(bytes.slice()));
  for (const text of ["first", "second"]) {
    out.length = 0;
    writer.write(utf8(text));
    writer.finish();
    assert.deepEqual(concatBytes(...out), framed([utf8(text)]));
  }
});

test("padding, skippable frames, repeated identifiers and empty blocks are accepted", () => {
  const content = utf8("content");
  const stream = concatBytes(
    STREAM_IDENTIFIER,
    frame(0xfe, new Uint8Array(5)),
    frame(0x80, new Uint8Array(3)),
    stored(content),
    STREAM_IDENTIFIER,
    stored(new Uint8Array(0)),
    compressed(Uint8Array.of(0), new Uint8Array(0)),
    // A size with as many padded zeros as a Go varint may have.
    compressed(Uint8Array.of(...new Uint8Array(9).fill(0x80), 0), new Uint8Array(0)),
    frame(0xfd, new Uint8Array(0)),
    // A four-byte offset, which the encoder never writes.
    compressed(Uint8Array.of(8, 0x0c, 1, 2, 3, 4, 0x0f, 4, 0, 0, 0), Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4)),
  );
  assert.deepEqual(decodeSnappyFrames(stream, LIMIT), concatBytes(content, Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4)));
  assert.deepEqual(decodeSnappyFrames(new Uint8Array(0), LIMIT), new Uint8Array(0));
});

test("everything else is refused", () => {
  const content = utf8("content");
  const block = encodeSnappyBlock(content);
  const bad: Record<string, Uint8Array> = {
    "no identifier": stored(content),
    "wrong identifier": frame(0xff, utf8("sNaPpX")),
    "short identifier": frame(0xff, utf8("sNaPp")),
    "unknown type": concatBytes(STREAM_IDENTIFIER, frame(0x02, new Uint8Array(4))),
    "unknown type 0x7f": concatBytes(STREAM_IDENTIFIER, frame(0x7f, new Uint8Array(4))),
    "frame without checksum": concatBytes(STREAM_IDENTIFIER, frame(1, new Uint8Array(3))),
    "truncated header": concatBytes(STREAM_IDENTIFIER, Uint8Array.of(1, 4)),
    "truncated frame": concatBytes(STREAM_IDENTIFIER, stored(content).subarray(0, 9)),
    "frame longer than any block": concatBytes(STREAM_IDENTIFIER, frame(0xfe, new Uint8Array(76_495))),
    "stored block too long": concatBytes(STREAM_IDENTIFIER, stored(new Uint8Array(65_537))),
    "wrong checksum": concatBytes(STREAM_IDENTIFIER, stored(content, 1)),
    "declared too long": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(0x81, 0x80, 4, 0), content)),
    "endless size": concatBytes(STREAM_IDENTIFIER, compressed(new Uint8Array(10).fill(0x80), content)),
    "size above 32 bits": concatBytes(
      STREAM_IDENTIFIER,
      compressed(new Uint8Array(5).fill(0x80).with(4, 0x10), content),
    ),
    "size of eleven groups": concatBytes(
      STREAM_IDENTIFIER,
      compressed(concatBytes(new Uint8Array(10).fill(0x80), Uint8Array.of(0)), new Uint8Array(0)),
    ),
    "shorter than declared": concatBytes(STREAM_IDENTIFIER, compressed(block.with(0, content.length + 1), content)),
    "longer than declared": concatBytes(STREAM_IDENTIFIER, compressed(block.with(0, content.length - 1), content)),
    "copy before the start": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(4, 0x01, 1), content)),
    "copy with offset 0": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(5, 0, 1, 0x01, 0), content)),
    "truncated copy": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(5, 0, 1, 0x02, 1), content)),
    "truncated literal": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(5, 0x10, 1), content)),
    "literal of 4 GiB": concatBytes(STREAM_IDENTIFIER, compressed(Uint8Array.of(5, 0xfc, 255, 255, 255, 255), content)),
  };
  for (const [name, stream] of Object.entries(bad)) {
    assert.throws(() => decodeSnappyFrames(stream, LIMIT), refused, name);
  }
});

test("a stream that declares more than the limit is refused before memory is taken", () => {
  const bomb = compressed(Uint8Array.of(0x80, 0x80, 4, 0), new Uint8Array(0));
  const stream = concatBytes(STREAM_IDENTIFIER, ...Array<Uint8Array>(1000).fill(bomb));
  assert.throws(() => decodeSnappyFrames(stream, 100_000), refused);
  const fine = framed([new Uint8Array(70_000)]);
  assert.throws(() => decodeSnappyFrames(fine, 69_999), refused);
  assert.equal(decodeSnappyFrames(fine, 70_000).length, 70_000);
});

test("every flipped bit is refused, but for the one that makes a frame skippable", () => {
  const content = concatBytes(utf8("some text, some text, some more text"), new Uint8Array(50));
  const stream = framed([content]);
  const skippable = STREAM_IDENTIFIER.length * 8 + 7;
  for (let bit = 0; bit < stream.length * 8; bit++) {
    const damaged = stream.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    if (bit === skippable) assert.equal(decodeSnappyFrames(damaged, LIMIT).length, 0);
    else assert.throws(() => decodeSnappyFrames(damaged, LIMIT), refused, `bit ${bit}`);
  }
});

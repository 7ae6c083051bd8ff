import assert from "node:assert/strict";
import { decodeSnappyBlock, decodeSnappyFrames, encodeSnappyBlock, SnappyFrameWriter } from "@wadi/mkvs";
import { concatBytes, toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { must } from "@wadi/util";
import { loadVector } from "../../vectors.ts";
import { hashHex, sha512_256 } from "./hash.ts";

interface Output {
  readonly pattern: string;
  readonly hash: string;
}
interface Block extends Output {
  readonly length: number;
  readonly encoded?: string;
  readonly encoded_length: number;
}
interface Framed extends Output {
  readonly length: number;
  readonly writes: readonly number[];
  readonly frames: readonly (readonly [number, number])[];
  readonly bytes?: string;
}
interface File {
  readonly blocks: readonly Block[];
  readonly frames: readonly Framed[];
  readonly tiny_framed_text: readonly (readonly [string, string])[];
}

function hashStream(length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let i = 0; i * 32 < length; i++) parts.push(sha512_256(utf8(`snappy-${i}`)));
  return concatBytes(...parts).subarray(0, length);
}

function pattern(name: string, length: number): Uint8Array {
  const hash = name === "hash" || name === "mixed" ? hashStream(length) : new Uint8Array(0);
  if (name === "hash") return hash;
  return Uint8Array.from({ length }, (_, j) => {
    switch (name) {
      case "zero":
        return 0;
      case "text":
        return 0x61 + (Math.floor(j / 7) % 26);
      case "square":
        return Math.floor((j * j) / 8) % 256;
      case "mixed":
        return Math.floor(j / 100) % 2 === 0 ? j % 50 : must(hash[j]);
      default:
        throw new Error(`unknown pattern ${name}`);
    }
  });
}

function frame(data: Uint8Array, writes: readonly number[]): Uint8Array {
  const out: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((bytes) => out.push(bytes.slice()));
  let at = 0;
  for (const size of writes) {
    writer.write(data.subarray(at, at + size));
    at += size;
  }
  writer.finish();
  return concatBytes(...out);
}

function frameList(stream: Uint8Array): [number, number][] {
  const list: [number, number][] = [];
  for (let at = 0; at < stream.length;) {
    const length = must(stream[at + 1]) | (must(stream[at + 2]) << 8) | (must(stream[at + 3]) << 16);
    list.push([must(stream[at]), length]);
    at += 4 + length;
  }
  return list;
}

function runBlock(block: Block): void {
  const data = pattern(block.pattern, block.length);
  const encoded = encodeSnappyBlock(data);
  if (block.encoded !== undefined) assert.equal(toHex(encoded), block.encoded);
  assert.equal(encoded.length, block.encoded_length);
  assert.equal(hashHex(encoded), block.hash);
  assert.deepEqual(decodeSnappyBlock(encoded), data);
}

function runFramed(framed: Framed): void {
  const length = framed.writes.reduce((sum, n) => sum + n, 0);
  const data = pattern(framed.pattern, length);
  const stream = frame(data, framed.writes);
  assert.deepEqual(frameList(stream), framed.frames);
  if (framed.bytes !== undefined) assert.equal(toHex(stream), framed.bytes);
  assert.equal(stream.length, framed.length);
  assert.equal(hashHex(stream), framed.hash);
  assert.deepEqual(decodeSnappyFrames(stream, length), data);
}

/** Block and framed output, bit for bit, and back. */
export const suite: Suite = {
  file: "mkvs/snappy",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/snappy");
    if (!file) return;
    for (const block of file.blocks) r.case(`block ${block.pattern} ${block.length}`, () => runBlock(block));
    for (const framed of file.frames) {
      r.case(`frames ${framed.pattern} ${framed.writes.join("+").slice(0, 60)}`, () => runFramed(framed));
    }
    for (const [text, expected] of file.tiny_framed_text) {
      r.case(`framed text ${JSON.stringify(text)}`, () => {
        const stream = frame(utf8(text), [text.length]);
        assert.equal(toHex(stream), expected);
        assert.deepEqual(decodeSnappyFrames(stream, text.length), utf8(text));
      });
    }
  },
};

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOf } from "@wadi/crypto";
import { isError, must, utf8 } from "@wadi/util";
import { openNodeDb } from "../db/node-db.ts";
import { ErrIncompleteRestore } from "../errors.ts";
import { ZERO_NAMESPACE } from "../root.ts";
import { arbitraryItems, entriesOf, treeOf } from "../testing/arbitrary-tree.ts";
import { checkpointOf } from "../testing/checkpoints.ts";
import { Tree } from "../tree.ts";
import {
  ErrChunkAlreadyRestored,
  ErrChunkCorrupted,
  ErrChunkProofVerificationFailed,
  ErrNoRestoreInProgress,
  ErrRestoreAlreadyInProgress,
} from "./errors.ts";
import { Restorer } from "./restorer.ts";
import type { ChunkTarget } from "./restorer.ts";
import { SnappyFrameWriter } from "./snappy-writer.ts";

const nowhere: ChunkTarget = { newChunkBatch: () => ({ putNode: () => {}, *commitSteps() {} }) };
const sample = treeOf(Array.from({ length: 30 }, (_, i) => [utf8(`key ${i}`), utf8(`value ${i}`)] as const));

test("restoring the chunks of a checkpoint in any order gives the tree", async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryItems,
      fc.constantFrom(1, 60, 400),
      fc.nat({ max: 13 }),
      fc.infiniteStream(fc.nat()),
      async (items, chunkSize, threads, random) => {
        const tree = treeOf(items);
        const { metadata, chunks } = checkpointOf(tree, { chunkSize, threads });
        await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
        db.startMultipart(tree.syncRoot.version);
        const restorer = new Restorer(db);
        restorer.startRestore(metadata);
        const order = [...chunks.keys()];
        while (order.length > 0) {
          const [index] = order.splice(must(random.next().value) % order.length, 1);
          const done = restorer.restoreChunk(must(index), must(chunks[must(index)]));
          assert.equal(done, order.length === 0);
          assert.deepEqual(
            restorer.pending,
            order.toSorted((a, b) => a - b),
          );
        }
        db.finalize([tree.syncRoot]);
        assert.deepEqual(entriesOf(new Tree(db, tree.syncRoot)), entriesOf(tree));
      },
    ),
    { numRuns: 60 },
  );
});

test("a manifest that leaves out a chunk cannot be finalized", async () => {
  const { metadata, chunks } = checkpointOf(sample, { chunkSize: 100, threads: 3 });
  for (const missing of chunks.keys()) {
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
    db.startMultipart(sample.syncRoot.version);
    const restorer = new Restorer(db);
    restorer.startRestore({ ...metadata, chunks: metadata.chunks.toSpliced(missing, 1) });
    const results = chunks.toSpliced(missing, 1).map((chunk, i) => restorer.restoreChunk(i, chunk));
    assert.equal(results.at(-1), true);
    assert.throws(
      () => db.finalize([sample.syncRoot]),
      (e) => isError(e, ErrIncompleteRestore),
      `without ${missing}`,
    );
  }
});

test("every flipped bit of a chunk is noticed and the restore goes on", () => {
  const { metadata, chunks } = checkpointOf(sample, { chunkSize: 100, threads: 0 });
  const restorer = new Restorer(nowhere);
  restorer.startRestore(metadata);
  const chunk = must(chunks[1]);
  for (let bit = 0; bit < chunk.length * 8; bit++) {
    const damaged = chunk.slice();
    damaged[bit >> 3] = must(damaged[bit >> 3]) ^ (1 << (bit & 7));
    assert.throws(
      () => restorer.restoreChunk(1, damaged),
      (e) => isError(e, ErrChunkCorrupted),
      `bit ${bit}`,
    );
  }
  for (const damaged of [chunk.slice(1), chunk.slice(0, -1), Uint8Array.from([...chunk, 0]), new Uint8Array(0)]) {
    assert.throws(
      () => restorer.restoreChunk(1, damaged),
      (e) => isError(e, ErrChunkCorrupted),
    );
  }
  assert.equal(restorer.restoreChunk(1, chunk), false);
});

function framed(content: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((frame) => pieces.push(frame.slice()));
  writer.write(content);
  writer.finish();
  return new Uint8Array(Buffer.concat(pieces));
}

test("a chunk that is listed but proves nothing ends the restore", () => {
  const other = treeOf([[utf8("other"), utf8("tree")]]);
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    "not snappy": utf8("garbage"),
    "no items": framed(new Uint8Array(0)),
    text: framed(Uint8Array.of(0x61, 0x61)),
    "list of integers": framed(Uint8Array.of(0x81, 0x02)),
    "indefinite bytes": framed(Uint8Array.of(0x5f, 0x41, 0x02, 0xff)),
    "truncated head": framed(Uint8Array.of(0x59, 0x01)),
    "length beyond the end": framed(Uint8Array.of(0x5b, 255, 255, 255, 255, 255, 255, 255, 255)),
    "reserved length": framed(Uint8Array.of(0x5c)),
    null: framed(Uint8Array.of(0xf6)),
    "another tree": must(checkpointOf(other, { chunkSize: 100, threads: 0 }).chunks[0]),
    "too large": framed(new Uint8Array(2000).fill(0xf6)),
  };
  for (const [name, chunk] of Object.entries(bad)) {
    const restorer = new Restorer(nowhere, { maxChunkBytes: 1000 });
    restorer.startRestore({ version: 1, root: sample.syncRoot, chunks: [hashOf(chunk), hashOf(chunk)] });
    assert.throws(
      () => restorer.restoreChunk(0, chunk),
      (e) => isError(e, ErrChunkProofVerificationFailed),
      name,
    );
    assert.equal(restorer.current, undefined, name);
    assert.throws(
      () => restorer.restoreChunk(0, chunk),
      (e) => isError(e, ErrNoRestoreInProgress),
      name,
    );
  }
});

test("calls out of order", () => {
  const { metadata, chunks } = checkpointOf(sample, { chunkSize: 100, threads: 0 });
  const restorer = new Restorer(nowhere);
  const first = must(chunks[0]);
  assert.throws(
    () => restorer.restoreChunk(0, first),
    (e) => isError(e, ErrNoRestoreInProgress),
  );
  restorer.abortRestore();
  restorer.startRestore(metadata);
  assert.throws(
    () => restorer.startRestore(metadata),
    (e) => isError(e, ErrRestoreAlreadyInProgress),
  );
  restorer.restoreChunk(0, first);
  for (const index of [0, -1, 0.5, chunks.length, 2 ** 53]) {
    assert.throws(
      () => restorer.restoreChunk(index, first),
      (e) => isError(e, ErrChunkAlreadyRestored),
      `${index}`,
    );
  }
  restorer.abortRestore();
  assert.equal(restorer.current, undefined);
  restorer.startRestore(metadata);
  assert.equal(restorer.pending.length, chunks.length);
});

test("chunks restored in slices at the same time", async () => {
  const { metadata, chunks } = checkpointOf(sample, { chunkSize: 100, threads: 0 });
  const restorer = new Restorer(nowhere);
  restorer.startRestore(metadata);
  const pace = { sliceMs: 0 };
  const results = await Promise.all(chunks.map((chunk, i) => restorer.restoreChunkInSlices(i, chunk, pace)));
  assert.equal(results.filter(Boolean).length, 1);
  assert.equal(restorer.current, undefined);

  restorer.startRestore(metadata);
  const twice = [0, 0].map((i) => restorer.restoreChunkInSlices(i, must(chunks[i]), pace));
  const settled = await Promise.allSettled(twice);
  assert.deepEqual(settled.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);

  const late = restorer.restoreChunkInSlices(1, must(chunks[1]), pace);
  restorer.abortRestore();
  await assert.rejects(late, (e) => isError(e, ErrNoRestoreInProgress));
});

test("errors of the database pass through and the chunk stays pending", () => {
  const { metadata, chunks } = checkpointOf(sample, { chunkSize: 100, threads: 0 });
  const failure = new Error("disk full");
  const restorer = new Restorer({
    newChunkBatch: () => ({
      putNode: () => {},
      *commitSteps() {
        yield;
        throw failure;
      },
    }),
  });
  restorer.startRestore(metadata);
  assert.throws(() => restorer.restoreChunk(0, must(chunks[0])), failure);
  assert.deepEqual(restorer.pending, [...chunks.keys()]);
});

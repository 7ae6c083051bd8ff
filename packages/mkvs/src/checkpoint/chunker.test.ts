import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOf } from "@wadi/crypto";
import { NodeIterator } from "../iterator.ts";
import { packedHash } from "../root.ts";
import { ProofBuilder } from "../sync/proof-builder.ts";
import { verifyProofItems } from "../sync/proof.ts";
import { arbitraryItems, hex, sorted, treeOf } from "../testing/arbitrary-tree.ts";
import { checkpointOf } from "../testing/checkpoints.ts";
import type { Tree } from "../tree.ts";
import { decodeSnappyFrames } from "./snappy-decode.ts";
import { SnappyFrameWriter } from "./snappy-writer.ts";

const chunkSize = fc.constantFrom(0, 1, 20, 60, 150, 400, 10_000);

/** Chunks as the reference describes them: proofs of what an iterator visits, one after another. */
function chunksByIterator(tree: Tree, limit: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const root = packedHash(tree.syncRoot);
  let offset: string | undefined = "";
  while (offset !== undefined) {
    const builder = new ProofBuilder(root, root, 0);
    let open = true;
    const iterator: NodeIterator = new NodeIterator(tree.store, () => tree.content, {
      onVisit: (node) => open && builder.include(node),
    });
    iterator.seekPacked(offset);
    while (iterator.valid && builder.sizeEstimate < limit) iterator.next();
    open = false;
    offset = undefined;
    if (iterator.valid) {
      iterator.next();
      if (iterator.valid) offset = iterator.packedKey;
    }
    const pieces: Uint8Array[] = [];
    const writer = new SnappyFrameWriter((frame) => pieces.push(frame.slice()));
    for (const entry of builder.build().entries) {
      if (entry === null) writer.writeNullItem();
      else writer.writeBytesItem(entry);
    }
    writer.finish();
    chunks.push(new Uint8Array(Buffer.concat(pieces)));
  }
  return chunks;
}

/** The proof entries of a chunk of this test; all are shorter than 256 bytes. */
function entriesOf(chunk: Uint8Array): (Uint8Array | null)[] {
  const content = decodeSnappyFrames(chunk, 1 << 20);
  const entries: (Uint8Array | null)[] = [];
  for (let at = 0; at < content.length;) {
    const head = content[at++] as number;
    if (head === 0xf6) {
      entries.push(null);
      continue;
    }
    const length = head < 0x58 ? head - 0x40 : (content[at++] as number);
    entries.push(content.subarray(at, at + length));
    at += length;
  }
  return entries;
}

test("chunks are the proofs that the iterator makes", () => {
  fc.assert(
    fc.property(arbitraryItems, chunkSize, (items, limit) => {
      const tree = treeOf(items);
      assert.deepEqual(checkpointOf(tree, { chunkSize: limit, threads: 0 }).chunks, chunksByIterator(tree, limit));
    }),
  );
});

test("one thread is the same as none", () => {
  fc.assert(
    fc.property(arbitraryItems, chunkSize, (items, limit) => {
      const tree = treeOf(items);
      const [none, one] = [0, 1].map((threads) => checkpointOf(tree, { chunkSize: limit, threads }));
      assert.deepEqual(one, none);
    }),
  );
});

test("every chunk is a proof for the whole tree, and together they show every item", () => {
  fc.assert(
    fc.property(arbitraryItems, chunkSize, fc.nat({ max: 15 }), (items, limit, threads) => {
      const tree = treeOf(items);
      const { metadata, chunks } = checkpointOf(tree, { chunkSize: limit, threads });
      const shown = new Map<string, string>();
      chunks.forEach((chunk, i) => {
        assert.equal(metadata.chunks[i], hashOf(chunk));
        const proof = { v: 0, entries: entriesOf(chunk) };
        for (const { key, value } of verifyProofItems(packedHash(tree.syncRoot), proof)) {
          shown.set(hex(Buffer.from(key, "latin1")), hex(Buffer.from(value, "latin1")));
        }
      });
      assert.deepEqual(
        [...shown].sort(([a], [b]) => Buffer.compare(Buffer.from(a, "hex"), Buffer.from(b, "hex"))),
        sorted(items),
      );
    }),
  );
});

test("the empty tree has one chunk that holds null", () => {
  for (const threads of [0, 1, 12]) {
    const { chunks } = checkpointOf(treeOf([]), { chunkSize: 100, threads });
    assert.deepEqual(chunks.map(entriesOf), [[null]]);
  }
});

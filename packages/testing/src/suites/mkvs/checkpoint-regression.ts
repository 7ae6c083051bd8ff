import assert from "node:assert/strict";
import { metadataHash } from "@wadi/mkvs";
import { fromBase64, must, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { checkpointOf } from "./checkpoints.ts";
import { treeOf } from "./trees.ts";

interface File {
  readonly items: readonly string[];
  readonly namespace: string;
  readonly root: string;
  readonly expected: readonly {
    readonly chunk_size: number;
    readonly chunks: number;
    readonly encoded_hash: string;
    readonly threads: number;
  }[];
  readonly numbers: { readonly chunk_size: number; readonly chunks: readonly string[]; readonly root: string };
  readonly oversized: { readonly chunk_size: number; readonly chunks: number };
}

function parse(item: string): [Uint8Array, Uint8Array] {
  const [key, value] = item.split(":");
  return [fromBase64(must(key)), fromBase64(must(value))];
}

function* numbers(): Generator<[Uint8Array, Uint8Array]> {
  for (let i = 0; i < 1000; i++) yield [utf8(String(i)), utf8(String(i))];
}

function* oversized(): Generator<[Uint8Array, Uint8Array]> {
  for (let i = 0; i < 100; i++) {
    const value = `let's generate a somewhat long key at ${i} so that we try to overflow chunks`;
    yield [utf8(`this is some key at index ${i} which is somewhat longish`), utf8(value)];
  }
}

/** Constants of the reference's own checkpoint tests. */
export const suite: Suite = {
  file: "mkvs/checkpoint-regression",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/checkpoint-regression");
    if (!file) return;
    const tree = treeOf(file.items.map(parse), { namespace: file.namespace, version: 1n });
    r.case("root", () => assert.equal(tree.syncRoot.hash, file.root));
    for (const { chunk_size: chunkSize, threads, chunks, encoded_hash } of file.expected) {
      r.case(`${threads} threads`, () => {
        const { metadata } = checkpointOf(tree, { chunkSize, threads });
        assert.equal(metadata.chunks.length, chunks);
        assert.equal(metadataHash(metadata), encoded_hash);
      });
    }
    r.case("numbers", () => {
      const counted = treeOf(numbers(), { version: 1n });
      assert.equal(counted.syncRoot.hash, file.numbers.root);
      const { metadata } = checkpointOf(counted, { chunkSize: file.numbers.chunk_size, threads: 0 });
      assert.deepEqual(metadata.chunks, file.numbers.chunks);
    });
    r.case("oversized", () => {
      const { metadata } = checkpointOf(treeOf(oversized()), { chunkSize: file.oversized.chunk_size, threads: 0 });
      assert.equal(metadata.chunks.length, file.oversized.chunks);
    });
  },
};

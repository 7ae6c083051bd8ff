// What the suites of the checkpoint files share.
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { CHECKPOINT_VERSION, ChunkMetadata, Metadata, chunkMetadata, createChunks, metadataHash } from "@wadi/mkvs";
import type { ChunkerOptions, Tree } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { concatBytes, fromBase64, must, toBase64, toHex } from "@wadi/util";
import type { Recorder } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { sha512_256 } from "./hash.ts";
import { checkpointItems, treeOf } from "./trees.ts";

export interface Checkpoint {
  readonly metadata: Metadata;
  readonly chunks: readonly Uint8Array[];
}

/** The checkpoint of a committed tree, in memory. */
export function checkpointOf(tree: Tree, options: ChunkerOptions): Checkpoint {
  const chunks: Uint8Array[] = [];
  const digests: Hash[] = [];
  let pieces: Uint8Array[] = [];
  for (const step of createChunks(tree.store, tree.content, options)) {
    if (step.kind === "bytes") {
      pieces.push(step.bytes);
      continue;
    }
    chunks.push(concatBytes(...pieces));
    pieces = [];
    digests.push(step.digest as Hash);
  }
  return { metadata: { version: CHECKPOINT_VERSION, root: tree.syncRoot, chunks: digests }, chunks };
}

interface File {
  readonly chunk_metadata_0: string;
  readonly chunk_size: number;
  readonly chunks: readonly {
    readonly bytes: string;
    readonly digest: string;
    readonly index: number;
    readonly size: number;
  }[];
  readonly encoded_hash: string;
  readonly metadata: string;
  readonly root: {
    readonly hash: string;
    readonly namespace: string;
    readonly root_type: number;
    readonly version: number;
  };
  readonly threads: number;
  readonly tree: { readonly live_keys: number; readonly n: number };
}

function countKeys(tree: Tree): number {
  const iterator = tree.iterate();
  let count = 0;
  for (iterator.rewind(); iterator.valid; iterator.next()) count++;
  return count;
}

/** A file with the full bytes of one checkpoint. */
export function runCheckpointFile(name: string, r: Recorder): void {
  const file = loadVector<File>(name);
  if (!file) return;
  const tree = treeOf(checkpointItems(file.tree.n), { version: BigInt(file.root.version) });
  const { metadata, chunks } = checkpointOf(tree, { chunkSize: file.chunk_size, threads: file.threads });
  r.case("tree", () => {
    assert.equal(countKeys(tree), file.tree.live_keys);
    const { hash, namespace, root_type: type, version } = file.root;
    assert.deepEqual(tree.syncRoot, { hash, namespace, type, version: BigInt(version) });
  });
  r.case("metadata", () => {
    assert.equal(toBase64(encodeCbor(Metadata, metadata)), file.metadata);
    assert.deepEqual(decodeCbor(Metadata, fromBase64(file.metadata)), metadata);
    assert.equal(metadataHash(metadata), file.encoded_hash);
  });
  r.case("metadata of chunk 0", () => {
    assert.equal(toBase64(encodeCbor(ChunkMetadata, chunkMetadata(metadata, 0))), file.chunk_metadata_0);
  });
  r.case("number of chunks", () => assert.equal(chunks.length, file.chunks.length));
  for (const expected of file.chunks) {
    r.case(`chunk ${expected.index}`, () => {
      const chunk = must(chunks[expected.index]);
      assert.equal(chunk.length, expected.size);
      assert.equal(toBase64(chunk), expected.bytes);
      assert.equal(toHex(sha512_256(chunk)), expected.digest);
      assert.equal(metadata.chunks[expected.index], expected.digest);
    });
  }
}

import assert from "node:assert/strict";
import { RootType, metadataHash } from "@wadi/mkvs";
import type { Tree } from "@wadi/mkvs";
import { concatBytes, must, toBase64, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { checkpointOf } from "./checkpoints.ts";
import type { Checkpoint } from "./checkpoints.ts";
import { sha512_256 } from "./hash.ts";
import { checkpointItems, treeOf } from "./trees.ts";

interface Run {
  readonly chunk_size: number;
  readonly threads: number;
  readonly encoded_hash: string;
}
interface File {
  readonly matrix_root: string;
  readonly matrix: readonly (Run & { readonly chunks: number; readonly total_bytes: number })[];
  readonly small: readonly (Run & {
    readonly n: number;
    readonly root: string;
    /** Digests, or digests with the bytes. */
    readonly chunks: readonly (string | readonly [string, string])[];
  })[];
  readonly large_values: {
    readonly root: string;
    readonly runs: readonly (Run & { readonly chunks: readonly (readonly [string, number])[] })[];
  };
}

const LARGE_LENGTHS = [10, 3000, 65500, 65536, 65537, 70000, 131072, 200001];

function largeValue(i: number): Uint8Array {
  const length = must(LARGE_LENGTHS[i % 8]);
  if (i % 3 === 0) return Uint8Array.from({ length }, (_, j) => 0x61 + (Math.floor(j / 7) % 26));
  if (i % 3 === 1) return Uint8Array.from({ length }, (_, j) => (j * j + i) % 256);
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, j) => sha512_256(utf8(`blk-${i}-${j}`)));
  return concatBytes(...blocks).subarray(0, length);
}

function* largeItems(): Generator<[Uint8Array, Uint8Array]> {
  for (let i = 0; i < 40; i++) {
    yield [sha512_256(utf8(`mkvs-cp-large-key-${i}`)).subarray(0, 8), largeValue(i)];
  }
}

function check(tree: Tree, run: Run, more: (checkpoint: Checkpoint) => void): void {
  const checkpoint = checkpointOf(tree, { chunkSize: run.chunk_size, threads: run.threads });
  more(checkpoint);
  assert.equal(metadataHash(checkpoint.metadata), run.encoded_hash);
}

const title = (what: string, { threads, chunk_size }: Run): string => `${what}, ${threads} threads, size ${chunk_size}`;

/** Metadata hashes and digests over many settings. */
export const suite: Suite = {
  file: "mkvs/checkpoint-digests",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/checkpoint-digests");
    if (!file) return;
    const matrix = treeOf(checkpointItems(5000), { version: 42n });
    r.case("matrix root", () => assert.equal(matrix.syncRoot.hash, file.matrix_root));
    for (const run of file.matrix) {
      r.case(title("matrix", run), () => {
        check(matrix, run, ({ chunks }) => {
          assert.equal(chunks.length, run.chunks);
          assert.equal(
            chunks.reduce((sum, chunk) => sum + chunk.length, 0),
            run.total_bytes,
          );
        });
      });
    }
    for (const run of file.small) {
      r.case(title(`${run.n} items`, run), () => {
        const tree = treeOf(checkpointItems(run.n), { version: 1n });
        assert.equal(tree.syncRoot.hash, run.root);
        check(tree, run, ({ metadata, chunks }) => {
          const actual = run.chunks.map((expected, i) =>
            typeof expected === "string" ? metadata.chunks[i] : [metadata.chunks[i], toBase64(must(chunks[i]))],
          );
          assert.deepEqual(actual, run.chunks);
          assert.equal(chunks.length, run.chunks.length);
        });
      });
    }
    const large = treeOf(largeItems(), { version: 3n, type: RootType.io });
    r.case("large values root", () => assert.equal(large.syncRoot.hash, file.large_values.root));
    for (const run of file.large_values.runs) {
      r.case(title("large values", run), () => {
        check(large, run, ({ metadata, chunks }) => {
          assert.deepEqual(
            chunks.map((chunk, i) => [metadata.chunks[i], chunk.length]),
            run.chunks,
          );
        });
      });
    }
  },
};

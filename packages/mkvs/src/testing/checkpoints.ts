import { concatBytes } from "@wadi/util";
import type { Hash } from "@wadi/types";
import { createChunks } from "../checkpoint/chunker.ts";
import type { ChunkerOptions } from "../checkpoint/chunker.ts";
import { CHECKPOINT_VERSION } from "../checkpoint/metadata.ts";
import type { Metadata } from "../checkpoint/metadata.ts";
import type { Tree } from "../tree.ts";

/** The checkpoint of a committed tree, in memory. */
export function checkpointOf(tree: Tree, options: ChunkerOptions): { metadata: Metadata; chunks: Uint8Array[] } {
  const chunks: Uint8Array[] = [];
  const digests: Hash[] = [];
  let pieces: Uint8Array[] = [];
  for (const step of createChunks(tree.store, tree.content, options)) {
    if (step.kind === "bytes") {
      pieces.push(step.bytes);
    } else {
      chunks.push(concatBytes(...pieces));
      digests.push(step.digest as Hash);
      pieces = [];
    }
  }
  return { metadata: { version: CHECKPOINT_VERSION, root: tree.syncRoot, chunks: digests }, chunks };
}

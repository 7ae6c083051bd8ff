// Cutting a tree into the chunks of a checkpoint (go/storage/mkvs/checkpoint/chunk.go).
//
// There is one algorithm: the reference's sequential chunker gives the chunks of the parallel one
// with a single thread. "Threads" only decide how the tree is split into tasks, hence which
// chunks there are; the work itself is done one chunk after the other.
import type { Child } from "../node.ts";
import type { NodeStore } from "../node-store.ts";
import { ChunkTask } from "./chunk-task.ts";
import { ChunkWriter } from "./chunk-writer.ts";

/** What decides the chunks of a given tree; nodes with equal options make equal checkpoints. */
export interface ChunkerOptions {
  /** Soft limit in bytes of a size estimate before compression. */
  readonly chunkSize: number;
  /** Tasks that the tree is split into; 0 and 1 are the same. */
  readonly threads: number;
}

/** The compressed bytes of chunks in order of their indices: some bytes, then the end, and so on. */
export type ChunkStep =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly digest: string };

const MAX_SPLIT_PASSES = 10;

function splitTasks(tasks: readonly ChunkTask[], threads: number): readonly ChunkTask[] {
  let current = tasks;
  for (let pass = 0; pass < MAX_SPLIT_PASSES; pass++) {
    const next: ChunkTask[] = [];
    for (const [i, task] of current.entries()) {
      if (next.length + current.length - i >= threads) return [...next, ...current.slice(i)];
      next.push(...task.split());
    }
    current = next;
  }
  return current;
}

/**
 * The chunks of the tree at `root`. A step takes about as long as compressing 64 KiB and reading
 * the nodes in it, so that a caller can let others run in between.
 */
export function* createChunks(
  store: NodeStore,
  root: Child,
  { chunkSize, threads }: ChunkerOptions,
): Generator<ChunkStep, void> {
  const pending: Uint8Array[] = [];
  const out = new ChunkWriter((bytes) => pending.push(bytes));
  let tasks: readonly ChunkTask[] = [new ChunkTask(store, root)];
  while (tasks.length > 0) {
    tasks = splitTasks(tasks, threads);
    for (const task of tasks) {
      const walk = task.nextChunk(out, chunkSize);
      while (walk.next().done !== true) {
        if (pending.length > 0) yield* drain(pending);
      }
      const digest = out.finish();
      yield* drain(pending);
      yield { kind: "end", digest };
    }
    tasks = tasks.filter((task) => !task.finished);
  }
}

function* drain(pending: Uint8Array[]): Generator<ChunkStep, void> {
  for (const bytes of pending) yield { kind: "bytes", bytes };
  pending.length = 0;
}

// Putting a checkpoint into a database, chunk by chunk (go/storage/mkvs/checkpoint/restorer.go).
// Multipart inserts of the database are started, finalized and aborted by the caller.
import { WadiError } from "@wadi/util";
import { NodeKind } from "../node.ts";
import type { Child, Node } from "../node.ts";
import { packedHash } from "../root.ts";
import type { Root } from "../root.ts";
import { digestSteps, readChunkSteps } from "./chunk-reader.ts";
import {
  ErrChunkAlreadyRestored,
  ErrChunkCorrupted,
  ErrChunkProofVerificationFailed,
  ErrNoRestoreInProgress,
  ErrRestoreAlreadyInProgress,
} from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import { runInSlices } from "../pace.ts";
import type { PaceOptions } from "../pace.ts";
import { runToEnd, type Steps } from "../steps.ts";

/** Where restored nodes go: a database in the middle of a multipart insert. */
export interface ChunkTarget {
  /** A batch for a part of the tree at `root`. */
  newChunkBatch(root: Root): ChunkBatch;
}

export interface ChunkBatch {
  /** Takes a hashed node; its children may be references to what other chunks bring. */
  putNode(node: Node): void;
  /** Stores the nodes, in steps; when it fails some may be stored. The same ones may come again in another batch. */
  commitSteps(): Steps<void>;
}

export interface RestorerOptions {
  /** Most bytes that a chunk may hold when uncompressed. */
  readonly maxChunkBytes?: number;
}

const DEFAULT_MAX_CHUNK_BYTES = 256 << 20;

interface Restore {
  readonly metadata: Metadata;
  readonly pending: Set<number>;
}

/** Restores one checkpoint at a time. */
export class Restorer {
  readonly #target: ChunkTarget;
  readonly #maxChunkBytes: number;
  #restore: Restore | undefined;

  constructor(target: ChunkTarget, { maxChunkBytes = DEFAULT_MAX_CHUNK_BYTES }: RestorerOptions = {}) {
    this.#target = target;
    this.#maxChunkBytes = maxChunkBytes;
  }

  /** What is being restored. */
  get current(): Metadata | undefined {
    return this.#restore?.metadata;
  }

  /** Indices of chunks that are still missing, ascending. */
  get pending(): readonly number[] {
    return this.#restore === undefined ? [] : [...this.#restore.pending].sort((a, b) => a - b);
  }

  /** Throws ErrRestoreAlreadyInProgress. The metadata are taken as valid. */
  startRestore(metadata: Metadata): void {
    if (this.#restore !== undefined) throw new WadiError(ErrRestoreAlreadyInProgress);
    this.#restore = { metadata, pending: new Set(metadata.chunks.keys()) };
  }

  /** Forgets the restore in progress, if any. */
  abortRestore(): void {
    this.#restore = undefined;
  }

  /**
   * Checks a chunk and hands it to the database; chunks may come in any order. Returns true with
   * the last one, which also ends the restore.
   *
   * Throws ErrNoRestoreInProgress; ErrChunkAlreadyRestored, also for an index out of range;
   * ErrChunkCorrupted, after which the same chunk may be tried again; and
   * ErrChunkProofVerificationFailed, which ends the restore. Errors of the database pass through.
   */
  restoreChunk(index: number, bytes: Uint8Array): boolean {
    return runToEnd(this.#steps(index, bytes));
  }

  /** `restoreChunk` in slices of a few milliseconds. */
  restoreChunkInSlices(index: number, bytes: Uint8Array, pace?: PaceOptions): Promise<boolean> {
    return runInSlices(this.#steps(index, bytes), pace);
  }

  *#steps(index: number, bytes: Uint8Array): Steps<boolean> {
    const restore = this.#restore;
    if (restore === undefined) throw new WadiError(ErrNoRestoreInProgress);
    const { metadata, pending } = restore;
    const digest = metadata.chunks[index];
    if (digest === undefined || !pending.has(index)) throw new WadiError(ErrChunkAlreadyRestored);

    const actual = yield* digestSteps(bytes);
    if (actual !== digest) {
      throw new WadiError(ErrChunkCorrupted, { context: `digest incorrect (expected: ${digest} got: ${actual})` });
    }
    const tree = yield* this.#verify(restore, bytes);

    const batch = this.#target.newChunkBatch(metadata.root);
    yield* fillSteps(batch, tree);

    this.#checkPending(restore, index);
    yield* batch.commitSteps();
    this.#checkPending(restore, index);
    pending.delete(index);
    if (pending.size > 0) return false;
    this.#restore = undefined;
    return true;
  }

  /** Others may have run between two steps. */
  #checkPending(restore: Restore, index: number): void {
    if (this.#restore !== restore) throw new WadiError(ErrNoRestoreInProgress);
    if (!restore.pending.has(index)) throw new WadiError(ErrChunkAlreadyRestored);
  }

  *#verify(restore: Restore, bytes: Uint8Array): Generator<void, Child> {
    const root = packedHash(restore.metadata.root);
    try {
      return yield* readChunkSteps(bytes, root, this.#maxChunkBytes);
    } catch (cause) {
      if (!(cause instanceof WadiError)) throw cause;
      if (this.#restore === restore) this.#restore = undefined;
      throw new WadiError(ErrChunkProofVerificationFailed, { context: cause.message, cause });
    }
  }
}

const NODES_PER_STEP = 256;

/** Puts all nodes of a verified tree into the batch, in pre-order. */
function* fillSteps(batch: ChunkBatch, tree: Child): Generator<void, void> {
  const waiting: Child[] = [tree];
  for (let count = 1; waiting.length > 0; count++) {
    const node = waiting.pop() ?? null;
    if (node === null || node.kind === NodeKind.ref) continue;
    batch.putNode(node);
    if (node.kind === NodeKind.internal) waiting.push(node.right, node.left);
    if (count % NODES_PER_STEP === 0) yield;
  }
}

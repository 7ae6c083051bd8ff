// The versioned node database (go/storage/mkvs/db/api): roots by version, forks until one of them
// is made final, pruning from the oldest version on, restores. Every change is one transaction of
// the store, so a killed process leaves a whole state behind; only the nodes of a large commit go
// ahead in transactions of their own, and what a crash leaves of those is removed at opening.
import { join } from "node:path";
import { LmdbStore, MemoryStore } from "@wadi/kv";
import type { KvStore } from "@wadi/kv";
import { ErrNodeNotFound, ErrRootNotFound, fail } from "../errors.ts";
import type { Node, NodeRef } from "../node.ts";
import { packedToHex } from "../packed.ts";
import { hasEmptyHash } from "../root.ts";
import { runInSlices, type PaceOptions } from "../pace.ts";
import type { Root, RootType } from "../root.ts";
import { runToEnd, type Steps } from "../steps.ts";
import type { CommitStore, TreeCommit } from "../tree.ts";
import type { WriteLog } from "../write-log.ts";
import { checkBatch, commitTree, getWriteLog, rootNode } from "./commit.ts";
import { DatabaseState } from "./database-state.ts";
import type { CommitRules } from "./database-state.ts";
import { checkFinalize, finalizeStored } from "./finalize.ts";
import { rootsOfVersion } from "./keys.ts";
import { prune } from "./prune.ts";
import { ChunkBatch, abortMultipart, placeRestored, startMultipart } from "./restore.ts";
import { findRoot, rootRecords } from "./root-record.ts";
import { fileScratch, memoryScratch, removeScratchFile } from "./scratch-store.ts";
import type { ScratchFactory } from "./scratch-store.ts";

/** Of nodes that are placed between two turns: some milliseconds. */
const SLICE_BYTES = 32 * 1024;

const RULES: Record<"pathbadger" | "badger", CommitRules> = {
  pathbadger: { sameVersionChildren: false, ioChildren: false, prefix: "mkvs/pathbadger" },
  badger: { sameVersionChildren: true, ioChildren: true, prefix: "mkvs/badger" },
};

export interface NodeDbOptions {
  /** Hex; a database belongs to one namespace. */
  readonly namespace: string;
  /** Heap bytes for nodes, shared by all trees (default 64 MiB). */
  readonly cacheBytes?: number;
  /** Keep no write logs (default: keep). */
  readonly discardWriteLogs?: boolean;
  /** Check the hash of every node that is loaded (default: no). */
  readonly verifyHashes?: boolean;
  /** Bytes of nodes after which a commit goes on in another store transaction (default 8 MB). */
  readonly transactionBytes?: number;
  /**
   * Which commits are allowed, after the two back ends of the reference: `badger` allows roots
   * over roots of the same version and over I/O roots, `pathbadger` (default) does not.
   */
  readonly rules?: "pathbadger" | "badger";
}

export interface OpenNodeDbOptions extends NodeDbOptions {
  /** Folder of the database; without one it lives in memory. */
  readonly path?: string;
  readonly readOnly?: boolean;
  /** Do not wait for the disk at every commit; call `sync` before relying on it. */
  readonly noFsync?: boolean;
  /** Bytes of the file that may be resident memory; see `LmdbOptions`. */
  readonly residentBytes?: number;
}

/** The data file within a database's folder. */
export const DATA_FILE = "nodes.mdb";

/** Opens or creates a database; dispose it to close the store. */
export function openNodeDb(options: OpenNodeDbOptions): NodeDb {
  const { path, readOnly = false, noFsync = false, residentBytes, ...rest } = options;
  if (path === undefined) return new NodeDb(new MemoryStore(), rest);
  const kv = new LmdbStore({
    path: join(path, DATA_FILE),
    readOnly,
    noSync: noFsync,
    ...(residentBytes !== undefined && { residentBytes }),
  });
  const scratch = join(path, "restore.mdb");
  try {
    if (!readOnly) removeScratchFile(scratch);
    return new NodeDb(kv, rest, fileScratch(scratch));
  } catch (e) {
    void kv.close();
    throw e;
  }
}

export class NodeDb implements CommitStore, AsyncDisposable {
  readonly namespace: string;
  readonly #state: DatabaseState;
  readonly #scratch: ScratchFactory;

  /** Takes over the store; `scratch` makes stores for restores. Throws ErrIncompatibleDatabase if it holds something else. */
  constructor(kv: KvStore, options: NodeDbOptions, scratch: ScratchFactory = memoryScratch) {
    this.namespace = options.namespace;
    this.#scratch = scratch;
    this.#state = new DatabaseState(kv, {
      namespace: options.namespace,
      cacheBytes: options.cacheBytes ?? 64 * 1024 * 1024,
      discardWriteLogs: options.discardWriteLogs ?? false,
      verifyHashes: options.verifyHashes ?? false,
      transactionBytes: options.transactionBytes ?? 8_000_000,
      rules: RULES[options.rules ?? "pathbadger"],
    });
  }

  get readOnly(): boolean {
    return this.#state.kv.readOnly;
  }

  /** The last finalized version, if there is one. */
  latestVersion(): bigint | undefined {
    return this.#state.metadata.lastFinalized ?? undefined;
  }

  /** The earliest version that is kept; 0 while nothing is finalized. */
  earliestVersion(): bigint {
    return this.#state.metadata.earliest;
  }

  /** The version of the restore under way, if there is one. */
  multipartVersion(): bigint | undefined {
    return this.#state.metadata.multipart?.version;
  }

  /** All roots of a version, also those that are not finalized. */
  rootsForVersion(version: bigint): Root[] {
    if (version < this.#state.metadata.earliest) return [];
    const records = rootRecords(this.#state.kv, rootsOfVersion(version));
    const typed = new Set(records.map((r) => r.typed));
    return Array.from(typed, (t) => ({
      namespace: this.namespace,
      version,
      type: t.charCodeAt(0) as RootType,
      hash: packedToHex(t.slice(1)),
    }));
  }

  /** An empty root is in every version. */
  hasRoot(root: Root): boolean {
    if (root.namespace !== this.namespace) return false;
    if (hasEmptyHash(root)) return true;
    if (root.version < this.#state.metadata.earliest) return false;
    return findRoot(this.#state.kv, root.version, this.#state.typed(root)) !== undefined;
  }

  /** Throws ErrBadNamespace, ErrNodeNotFound for a pruned version, or ErrRootNotFound. */
  openRoot(root: Root): NodeRef | null {
    this.#state.checkNamespace(root);
    if (hasEmptyHash(root)) return null;
    if (root.version < this.#state.metadata.earliest) fail(ErrNodeNotFound);
    const record = findRoot(this.#state.kv, root.version, this.#state.typed(root));
    return record === undefined ? fail(ErrRootNotFound) : rootNode(record);
  }

  /** Throws ErrNodeNotFound, for instance where the version was pruned in the meantime. */
  load(ref: NodeRef): Node {
    return this.#state.loadNode(ref, true);
  }

  /** Like `load`, for scans that should not push other nodes out of the cache. */
  loadUncached(ref: NodeRef): Node {
    return this.#state.loadNode(ref, false);
  }

  /** Throws if nothing over `oldRoot` can be written at `version`; `chunk`: as part of a restore. */
  checkCommit(oldRoot: Root, version: bigint, chunk = false): void {
    checkBatch(this.#state, oldRoot, version, chunk);
  }

  commitTree(commit: TreeCommit): NodeRef | null {
    return commitTree(this.#state, commit);
  }

  /** The changes from `start` to `end`, where `end` was committed over `start`. */
  getWriteLog(start: Root, end: Root): WriteLog {
    return getWriteLog(this.#state, start, end);
  }

  /**
   * Makes a version final with exactly these roots, at most one of a type; all others of the
   * version go. Ends a restore, which must be complete (ErrIncompleteRestore).
   */
  finalize(roots: readonly Root[]): void {
    runToEnd(this.#finalizeSteps(roots, this.#state.options.transactionBytes));
  }

  /** `finalize` for the end of a restore, over many turns of the event loop. Rejects also with the signal's reason. */
  finalizeInSlices(roots: readonly Root[], pace?: PaceOptions): Promise<void> {
    return runInSlices(this.#finalizeSteps(roots, SLICE_BYTES), pace);
  }

  *#finalizeSteps(roots: readonly Root[], transactionBytes: number): Steps<void> {
    const state = this.#state;
    const version = checkFinalize(state, roots);
    const restoring = state.metadata.multipart !== null;
    if (restoring) yield* placeRestored(state, roots, transactionBytes);
    finalizeStored(state, roots, version);
    if (restoring) state.dropScratch();
  }

  /** Drops the earliest version and gives its space back to the store. */
  prune(version: bigint): void {
    prune(this.#state, version);
  }

  startMultipart(version: bigint): void {
    startMultipart(this.#state, version, this.#scratch);
  }

  abortMultipart(): void {
    abortMultipart(this.#state);
  }

  /** A batch for the nodes of one chunk of `root`. */
  newChunkBatch(root: Root): ChunkBatch {
    return new ChunkBatch(this.#state, root);
  }

  /** Bytes on disk (in memory: of keys and values). */
  sizeBytes(): number {
    return this.#state.kv.sizeBytes();
  }

  /** Resolves when everything is on disk. */
  async sync(): Promise<void> {
    await this.#state.kv.sync();
  }

  async close(): Promise<void> {
    this.#state.cache.clear();
    this.#state.dropScratch();
    await this.#state.kv.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

// What the parts of the node database share.
import type { KvBatch, KvStore } from "@wadi/kv";
import { WadiError, assert } from "@wadi/util";
import { ErrBadNamespace, ErrNodeNotFound, ErrReadOnly, ErrRefused, fail } from "../errors.ts";
import type { Node, NodeRef } from "../node.ts";
import type { Packed } from "../packed.ts";
import { packedHash } from "../root.ts";
import { LONG_STEP, runToEnd, type Steps } from "../steps.ts";
import type { Root } from "../root.ts";
import { METADATA_KEY, nodeKey, nodeRange, rootsFrom, rootsOfVersion, typedHash } from "./keys.ts";
import { decodeMetadata, encodeMetadata, newMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata.ts";
import { NodeCache } from "./node-cache.ts";
import { decodeRecord, verifyNode } from "./node-record.ts";
import { dropRoot, rootRecords } from "./root-record.ts";
import type { Scratch } from "./scratch-store.ts";
import type { TreeWriter } from "./tree-writer.ts";

/** More versions than this may not wait for their finalization (go/storage/mkvs/db/api). */
export const MAX_PENDING_VERSIONS = 5000;

/** Keys that one store transaction deletes where a large range goes. */
const DELETE_SLICE = 100_000;

/** Which commits are allowed; see `NodeDbOptions.rules`. */
export interface CommitRules {
  /** A root may be derived from another root of the same version. */
  readonly sameVersionChildren: boolean;
  /** An I/O root may be derived from another. */
  readonly ioChildren: boolean;
  /** Stands before the texts of errors without a code. */
  readonly prefix: string;
}

export interface StateOptions {
  /** Hex. */
  readonly namespace: string;
  readonly cacheBytes: number;
  readonly discardWriteLogs: boolean;
  readonly verifyHashes: boolean;
  readonly transactionBytes: number;
  readonly rules: CommitRules;
}

export class DatabaseState {
  readonly kv: KvStore;
  readonly options: StateOptions;
  readonly cache: NodeCache;
  /** Nodes of the restore under way, by type and hash. */
  scratch: Scratch | undefined;
  /** Versions with roots that are not finalized. */
  readonly pendingVersions = new Set<bigint>();
  #metadata: Metadata;
  /** Places handed out in this process, also to commits that failed. */
  #nextId: number;
  #broken = false;
  /** Nodes are being written, perhaps with turns of others in between. */
  #isWriting = false;

  constructor(kv: KvStore, options: StateOptions) {
    this.kv = kv;
    this.options = options;
    this.cache = new NodeCache(options.cacheBytes);
    const stored = kv.get(METADATA_KEY);
    this.#metadata = stored === undefined ? newMetadata(options.namespace) : decodeMetadata(stored, options.namespace);
    if (!kv.readOnly) this.#recover(stored === undefined);
    this.#nextId = this.#metadata.nextId;
    const { lastFinalized } = this.#metadata;
    for (const { version } of rootRecords(kv, rootsFrom(lastFinalized === null ? 0n : lastFinalized + 1n))) {
      this.pendingVersions.add(version);
    }
  }

  /** A reader beside a running writer reads it anew every time. */
  get metadata(): Metadata {
    if (!this.kv.readOnly) return this.#metadata;
    const stored = this.kv.view(METADATA_KEY);
    return stored === undefined ? this.#metadata : decodeMetadata(stored, this.options.namespace);
  }

  get nextId(): number {
    return this.#nextId;
  }

  checkWritable(): void {
    if (this.kv.readOnly) fail(ErrReadOnly);
    if (this.#broken) fail(ErrRefused, "an earlier write failed half-way; reopen the database");
  }

  checkNamespace(root: Root): void {
    if (root.namespace !== this.options.namespace) fail(ErrBadNamespace);
  }

  /** Refuses with one of the texts that the reference gives without a code. */
  refuse(what: string): never {
    throw new WadiError({ ...ErrRefused, text: `${this.options.rules.prefix}: ${what}` });
  }

  typed(root: Root): Packed {
    return typedHash(root.type, packedHash(root));
  }

  setMetadata(batch: KvBatch, metadata: Metadata): void {
    batch.put(METADATA_KEY, encodeMetadata(metadata));
  }

  /** One atomic change; the metadata that `body` returns are stored with it. */
  update(body: (batch: KvBatch) => Metadata): void {
    const metadata = this.kv.write((batch) => {
      const next = body(batch);
      this.setMetadata(batch, next);
      return next;
    });
    this.#metadata = metadata;
    this.#nextId = Math.max(this.#nextId, metadata.nextId);
  }

  /**
   * Lets `writer` write nodes from `nextId` on, in pieces of about a budget of bytes; `finish`
   * goes into the same transaction as the last piece. If anything fails, what was written is
   * deleted and its places are not used again: they are in the cache and in the writer's tree.
   */
  writeNodes(
    writer: Pick<TreeWriter, "run" | "done" | "nextId">,
    finish: (batch: KvBatch) => Omit<Metadata, "nextId">,
  ): void {
    runToEnd(this.writeNodesSteps(writer, finish, this.options.transactionBytes));
  }

  /**
   * `writeNodes` in steps, of which each is a store transaction with about so many bytes of nodes. Nothing
   * else may write nodes in between; steps that are given up have the effect of a failure.
   */
  *writeNodesSteps(
    writer: Pick<TreeWriter, "run" | "done" | "nextId">,
    finish: (batch: KvBatch) => Omit<Metadata, "nextId">,
    transactionBytes: number,
  ): Steps<void> {
    assert(!this.#isWriting, "one tree is written at a time");
    const first = this.#nextId;
    this.#isWriting = true;
    try {
      while (!writer.done) {
        const metadata = this.kv.write((batch) => {
          writer.run(batch, transactionBytes);
          if (!writer.done) return undefined;
          const next = { ...finish(batch), nextId: writer.nextId };
          this.setMetadata(batch, next);
          return next;
        });
        if (metadata !== undefined) this.#metadata = metadata;
        else yield LONG_STEP;
      }
      this.#nextId = writer.nextId;
    } finally {
      this.#isWriting = false;
      if (this.#nextId !== writer.nextId) this.#discard(first, writer.nextId);
    }
  }

  #discard(first: number, next: number): void {
    this.#nextId = Math.max(this.#nextId, next);
    try {
      const [start, end] = nodeRange(first);
      this.kv.write((batch) => batch.deleteRange(start, end));
    } catch {
      // The store does not even take deletions. What is left is cleaned at the next opening.
      this.#broken = true;
    }
  }

  /** Deletes a range that nothing refers to any more, in several transactions. */
  deleteUnused([start, end]: readonly [Uint8Array, Uint8Array]): void {
    while (this.kv.write((batch) => batch.deleteRange(start, end, DELETE_SLICE)) === DELETE_SLICE);
  }

  loadNode(ref: NodeRef, keep: boolean): Node {
    const known = this.cache.get(ref.id);
    if (known !== undefined) return known;
    const bytes = ref.id === 0 ? undefined : this.kv.view(nodeKey(ref.id));
    if (bytes === undefined) fail(ErrNodeNotFound);
    const node = decodeRecord(bytes, ref.hash);
    if (this.options.verifyHashes) verifyNode(node, ref.hash);
    if (keep) this.cache.set(ref.id, node);
    return node;
  }

  /** Forgets the nodes that wait for a restore to end. */
  dropScratch(): void {
    this.scratch?.drop();
    this.scratch = undefined;
  }

  /** Drops what a restore has put in place; the metadata without the restore. */
  endMultipart(batch: KvBatch): Metadata {
    const { multipart } = this.#metadata;
    if (multipart !== null) {
      for (const record of rootRecords(batch, rootsOfVersion(multipart.version))) {
        if (record.restored) dropRoot(batch, record);
      }
    }
    return { ...this.#metadata, multipart: null };
  }

  /** Removes what a crash left: nodes of unfinished commits and an unfinished restore. */
  #recover(isNew: boolean): void {
    this.deleteUnused(nodeRange(this.#metadata.nextId));
    if (!isNew && this.#metadata.multipart === null) return;
    this.#nextId = this.#metadata.nextId;
    this.update((batch) => this.endMultipart(batch));
  }
}

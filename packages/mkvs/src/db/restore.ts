// Multipart inserts: a tree that arrives in chunks which overlap and come in any order
// (go/storage/mkvs/db/api, StartMultipartInsert). Nodes wait under their hashes; at the end one
// pass over the tree gives them their places and finds out whether any is missing.
import type { KvBatch } from "@wadi/kv";
import { must } from "@wadi/util";
import { EMPTY_HASH, decodeNode, encodeNode, encodedSize, makeRef, writeNode } from "../node.ts";
import type { Node, NodeRef } from "../node.ts";
import {
  ErrIncompleteRestore,
  ErrInvalidMultipartVersion,
  ErrMultipartInProgress,
  ErrRootNotFound,
  fail,
} from "../errors.ts";
import { packedToHex } from "../packed.ts";
import { emptyRoot, hasEmptyHash, packedHash } from "../root.ts";
import type { Root } from "../root.ts";
import { checkBatch, checkTarget } from "./commit.ts";
import type { DatabaseState } from "./database-state.ts";
import { restoreKey, rootKey, rootVariants } from "./keys.ts";
import type { Metadata } from "./metadata.ts";
import { encodeRootRecord, rootRecords } from "./root-record.ts";
import type { ScratchFactory } from "./scratch-store.ts";
import { runToEnd, type Steps } from "../steps.ts";
import { TreeWriter } from "./tree-writer.ts";

/** Begins, or goes on with, the restore of a version; version 0 cannot be restored. */
export function startMultipart(state: DatabaseState, version: bigint, scratch: ScratchFactory): void {
  state.checkWritable();
  if (version === 0n) fail(ErrInvalidMultipartVersion);
  const { multipart } = state.metadata;
  if (multipart?.version === version) return;
  if (multipart !== null) fail(ErrMultipartInProgress);
  // First, so that a failure leaves no restore without a place for its nodes.
  state.scratch = scratch();
  try {
    state.update(() => ({ ...state.metadata, multipart: { version, roots: {} } }));
  } catch (e) {
    state.dropScratch();
    throw e;
  }
}

/** Drops an unfinished restore; without one it does nothing. */
export function abortMultipart(state: DatabaseState): void {
  state.checkWritable();
  if (state.metadata.multipart === null) return;
  state.update((batch) => state.endMultipart(batch));
  state.dropScratch();
}

/** What a store transaction takes of a chunk: about two milliseconds. */
const NODES_PER_WRITE = 256;
/** Most nodes are smaller. */
const RECORD_BYTES = 4096;

/** The full serialization of a node, in `into` if there is room. */
function encodeInto(into: Uint8Array, node: Node): Uint8Array {
  const size = encodedSize(node, "full");
  if (size > into.length) return encodeNode(node, "full");
  writeNode(into, node, "full", 0);
  return into.subarray(0, size);
}

/** The nodes of one chunk, stored by `commit`. */
export class ChunkBatch {
  readonly #state: DatabaseState;
  readonly #root: Root;
  /** By the first byte of their hash: parts that follow each other in the store. */
  #parts: Node[][] = Array.from({ length: 256 }, () => []);

  /** Throws what the check of a commit throws. */
  constructor(state: DatabaseState, root: Root) {
    checkBatch(state, emptyRoot(root.namespace, root.version, root.type), root.version, true);
    this.#state = state;
    this.#root = root;
  }

  /** Adds a hashed node, which must not change any more; of its left and right child only the hashes matter. */
  putNode(node: Node): void {
    (this.#parts[node.hash.charCodeAt(0)] as Node[]).push(node);
  }

  /** Stores the nodes; those of other chunks may be among them. */
  commit(): void {
    runToEnd(this.commitSteps());
  }

  /** `commit` in steps. If it is broken off some nodes are stored, and may come again. */
  *commitSteps(): Steps<void> {
    this.#check();
    const { scratch } = this.#state;
    const parts = this.#parts;
    this.#parts = [];
    // One for all: as many arrays would keep the collector busy.
    const record = new Uint8Array(RECORD_BYTES);
    for (let at = 0; at < parts.length;) {
      const nodes: Node[] = [];
      while (at < parts.length && nodes.length < NODES_PER_WRITE) nodes.push(...(parts[at++] ?? []));
      // Ascending keys go into the store several times faster.
      nodes.sort((a, b) => (a.hash < b.hash ? -1 : 1));
      must(scratch).store.write((batch) => {
        for (const node of nodes) batch.put(restoreKey(this.#root.type, node.hash), encodeInto(record, node));
      });
      yield;
      // Others may have run.
      if (this.#state.scratch !== scratch) fail(ErrMultipartInProgress);
    }
    const { metadata, multipart } = this.#check();
    const { type, hash } = this.#root;
    if (multipart.roots[type] !== undefined) return;
    const roots = { ...multipart.roots, [type]: hash };
    this.#state.update(() => ({ ...metadata, multipart: { ...multipart, roots } }));
  }

  /** Throws unless the chunk is one of the restore under way. */
  #check(): { readonly metadata: Metadata; readonly multipart: NonNullable<Metadata["multipart"]> } {
    const state = this.#state;
    const root = this.#root;
    const base = emptyRoot(root.namespace, root.version, root.type);
    checkBatch(state, base, root.version, true);
    checkTarget(state, root, base);
    const { metadata } = state;
    const { multipart } = metadata;
    if (multipart === null) return fail(ErrMultipartInProgress);
    const known = multipart.roots[root.type];
    if (known !== undefined && known !== root.hash) {
      state.refuse(`cannot change multipart root for type '${root.type}'`);
    }
    return { metadata, multipart };
  }
}

/**
 * Gives the nodes of restored roots their places, so that the roots can be made final, in steps of
 * one store transaction. Throws ErrIncompleteRestore if chunks are missing; the restore then goes on.
 */
export function* placeRestored(state: DatabaseState, roots: readonly Root[], transactionBytes: number): Steps<void> {
  for (const root of roots) {
    const typed = state.typed(root);
    if (hasEmptyHash(root)) continue;
    const known = rootRecords(state.kv, rootVariants(root.version, typed));
    if (known.some((record) => record.restored)) continue;
    if (state.metadata.multipart?.roots[root.type] !== root.hash) fail(ErrRootNotFound);
    const firstId = state.nextId;
    const writer = new TreeWriter(makeRef(packedHash(root)), {
      owner: {},
      firstId,
      load: (ref) => loadRestored(state, root.type, ref),
    });
    const finish = (batch: KvBatch): Metadata => {
      const record = {
        version: root.version,
        typed,
        variant: (known.at(-1)?.variant ?? -1) + 1,
        rootId: writer.root?.id ?? 0,
        firstId,
        endId: writer.nextId,
        finalized: false,
        restored: true,
        baseVersion: root.version,
        baseHash: EMPTY_HASH,
        baseId: 0,
      };
      batch.put(rootKey(root.version, typed, record.variant), encodeRootRecord(record));
      return state.metadata;
    };
    yield* state.writeNodesSteps(writer, finish, transactionBytes);
  }
}

function loadRestored(state: DatabaseState, type: number, ref: NodeRef): Node {
  if (state.scratch === undefined) return fail(ErrMultipartInProgress);
  const bytes = state.scratch.store.view(restoreKey(type, ref.hash));
  if (bytes === undefined) return fail(ErrIncompleteRestore, `node ${packedToHex(ref.hash)}`);
  return decodeNode(bytes);
}

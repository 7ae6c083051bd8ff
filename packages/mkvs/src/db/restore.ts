// Multipart inserts: a tree that arrives in chunks which overlap and come in any order
// (go/storage/mkvs/db/api, StartMultipartInsert). Nodes wait under their hashes; at the end one
// pass over the tree gives them their places and finds out whether any is missing.
import { must } from "@wadi/util";
import { EMPTY_HASH, decodeNode, encodeNode, makeRef } from "../node.ts";
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
import { encodeRootRecord, rootRecords } from "./root-record.ts";
import type { ScratchFactory } from "./scratch-store.ts";
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

/** The nodes of one chunk, stored together by `commit`. */
export class ChunkBatch {
  readonly #state: DatabaseState;
  readonly #root: Root;
  #nodes: [Uint8Array, Uint8Array][] = [];

  /** Throws what the check of a commit throws. */
  constructor(state: DatabaseState, root: Root) {
    checkBatch(state, emptyRoot(root.namespace, root.version, root.type), root.version, true);
    this.#state = state;
    this.#root = root;
  }

  /** Adds a hashed node; of its left and right child only the hashes matter. */
  putNode(node: Node): void {
    this.#nodes.push([restoreKey(this.#root.type, node.hash), encodeNode(node, "full")]);
  }

  /** Stores the nodes; those of other chunks may be among them. */
  commit(): void {
    const state = this.#state;
    const root = this.#root;
    const base = emptyRoot(root.namespace, root.version, root.type);
    checkBatch(state, base, root.version, true);
    checkTarget(state, root, base);
    const { metadata } = state;
    const { multipart } = metadata;
    if (multipart === null) return fail(ErrMultipartInProgress);
    const known = multipart.roots[root.type];
    if (known !== undefined && known !== root.hash)
      state.refuse(`cannot change multipart root for type '${root.type}'`);
    // Ascending keys go into the store several times faster.
    const nodes = this.#nodes.sort(([a], [b]) => Buffer.compare(a, b));
    this.#nodes = [];
    must(state.scratch).store.write((batch) => {
      for (const [key, value] of nodes) batch.put(key, value);
    });
    if (known !== undefined) return;
    const roots = { ...multipart.roots, [root.type]: root.hash };
    state.update(() => ({ ...metadata, multipart: { ...multipart, roots } }));
  }
}

/**
 * Gives the nodes of restored roots their places, so that the roots can be made final. Throws
 * ErrIncompleteRestore if chunks are missing; the restore then goes on.
 */
export function placeRestored(state: DatabaseState, roots: readonly Root[]): void {
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
    state.writeNodes(writer, (batch) => {
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
    });
  }
}

function loadRestored(state: DatabaseState, type: number, ref: NodeRef): Node {
  const bytes = must(state.scratch).store.view(restoreKey(type, ref.hash));
  if (bytes === undefined) return fail(ErrIncompleteRestore, `node ${packedToHex(ref.hash)}`);
  return decodeNode(bytes);
}

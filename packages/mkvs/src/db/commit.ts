// Committing roots (go/storage/mkvs/db/pathbadger/batch.go) and reading their write logs.
import type { KvBatch, KvReader } from "@wadi/kv";
import { must } from "@wadi/util";
import {
  ErrAlreadyFinalized,
  ErrInvalidMultipartVersion,
  ErrMultipartInProgress,
  ErrNodeNotFound,
  ErrRootMustFollowOld,
  ErrRootNotFound,
  ErrWriteLogNotFound,
  fail,
} from "../errors.ts";
import { NodeKind, inlineLeaf, makeRef } from "../node.ts";
import type { Child, NodeRef } from "../node.ts";
import type { Packed } from "../packed.ts";
import { bitAt } from "../bits.ts";
import { RootType, follows, hasEmptyHash, packedHash, rootTypeName } from "../root.ts";
import type { Root } from "../root.ts";
import type { TreeCommit } from "../tree.ts";
import { WriteLog } from "../write-log.ts";
import { MAX_PENDING_VERSIONS } from "./database-state.ts";
import type { DatabaseState } from "./database-state.ts";
import { encodeIds } from "./id-list.ts";
import { logKey, logRange, nodeKey, removedKey, rootKey, rootVariants, typedHash } from "./keys.ts";
import { LogEncoder, decodeLog } from "./log-record.ts";
import { leafValue } from "./node-record.ts";
import { encodeRootRecord, findRoot, rootRecords } from "./root-record.ts";
import type { RootRecord } from "./root-record.ts";
import { TreeWriter } from "./tree-writer.ts";

const MAX_VARIANTS = 0xffff;

/** Throws unless a tree over `oldRoot`, or a chunk of a restore, can be written at `version`. */
export function checkBatch(state: DatabaseState, oldRoot: Root, version: bigint, chunk: boolean): void {
  state.checkWritable();
  if (version !== oldRoot.version && version !== oldRoot.version + 1n) fail(ErrRootMustFollowOld);
  state.checkNamespace(oldRoot);
  if (!hasEmptyHash(oldRoot)) checkBase(state, oldRoot, version);
  const { multipart } = state.metadata;
  if (multipart !== null && multipart.version !== version) fail(ErrInvalidMultipartVersion);
  if (chunk !== (multipart !== null)) fail(ErrMultipartInProgress);
  if (!chunk && state.pendingVersions.size > MAX_PENDING_VERSIONS) state.refuse("too many non-finalized versions");
}

function checkBase(state: DatabaseState, oldRoot: Root, version: bigint): void {
  const { rules } = state.options;
  if (oldRoot.type !== RootType.state && oldRoot.type !== RootType.io) {
    state.refuse(`unsupported root type '${rootTypeName(oldRoot.type)}'`);
  }
  if (oldRoot.type === RootType.io && !rules.ioChildren) {
    state.refuse(`roots of type '${rootTypeName(oldRoot.type)}' cannot have child roots`);
  }
  if (oldRoot.version === version && !rules.sameVersionChildren) {
    state.refuse("child roots in the same version not supported");
  }
  if (findRoot(state.kv, oldRoot.version, state.typed(oldRoot)) === undefined) fail(ErrRootNotFound);
}

/** Throws if nothing may be committed as `root` any more. */
export function checkTarget(state: DatabaseState, root: Root, oldRoot: Root): void {
  state.checkNamespace(root);
  if (!follows(root, oldRoot)) fail(ErrRootMustFollowOld);
  const { lastFinalized } = state.metadata;
  if (lastFinalized !== null && lastFinalized >= root.version) fail(ErrAlreadyFinalized);
}

/** Stores a tree; see `CommitStore.commitTree`. A root that is known is not stored again. */
export function commitTree(state: DatabaseState, commit: TreeCommit): NodeRef | null {
  const { oldRoot, newRoot } = commit;
  checkBatch(state, oldRoot, newRoot.version, false);
  checkTarget(state, newRoot, oldRoot);
  const typed = state.typed(newRoot);
  const variants = rootRecords(state.kv, rootVariants(newRoot.version, typed));
  const same = variants.find((known) => isSameBase(state, known, commit));
  if (same !== undefined) return rootNode(same);

  const record = {
    version: newRoot.version,
    typed,
    variant: (variants.at(-1)?.variant ?? -1) + 1,
    firstId: state.nextId,
    finalized: false,
    restored: false,
    baseVersion: oldRoot.version,
    baseHash: packedHash(oldRoot),
    baseId: commit.base?.id ?? 0,
  };
  checkBaseNode(state, record, commit);
  if (record.variant > MAX_VARIANTS) state.refuse(`too many non-finalized roots in version ${newRoot.version}`);
  return writeTree(state, commit, record);
}

/**
 * A known root serves a second commit unless it hangs on another root that may yet lose: then
 * that base could be deleted under it.
 */
function isSameBase(state: DatabaseState, known: RootRecord, { oldRoot, base }: TreeCommit): boolean {
  const { lastFinalized } = state.metadata;
  if (lastFinalized !== null && known.baseVersion <= lastFinalized) return true;
  return (
    known.baseVersion === oldRoot.version && known.baseHash === packedHash(oldRoot) && known.baseId === (base?.id ?? 0)
  );
}

/** The very tree that the new one shares nodes with must still be there. */
function checkBaseNode(state: DatabaseState, { baseId }: NewRecord, { oldRoot }: TreeCommit): void {
  if (hasEmptyHash(oldRoot)) return;
  const known = rootRecords(state.kv, rootVariants(oldRoot.version, state.typed(oldRoot)));
  if (!known.some((root) => root.rootId === baseId)) fail(ErrRootNotFound);
}

type NewRecord = Omit<RootRecord, "rootId" | "endId">;

function writeTree(state: DatabaseState, commit: TreeCommit, record: NewRecord): NodeRef | null {
  const log = startLog(state, commit);
  const writer = new TreeWriter(commit.content, {
    owner: commit.owner,
    firstId: record.firstId,
    cache: state.cache,
    ...(log === undefined ? {} : { log }),
  });
  commit.onWrite();
  state.writeNodes(writer, (batch) => {
    const { root } = writer;
    const full: RootRecord = { ...record, rootId: root?.id ?? 0, endId: writer.nextId };
    batch.put(rootKey(full.version, full.typed, full.variant), encodeRootRecord(full));
    encodeIds(commit.removed).forEach((chunk, i) => {
      batch.put(removedKey(full.version, full.typed, full.variant, i), chunk);
    });
    if (log !== undefined) finishLog(state, batch, commit, full, root, log.encoder);
    return state.metadata;
  });
  state.pendingVersions.add(record.version);
  return writer.root;
}

function startLog(
  state: DatabaseState,
  { writeLog, unchanged }: TreeCommit,
): { encoder: LogEncoder; has(key: Packed): boolean } | undefined {
  if (writeLog === undefined || writeLog.size === 0 || state.options.discardWriteLogs) return undefined;
  const { changes } = writeLog;
  // Keys whose leaf may stay where it is are looked up when the tree is written.
  return { encoder: new LogEncoder(), has: (key) => changes.has(key) && !unchanged.has(key) };
}

function finishLog(
  state: DatabaseState,
  batch: KvBatch,
  commit: TreeCommit,
  record: RootRecord,
  root: NodeRef | null,
  encoder: LogEncoder,
): void {
  for (const [key, value] of must(commit.writeLog).changes) {
    if (value === null) encoder.add(key, 0);
    else if (commit.unchanged.has(key)) encoder.add(key, leafPlace(state, root, key));
  }
  const start = typedHash(commit.oldRoot.type, record.baseHash);
  encoder.finish().forEach((chunk, i) => batch.put(logKey(record.version, record.typed, start, i), chunk));
}

/** The place of the record that holds a key's leaf. */
function leafPlace(state: DatabaseState, root: NodeRef | null, key: Packed): number {
  let depth = 0;
  let ref = root;
  while (ref !== null) {
    const node = state.loadNode(ref, true);
    if (node.kind === NodeKind.leaf) return node.key === key ? ref.id : fail(ErrNodeNotFound);
    depth += node.labelBits;
    if (key.length * 8 === depth) {
      return node.leaf !== null && inlineLeaf(node.leaf).key === key ? ref.id : fail(ErrNodeNotFound);
    }
    const child: Child = bitAt(key, depth) === 1 ? node.right : node.left;
    ref = child === null ? null : child.kind === NodeKind.ref ? child : fail(ErrNodeNotFound);
  }
  return fail(ErrNodeNotFound);
}

/** The way into a root's tree. */
export function rootNode(record: RootRecord): NodeRef | null {
  return record.rootId === 0 ? null : makeRef(record.typed.slice(1), record.rootId);
}

/** What turns `start` into `end`, for a pair that was committed one over the other. */
export function getWriteLog(state: DatabaseState, start: Root, end: Root): WriteLog {
  if (state.options.discardWriteLogs) fail(ErrWriteLogNotFound);
  if (!follows(end, start)) fail(ErrRootMustFollowOld);
  state.checkNamespace(start);
  if (end.version < state.metadata.earliest) fail(ErrWriteLogNotFound);
  using snapshot = state.kv.snapshot();
  const typed = state.typed(end);
  if (!hasEmptyHash(end) && findRoot(snapshot, end.version, typed) === undefined) fail(ErrRootNotFound);
  const changes = new Map<Packed, Packed | null>();
  const [first, last] = logRange(end.version, typed, state.typed(start));
  for (const { value: chunk } of snapshot.entries({ start: first, end: last })) {
    for (const [key, id] of decodeLog(chunk)) changes.set(key, id === 0 ? null : valueAt(snapshot, key, id));
  }
  if (changes.size === 0) fail(ErrWriteLogNotFound);
  return new WriteLog(changes);
}

function valueAt(kv: KvReader, key: Packed, id: number): Packed {
  return leafValue(kv.view(nodeKey(id)) ?? fail(ErrNodeNotFound), key);
}

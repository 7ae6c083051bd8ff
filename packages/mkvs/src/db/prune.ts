// Dropping the earliest version (go/storage/mkvs/db/pathbadger, Prune): what only it uses is
// deleted. Which nodes the next version does without was recorded when that was committed.
import type { KvBatch } from "@wadi/kv";
import {
  ErrCannotPruneLatestVersion,
  ErrMultipartInProgress,
  ErrNotEarliest,
  ErrNotFinalized,
  fail,
} from "../errors.ts";
import { EMPTY_HASH, NodeKind } from "../node.ts";
import type { Child } from "../node.ts";
import type { DatabaseState } from "./database-state.ts";
import { rootNode } from "./commit.ts";
import { deleteRemoved } from "./finalize.ts";
import { logsOfVersion, nodeKey, nodeRange, removedOfVersion, rootsOfVersion } from "./keys.ts";
import { deleteIn, isDerived, rootRecords } from "./root-record.ts";
import type { RootRecord } from "./root-record.ts";

export function prune(state: DatabaseState, version: bigint): void {
  state.checkWritable();
  const { metadata } = state;
  if (metadata.multipart !== null) fail(ErrMultipartInProgress);
  if (metadata.lastFinalized === null || metadata.lastFinalized < version) fail(ErrNotFinalized);
  if (version !== metadata.earliest) fail(ErrNotEarliest);
  if (version === metadata.lastFinalized) fail(ErrCannotPruneLatestVersion);
  state.update((batch) => {
    const roots = rootRecords(batch, rootsOfVersion(version));
    const heirs = rootRecords(batch, rootsOfVersion(version + 1n)).filter((r) => r.finalized);
    const readers = [...roots, ...heirs];
    for (const root of roots) {
      if (!readers.some((reader) => isDerived(reader, root))) deleteTree(state, batch, root);
      // A root over another of this version did without some of that one's nodes.
      if (root.baseVersion === version) deleteRemoved(batch, root);
    }
    for (const heir of heirs) {
      if (heir.baseVersion === version) deleteRemoved(batch, heir);
    }
    deleteIn(batch, rootsOfVersion(version));
    deleteIn(batch, removedOfVersion(version));
    deleteIn(batch, logsOfVersion(version));
    return { ...metadata, earliest: version + 1n };
  });
}

/** Deletes a tree that nothing continues. */
function deleteTree(state: DatabaseState, batch: KvBatch, root: RootRecord): void {
  if (root.baseHash === EMPTY_HASH) {
    deleteIn(batch, nodeRange(root.firstId, root.endId));
    return;
  }
  const open: Child[] = [rootNode(root)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child === null || child.kind !== NodeKind.ref) continue;
    const node = state.loadNode(child, false);
    batch.delete(nodeKey(child.id));
    if (node.kind === NodeKind.internal) open.push(node.left, node.right);
  }
}

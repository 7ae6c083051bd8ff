// Small steps on a database that its tests are made of.
import assert from "node:assert/strict";
import { isError } from "@wadi/util";
import type { ErrorKind } from "@wadi/util";
import type { NodeDb, NodeDbOptions } from "../db/node-db.ts";
import { packedEntries } from "../key-value-tree.ts";
import { NodeKind } from "../node.ts";
import type { Child, Node } from "../node.ts";
import { RootType, ZERO_NAMESPACE } from "../root.ts";
import type { Root } from "../root.ts";
import { Tree } from "../tree.ts";

export const OPTIONS: NodeDbOptions = { namespace: ZERO_NAMESPACE };
/** What a tree holds, packed. */
export type Content = Map<string, string>;
/** Null removes the key. */
export type Changes = Iterable<readonly [string, string | null]>;

/** Asserts that `body` throws an error of the kind. */
export function throwsKind(kind: ErrorKind, body: () => unknown): void {
  assert.throws(body, (e) => isError(e, kind) || assert.fail(`expected ${kind.text}, got ${String(e)}`));
}

/** Commits changes to `base`, or to the empty tree; returns the new root. */
export function commit(
  db: NodeDb,
  base: Root | undefined,
  version: bigint,
  changes: Changes,
  type: RootType = RootType.state,
): Root {
  const tree = base === undefined ? Tree.empty(type, db) : new Tree(db, base);
  for (const [key, value] of changes) {
    if (value === null) tree.removePacked(key);
    else tree.insertPacked(key, value);
  }
  tree.commit(db.namespace, version);
  return tree.syncRoot;
}

export const contentOf = (db: NodeDb, root: Root): Content => new Map(packedEntries(new Tree(db, root)));

/** All nodes under a root, as a restore brings them. */
export function nodesOf(db: NodeDb, root: Root): Node[] {
  const nodes: Node[] = [];
  const open: Child[] = [db.openRoot(root)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child === null || child.kind !== NodeKind.ref) continue;
    const node = db.load(child);
    nodes.push(node);
    if (node.kind === NodeKind.internal) open.push(node.left, node.right);
  }
  return nodes;
}

/** Hands nodes to the restore that is under way. */
export function putChunk(db: NodeDb, root: Root, nodes: readonly Node[]): void {
  const batch = db.newChunkBatch(root);
  for (const node of nodes) batch.putNode(node);
  batch.commit();
}

/** Items with these numbers. */
export const numbered = (from: number, to: number): [string, string][] =>
  Array.from({ length: to - from }, (_, i) => [`key ${from + i}`, `value ${from + i}`]);

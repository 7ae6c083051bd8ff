// Checks of a whole database that tests share.
import assert from "node:assert/strict";
import type { KvStore } from "@wadi/kv";
import { nodeRange, readId } from "../db/keys.ts";
import type { NodeDb } from "../db/node-db.ts";
import { NodeKind, hashNode } from "../node.ts";
import type { Child } from "../node.ts";
import type { Packed } from "../packed.ts";
import type { Root } from "../root.ts";

/** Reads a whole tree, checks every hash, and returns its content and the places of its nodes. */
export function walkTree(db: NodeDb, root: Root): { content: Map<Packed, Packed>; ids: Set<number> } {
  const content = new Map<Packed, Packed>();
  const ids = new Set<number>();
  const open: Child[] = [db.openRoot(root)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child === null) continue;
    assert.equal(child.kind, NodeKind.ref);
    if (child.kind !== NodeKind.ref) continue;
    ids.add(child.id);
    const node = db.loadUncached(child);
    assert.equal(hashNode({ ...node, hash: "" }), child.hash, "a node does not match its hash");
    const leaf = node.kind === NodeKind.leaf ? node : node.leaf;
    if (leaf !== null && leaf.kind === NodeKind.leaf) content.set(leaf.key, leaf.value);
    if (node.kind === NodeKind.internal) open.push(node.left, node.right);
  }
  return { content, ids };
}

/** Asserts that the store holds the nodes of the given roots and no others. */
export function checkNodesOf(kv: KvStore, db: NodeDb, roots: readonly Root[]): void {
  const reachable = new Set<number>();
  for (const root of roots) for (const id of walkTree(db, root).ids) reachable.add(id);
  const [start, end] = nodeRange(0);
  const stored = Array.from(kv.keys({ start, end }), (key) => readId(key, 1));
  const lost = stored.filter((id) => !reachable.has(id));
  assert.deepEqual(lost, [], `${lost.length} of ${stored.length} stored nodes belong to no root`);
  assert.equal(stored.length, reachable.size, "nodes are missing");
}

/** All roots that the database knows from its earliest version to `last`. */
export function allRoots(db: NodeDb, last: bigint): Root[] {
  const roots: Root[] = [];
  for (let version = db.earliestVersion(); version <= last; version++) roots.push(...db.rootsForVersion(version));
  return roots;
}

/** Asserts equal content. */
export function assertContent(actual: ReadonlyMap<Packed, Packed>, expected: ReadonlyMap<Packed, Packed>): void {
  assert.equal(actual.size, expected.size, "number of keys");
  for (const [key, value] of expected)
    assert.equal(actual.get(key), value, `value of ${Buffer.from(key, "latin1").toString("hex")}`);
}

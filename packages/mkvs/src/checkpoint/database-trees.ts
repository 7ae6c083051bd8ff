import type { Node, NodeRef } from "../node.ts";
import type { Root } from "../root.ts";
import type { OpenTreeAt } from "./file-store.ts";

/** What a node database offers to scans. */
export interface ScannableDatabase {
  openRoot(root: Root): NodeRef | null;
  /** Does not push other nodes out of the cache. */
  loadUncached(ref: NodeRef): Node;
}

/**
 * The trees of a database as sources of checkpoints. A version that is pruned while its
 * checkpoint is being made fails it with ErrNodeNotFound.
 */
export function treesOf(db: ScannableDatabase): OpenTreeAt {
  const store = {
    openRoot: (root: Root) => db.openRoot(root),
    load: (ref: NodeRef) => db.loadUncached(ref),
  };
  return (root) => ({ store, root: db.openRoot(root), [Symbol.dispose]: () => {} });
}

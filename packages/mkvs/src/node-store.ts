import { EMPTY_HASH, NodeKind, makeRef } from "./node.ts";
import type { Child, Node, NodeRef } from "./node.ts";
import { MissingNodeError } from "./errors.ts";
import { packedHash } from "./root.ts";
import type { Root } from "./root.ts";
import type { Packed } from "./packed.ts";

/**
 * Where a tree finds the nodes that are not in memory. A node that was loaded is shared by all
 * trees of the store and must not be changed.
 */
export interface NodeStore {
  /** The way into a tree; null for the empty one. A database throws ErrRootNotFound and the like. */
  openRoot(root: Root): NodeRef | null;
  /** The node, with its hash set. Throws MissingNodeError or ErrNodeNotFound. */
  load(ref: NodeRef): Node;
}

/** The node in a slot, loaded where needed; null for the empty subtree. */
export function resolve(store: NodeStore, child: Child): Node | null {
  return child !== null && child.kind === NodeKind.ref ? store.load(child) : child;
}

/** The slot content for a node that is known by its hash only. */
export function refByHash(hash: Packed): NodeRef | null {
  return hash === EMPTY_HASH ? null : makeRef(hash);
}

/** A store that holds nothing: for trees that live in memory only. */
export const emptyStore: NodeStore = {
  openRoot: (root) => refByHash(packedHash(root)),
  load(ref) {
    throw new MissingNodeError(ref.hash);
  },
};

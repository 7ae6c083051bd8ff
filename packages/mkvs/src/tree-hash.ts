import { NodeKind, childHash, hashNode } from "./node.ts";
import type { Child, InternalNode } from "./node.ts";
import type { Packed } from "./packed.ts";

/**
 * Hashes what has changed, children first, and returns the hash of the root. The stack is kept
 * by hand since a tree can be deeper than the call stack.
 */
export function hashTree(root: Child): Packed {
  if (root === null || root.hash !== "") return childHash(root);
  if (root.kind === NodeKind.leaf) return hashNode(root);
  const path: InternalNode[] = [root as InternalNode];
  while (path.length > 0) {
    const node = path[path.length - 1] as InternalNode;
    const below = unhashed(node.left) ?? unhashed(node.right);
    if (below !== undefined) {
      path.push(below);
    } else {
      hashNode(node);
      path.pop();
    }
  }
  return root.hash;
}

/** The node if it must be hashed before its parent; a leaf is hashed at once. */
function unhashed(child: Child): InternalNode | undefined {
  if (child === null || child.hash !== "") return undefined;
  if (child.kind === NodeKind.internal) return child;
  if (child.kind === NodeKind.leaf) hashNode(child);
  return undefined;
}

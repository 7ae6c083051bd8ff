import { NodeKind, childHash, hashNode } from "./node.ts";
import type { Child, InternalNode } from "./node.ts";
import type { Packed } from "./packed.ts";

/**
 * Hashes what has changed, children first, and returns the hash of the root. The stack is kept
 * by hand since a tree can be deeper than the call stack.
 */
export function hashTree(root: Child): Packed {
  const path = unhashedPath(root);
  hashSome(path, Infinity);
  return childHash(root);
}

/** `hashTree` in steps of a millisecond or so. The tree must not change in between. */
export function* hashTreeSteps(root: Child): Generator<void, Packed> {
  const path = unhashedPath(root);
  while (!hashSome(path, NODES_PER_STEP)) yield;
  return childHash(root);
}

const NODES_PER_STEP = 256;

/** Where the walk begins: nowhere if everything is hashed. */
function unhashedPath(root: Child): InternalNode[] {
  const first = unhashed(root);
  return first === undefined ? [] : [first];
}

/** Hashes up to `count` internal nodes, with their leaves; true when nothing is left on the path. */
function hashSome(path: InternalNode[], count: number): boolean {
  for (let left = count; path.length > 0 && left > 0;) {
    const node = path[path.length - 1] as InternalNode;
    const below = unhashed(node.left) ?? unhashed(node.right);
    if (below !== undefined) {
      path.push(below);
    } else {
      hashNode(node);
      path.pop();
      left--;
    }
  }
  return path.length === 0;
}

/** The node if it must be hashed before its parent; a leaf is hashed at once. */
function unhashed(child: Child): InternalNode | undefined {
  if (child === null || child.hash !== "") return undefined;
  if (child.kind === NodeKind.internal) return child;
  if (child.kind === NodeKind.leaf) hashNode(child);
  return undefined;
}

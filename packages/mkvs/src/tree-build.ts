// A whole tree from its leaves: what as many insertions give (tree-edit.ts), without a walk from
// the root for each of them.
import { bitAt, commonBits, sliceBits } from "./bits.ts";
import { makeInternal, makeLeaf } from "./node.ts";
import type { Child, InternalNode, LeafNode, Owner } from "./node.ts";
import type { Packed } from "./packed.ts";

/** An internal node on the way to the last key, with the bits at which it ends. */
interface OpenNode {
  readonly node: InternalNode;
  readonly depth: number;
}

/** Puts a subtree, of which `key` is one, below a node that ends at `depth`. */
function attach({ node, depth }: OpenNode, child: Child, key: Packed): void {
  if (key.length * 8 === depth) node.leaf = child as LeafNode;
  else if (bitAt(key, depth) === 1) node.right = child;
  else node.left = child;
}

/**
 * The tree that has these keys; its nodes belong to `owner`. Keys are distinct. The nodes on the
 * way to the last key are kept open: the bits that the next key has in common with it tell which
 * of them are complete, and where a new one branches off.
 */
export function buildTree(entries: ReadonlyMap<Packed, Packed>, owner: Owner): Child {
  const keys = [...entries.keys()].sort((a, b) => (a < b ? -1 : 1));
  const open: OpenNode[] = [];
  let last: Child = null;
  let lastKey: Packed = "";

  /** Completes the nodes that end after `depth` bits, which is where their parent may end. */
  const closeBelow = (depth: number): void => {
    for (let top = open.at(-1); top !== undefined && top.depth > depth; top = open.at(-1)) {
      attach(top, last, lastKey);
      open.pop();
      const start = Math.max(depth, open.at(-1)?.depth ?? 0);
      top.node.label = sliceBits(lastKey, start, top.depth - start);
      top.node.labelBits = top.depth - start;
      last = top.node;
    }
  };

  for (const key of keys) {
    if (last !== null) {
      const common = commonBits(lastKey, 0, key, 0, Math.min(lastKey.length, key.length) * 8);
      closeBelow(common);
      let parent = open.at(-1);
      if (parent?.depth !== common) {
        parent = { node: makeInternal("", 0, null, null, null, owner), depth: common };
        open.push(parent);
      }
      attach(parent, last, lastKey);
    }
    last = makeLeaf(key, entries.get(key) as Packed);
    lastKey = key;
  }
  closeBelow(-1);
  return last;
}

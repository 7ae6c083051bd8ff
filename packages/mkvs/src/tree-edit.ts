// Lookup, insertion and removal (go/storage/mkvs/{lookup,insert,remove}.go) on trees whose nodes
// may be shared. A node on the changed path is copied unless this editor made it; nothing is
// changed before every node that is needed was loaded, so an operation that meets a missing node
// leaves the tree as it was.
import { bitAt, commonBits, mergeBits, sliceBits } from "./bits.ts";
import { NodeKind, makeInternal, makeLeaf } from "./node.ts";
import type { Child, InternalNode, LeafNode, NodeRef, Owner } from "./node.ts";
import { resolve } from "./node-store.ts";
import type { NodeStore } from "./node-store.ts";
import { equalsPacked } from "./packed.ts";
import type { Packed } from "./packed.ts";

const Side = { left: 0, right: 1, leaf: 2 } as const;
type Side = (typeof Side)[keyof typeof Side];

/**
 * Whether `key` goes on below a node that is entered at `depth`. Following the bits at the forks
 * alone would do for a tree that is at hand; but below a node that took its parent's place after
 * a removal, an absent key leads to nodes that no proof of that key brings.
 */
function passes(node: InternalNode, key: Packed, keyBits: number, depth: number): boolean {
  const { label, labelBits } = node;
  if (labelBits === 0) return true;
  return keyBits - depth >= labelBits && commonBits(label, 0, key, depth, labelBits) === labelBits;
}

/** The value of `key` in the tree, or undefined. */
export function lookup(store: NodeStore, root: Child, key: Packed): Packed | undefined {
  const keyBits = key.length * 8;
  let depth = 0;
  let child = root;
  for (;;) {
    const node = child !== null && child.kind === NodeKind.ref ? store.load(child) : child;
    if (node === null) return undefined;
    if (node.kind === NodeKind.leaf) return node.key === key ? node.value : undefined;
    if (!passes(node, key, keyBits, depth)) return undefined;
    depth += node.labelBits;
    child = keyBits === depth ? node.leaf : bitAt(key, depth) === 1 ? node.right : node.left;
  }
}

/** `lookup` for a key that is not packed, which spares packing it, in a tree without removals. */
export function lookupBytes(store: NodeStore, root: Child, key: Uint8Array): Packed | undefined {
  const keyBits = key.length * 8;
  let depth = 0;
  let child = root;
  for (;;) {
    const node = child !== null && child.kind === NodeKind.ref ? store.load(child) : child;
    if (node === null) return undefined;
    if (node.kind === NodeKind.leaf) return equalsPacked(key, node.key) ? node.value : undefined;
    depth += node.labelBits;
    if (keyBits < depth) return undefined;
    if (keyBits === depth) child = node.leaf;
    else child = ((key[depth >>> 3] as number) & (0x80 >>> (depth & 7))) === 0 ? node.left : node.right;
  }
}

/** Changes one tree; not to be shared between trees. */
export class TreeEditor {
  readonly #store: NodeStore;
  #owner: Owner = {};
  /** Database places of stored nodes that are no longer part of the tree. */
  #removed: number[] = [];
  // The path of the operation under way: what stands in each slot, its node, and the way on.
  readonly #slots: Child[] = [];
  readonly #nodes: InternalNode[] = [];
  readonly #sides: Side[] = [];

  constructor(store: NodeStore) {
    this.#store = store;
  }

  get owner(): Owner {
    return this.#owner;
  }

  get removed(): readonly number[] {
    return this.#removed;
  }

  /** Leaves all nodes made so far as they are and starts a new list of removed nodes. */
  release(removed: number[] = []): void {
    this.#owner = {};
    this.#removed = removed;
  }

  /**
   * The tree with `key` set. Returns the same `root` if the key already had this value; `before`
   * is given the old leaf.
   */
  insert(root: Child, key: Packed, value: Packed, before: { leaf: LeafNode | null }): Child {
    const keyBits = key.length * 8;
    this.#start();
    before.leaf = null;
    let depth = 0;
    let slot = root;
    for (;;) {
      const node = resolve(this.#store, slot);
      if (node === null) return this.#rebuild(root, makeLeaf(key, value));
      if (node.kind === NodeKind.leaf) {
        if (node.key !== key) return this.#rebuild(root, this.#branch(slot, node, depth, makeLeaf(key, value)));
        before.leaf = node;
        if (node.value === value) return root;
        this.#drop(slot);
        return this.#rebuild(root, makeLeaf(key, value));
      }
      const { label, labelBits } = node;
      const common = commonBits(label, 0, key, depth, Math.min(labelBits, keyBits - depth));
      if (common < labelBits) {
        return this.#rebuild(root, this.#splitEdge(slot, node, common, depth, makeLeaf(key, value)));
      }
      depth += labelBits;
      slot = this.#step(slot, node, key, keyBits, depth);
    }
  }

  /** The tree without `key`; the same `root` if it was not there. `before` is given the old leaf. */
  remove(root: Child, key: Packed, before: { leaf: LeafNode | null }): Child {
    const keyBits = key.length * 8;
    this.#start();
    before.leaf = null;
    let depth = 0;
    let slot = root;
    for (;;) {
      const node = resolve(this.#store, slot);
      if (node === null) return root;
      if (node.kind === NodeKind.leaf) {
        if (node.key !== key) return root;
        before.leaf = node;
        break;
      }
      if (!passes(node, key, keyBits, depth)) return root;
      depth += node.labelBits;
      slot = this.#step(slot, node, key, keyBits, depth);
    }
    const parent = this.#nodes.at(-1);
    if (parent === undefined) {
      this.#drop(slot);
      return null;
    }
    const side = this.#sides.at(-1) as Side;
    const leaf = side === Side.leaf ? null : parent.leaf;
    const left = side === Side.left ? null : parent.left;
    const right = side === Side.right ? null : parent.right;
    const only = left === null ? right : right === null ? left : undefined;
    if (only === undefined || (leaf !== null && only !== null)) {
      this.#drop(slot);
      return this.#rebuild(root, null);
    }
    // One child remains and takes the parent's place.
    const replacement = leaf ?? this.#merged(parent, only);
    this.#drop(slot);
    this.#drop(this.#slots.pop() as Child);
    this.#nodes.pop();
    this.#sides.pop();
    return this.#rebuild(root, replacement);
  }

  #start(): void {
    this.#slots.length = 0;
    this.#nodes.length = 0;
    this.#sides.length = 0;
  }

  /** Goes on from an internal node that ends at `depth`; returns the slot below it. */
  #step(slot: Child, node: InternalNode, key: Packed, keyBits: number, depth: number): Child {
    this.#slots.push(slot);
    this.#nodes.push(node);
    if (keyBits === depth) {
      this.#sides.push(Side.leaf);
      return node.leaf;
    }
    const bit = bitAt(key, depth);
    this.#sides.push(bit);
    return bit === 1 ? node.right : node.left;
  }

  /** A node in the place of a leaf with another key, holding both. */
  #branch(slot: Child, old: LeafNode, depth: number, leaf: LeafNode): InternalNode {
    const rest = leaf.key.length * 8 - depth;
    const oldRest = old.key.length * 8 - depth;
    const common = commonBits(leaf.key, depth, old.key, depth, Math.min(rest, oldRest));
    const label = sliceBits(leaf.key, depth, common);
    const at = depth + common;
    if (rest === common) return this.#twig(label, common, leaf, slot, bitAt(old.key, at));
    if (oldRest === common) {
      this.#drop(slot);
      return this.#twig(label, common, old, leaf, bitAt(leaf.key, at));
    }
    return bitAt(leaf.key, at) === 1
      ? makeInternal(label, common, null, slot, leaf, this.#owner)
      : makeInternal(label, common, null, leaf, slot, this.#owner);
  }

  #twig(label: Packed, labelBits: number, leaf: LeafNode, child: Child, bit: 0 | 1): InternalNode {
    return bit === 1
      ? makeInternal(label, labelBits, leaf, null, child, this.#owner)
      : makeInternal(label, labelBits, leaf, child, null, this.#owner);
  }

  /** A node in the middle of the edge to `node`, after `common` bits of its label. */
  #splitEdge(slot: Child, node: InternalNode, common: number, depth: number, leaf: LeafNode): InternalNode {
    const { label, labelBits } = node;
    const lower = this.#own(slot, node);
    lower.label = sliceBits(label, common, labelBits - common);
    lower.labelBits = labelBits - common;
    const head = sliceBits(label, 0, common);
    const lowerBit = bitAt(lower.label, 0);
    if (leaf.key.length * 8 - depth === common) return this.#twig(head, common, leaf, lower, lowerBit);
    return lowerBit === 1
      ? makeInternal(head, common, null, leaf, lower, this.#owner)
      : makeInternal(head, common, null, lower, leaf, this.#owner);
  }

  /** What the only child of `parent` becomes in its place. Loads before it changes anything. */
  #merged(parent: InternalNode, slot: Child): Child {
    const child = resolve(this.#store, slot);
    if (child === null || child.kind === NodeKind.leaf) return slot;
    const merged = this.#own(slot, child);
    merged.label = mergeBits(parent.label, parent.labelBits, merged.label, merged.labelBits);
    merged.labelBits += parent.labelBits;
    return merged;
  }

  /** The node for changing: itself if this editor made it, else a copy; its hash is void. */
  #own(slot: Child, node: InternalNode): InternalNode {
    if (node.owner === this.#owner) {
      node.hash = "";
      return node;
    }
    this.#drop(slot);
    return makeInternal(node.label, node.labelBits, node.leaf, node.left, node.right, this.#owner);
  }

  #drop(slot: Child): void {
    if (slot !== null && slot.kind === NodeKind.ref && slot.id !== 0) this.#removed.push(slot.id);
  }

  /** Puts `replacement` at the end of the path and voids the hashes up to the root. */
  #rebuild(root: Child, replacement: Child): Child {
    let child = replacement;
    for (let i = this.#nodes.length - 1; i >= 0; i--) {
      const node = this.#nodes[i] as InternalNode;
      // What this editor made and has changed since the last hashing has changed ancestors only.
      const settled = node.hash === "" && node.owner === this.#owner;
      const parent = this.#own(this.#slots[i] as Child, node);
      const side = this.#sides[i];
      if (side === Side.left) parent.left = child;
      else if (side === Side.right) parent.right = child;
      else parent.leaf = child as LeafNode | NodeRef | null;
      if (settled) return root;
      child = parent;
    }
    return child;
  }
}

// The iterator over a tree (go/storage/mkvs/iterator.go). The order in which it touches nodes is
// fixed by the reference, since proofs of a range hold just the touched nodes.
import { bitAt, mergeBits, sliceBits, withBit } from "./bits.ts";
import { MissingNodeError } from "./errors.ts";
import type { TreeIterator } from "./key-value-tree.ts";
import { NodeKind } from "./node.ts";
import type { Child, InternalNode, LeafNode, Node } from "./node.ts";
import type { NodeStore } from "./node-store.ts";
import { pack, unpack } from "./packed.ts";
import type { Packed } from "./packed.ts";

/** How much of an internal node was visited: nothing, its leaf slot, its left subtree, all. */
const Visit = { before: 0, at: 1, atLeft: 2, after: 3 } as const;
type Visit = (typeof Visit)[keyof typeof Visit];

/** Where to go on after the present key. */
interface Resume {
  readonly child: Child;
  /** Bit depth at which the node is entered, and the bits of the path to there. */
  readonly depth: number;
  readonly path: Packed;
  readonly visit: Visit;
}

/** A node whose subtree is being searched. */
interface Frame extends Resume {
  readonly node: InternalNode;
  /** Depth and path at the end of the node's label. */
  readonly endDepth: number;
  readonly endPath: Packed;
  key: Packed;
  visit: Visit;
  /** The key is longer than the path here but below it: every key in here is above it. */
  readonly takeFirst: boolean;
}

export interface IteratorOptions {
  /** Called with every node that is looked at, also those that turn out not to match. */
  readonly onVisit?: (node: Node) => void;
}

/**
 * Walks the tree as it was when the iterator was made. If `seek` or `next` throws, the position
 * is unchanged and the call may be repeated.
 */
export class NodeIterator implements TreeIterator {
  readonly #store: NodeStore;
  readonly #root: () => Child;
  readonly #onVisit: ((node: Node) => void) | undefined;
  #leaf: LeafNode | undefined;
  /** Innermost last. */
  #resume: Resume[] = [];

  constructor(store: NodeStore, root: () => Child, options: IteratorOptions = {}) {
    this.#store = store;
    this.#root = root;
    this.#onVisit = options.onVisit;
  }

  get valid(): boolean {
    return this.#leaf !== undefined;
  }

  get packedKey(): Packed {
    return this.#current().key;
  }

  get packedValue(): Packed {
    return this.#current().value;
  }

  get key(): Uint8Array {
    return unpack(this.#current().key);
  }

  get value(): Uint8Array {
    return unpack(this.#current().value);
  }

  seek(key: Uint8Array): void {
    this.seekPacked(pack(key));
  }

  rewind(): void {
    this.seekPacked("");
  }

  seekPacked(key: Packed): void {
    const found = this.#search({ child: this.#root(), depth: 0, path: "", visit: Visit.before }, key);
    this.#leaf = found?.leaf;
    this.#resume = found?.resume ?? [];
  }

  next(): void {
    const key = this.#leaf?.key;
    if (key === undefined) return;
    for (let i = this.#resume.length - 1; i >= 0; i--) {
      const found = this.#search(this.#resume[i] as Resume, key);
      if (found !== undefined) {
        this.#leaf = found.leaf;
        this.#resume.length = i;
        for (const point of found.resume) this.#resume.push(point);
        return;
      }
    }
    this.#leaf = undefined;
    this.#resume = [];
  }

  #current(): LeafNode {
    if (this.#leaf === undefined) throw new RangeError("iterator is not at a key");
    return this.#leaf;
  }

  /** The first leaf at or after `key` from a point on, and the points to resume from after it. */
  #search(from: Resume, key: Packed): { leaf: LeafNode; resume: Resume[] } | undefined {
    const frames: Frame[] = [];
    let leaf = this.#enter(frames, from, key);
    while (leaf === undefined && frames.length > 0) {
      const frame = frames[frames.length - 1] as Frame;
      leaf = this.#advance(frames, frame);
    }
    if (leaf === undefined) return undefined;
    return { leaf, resume: frames.map(({ child, depth, path, visit }) => ({ child, depth, path, visit })) };
  }

  /** Looks at a child: returns it if it is a matching leaf, pushes a frame if it is an internal node. */
  #enter(frames: Frame[], point: Resume, key: Packed): LeafNode | undefined {
    const node = this.#touch(point.child, key);
    if (node === null) return undefined;
    if (node.kind === NodeKind.leaf) return node.key >= key ? node : undefined;
    const endDepth = point.depth + node.labelBits;
    const endPath = mergeBits(point.path, point.depth, node.label, node.labelBits);
    const takeFirst = endDepth > 0 && key.length * 8 >= endDepth && key < endPath;
    frames.push({ ...point, node, endDepth, endPath, key, takeFirst });
    return undefined;
  }

  /** The next step in the innermost frame: one child is entered, or the frame is done. */
  #advance(frames: Frame[], frame: Frame): LeafNode | undefined {
    const { node, endDepth, takeFirst } = frame;
    const notLonger = frame.key.length * 8 <= endDepth;
    switch (frame.visit) {
      case Visit.before:
        frame.visit = Visit.at;
        return notLonger || takeFirst ? this.#descend(frames, frame, node.leaf) : undefined;
      case Visit.at:
        if (notLonger) frame.key = withBit(frame.key, endDepth, 0);
        if (bitAt(frame.key, endDepth) === 0 || takeFirst) {
          frame.visit = Visit.atLeft;
          return this.#descend(frames, frame, node.left);
        }
        frame.visit = Visit.after;
        return this.#descend(frames, frame, node.right);
      case Visit.atLeft:
        frame.key = withBit(sliceBits(frame.key, 0, endDepth), endDepth, 1);
        frame.visit = Visit.after;
        return this.#descend(frames, frame, node.right);
      case Visit.after:
        frames.pop();
        return undefined;
    }
  }

  #descend(frames: Frame[], frame: Frame, child: Child): LeafNode | undefined {
    if (child === null) return undefined;
    return this.#enter(frames, { child, depth: frame.endDepth, path: frame.endPath, visit: Visit.before }, frame.key);
  }

  #touch(child: Child, key: Packed): Node | null {
    try {
      const node = child !== null && child.kind === NodeKind.ref ? this.#store.load(child) : child;
      if (node !== null) this.#onVisit?.(node);
      return node;
    } catch (e) {
      if (e instanceof MissingNodeError) e.searchKey = key;
      throw e;
    }
  }
}

// Writes the new part of a tree, children before parents. It can stop between nodes, so that a
// large tree goes to the store in several transactions.
import type { KvBatch } from "@wadi/kv";
import { assert, must } from "@wadi/util";
import { NodeKind, inlineLeaf, makeInternal, makeRef } from "../node.ts";
import type { Child, InternalNode, LeafNode, Node, NodeRef, Owner } from "../node.ts";
import type { LogEncoder } from "./log-record.ts";
import { nodeKey } from "./keys.ts";
import type { NodeCache } from "./node-cache.ts";
import { encodeInternalRecord, encodeLeafRecord } from "./node-record.ts";

export interface TreeWriterOptions {
  /** Nodes of this owner give up their written children. */
  readonly owner: Owner;
  /** Place of the first node. */
  readonly firstId: number;
  readonly cache?: NodeCache;
  /** Loads a child that is known by its hash only and must be written too. */
  readonly load?: (ref: NodeRef) => Node;
  /** Told of every key that was written, with the place of its record. */
  readonly log?: { readonly encoder: LogEncoder; has(key: string): boolean };
}

export class TreeWriter {
  readonly #options: TreeWriterOptions;
  #start: Child | undefined;
  #root: NodeRef | null | undefined;
  /** The place of the next node. */
  nextId: number;
  // The path to the node under way, and what its children have become.
  readonly #nodes: InternalNode[] = [];
  readonly #lefts: Child[] = [];
  readonly #rights: Child[] = [];
  #written = 0;

  constructor(content: Child, options: TreeWriterOptions) {
    this.#options = options;
    this.nextId = options.firstId;
    this.#start = content;
  }

  get done(): boolean {
    return this.#root !== undefined;
  }

  /** The root's place, null for the empty tree; only once everything is written. */
  get root(): NodeRef | null {
    assert(this.#root !== undefined, "the tree is not written");
    return this.#root;
  }

  /** Writes until everything is written or about `budget` bytes were. */
  run(batch: KvBatch, budget: number): void {
    this.#written = 0;
    if (this.#start !== undefined) {
      const start = this.#settle(batch, this.#start);
      this.#start = undefined;
      if (start === null || start.kind === NodeKind.ref) this.#root = start;
      else this.#push(start);
    }
    while (this.#root === undefined && this.#written < budget) this.#step(batch);
  }

  #push(node: InternalNode): void {
    this.#nodes.push(node);
    this.#lefts.push(node.left);
    this.#rights.push(node.right);
  }

  #step(batch: KvBatch): void {
    const top = this.#nodes.length - 1;
    const left = this.#settle(batch, this.#lefts[top] as Child);
    this.#lefts[top] = left;
    if (left !== null && left.kind === NodeKind.internal) {
      this.#push(left);
      return;
    }
    const right = this.#settle(batch, this.#rights[top] as Child);
    this.#rights[top] = right;
    if (right !== null && right.kind === NodeKind.internal) {
      this.#push(right);
      return;
    }
    const node = this.#nodes.pop() as InternalNode;
    this.#lefts.pop();
    this.#rights.pop();
    const ref = this.#writeInternal(batch, node, left, right);
    if (top === 0) this.#root = ref;
    else if (this.#lefts[top - 1] === node) this.#lefts[top - 1] = ref;
    else this.#rights[top - 1] = ref;
  }

  /** A child as a reference where that takes no descent: a leaf is written, what is stored stays. */
  #settle(batch: KvBatch, child: Child): NodeRef | InternalNode | null {
    let node = child;
    if (node !== null && node.kind === NodeKind.ref) {
      if (node.id !== 0) return node;
      node = must(this.#options.load, "a stored tree has a child without a place")(node);
    }
    return node !== null && node.kind === NodeKind.leaf ? this.#writeLeaf(batch, node) : node;
  }

  #writeLeaf(batch: KvBatch, leaf: LeafNode): NodeRef {
    const id = this.#append(batch, encodeLeafRecord(leaf));
    this.#options.cache?.set(id, leaf);
    this.#note(leaf, id);
    return makeRef(leaf.hash, id);
  }

  #writeInternal(batch: KvBatch, node: InternalNode, left: NodeRef | null, right: NodeRef | null): NodeRef {
    const id = this.#append(batch, encodeInternalRecord(node, left, right));
    const { cache, owner } = this.#options;
    if (node.owner === owner) {
      node.left = left;
      node.right = right;
      node.owner = null;
      cache?.set(id, node);
    } else {
      cache?.set(id, makeInternal(node.label, node.labelBits, node.leaf, left, right, null, node.hash));
    }
    if (node.leaf !== null) this.#note(inlineLeaf(node.leaf), id);
    return makeRef(node.hash, id);
  }

  #append(batch: KvBatch, record: Uint8Array): number {
    const id = this.nextId++;
    batch.append(nodeKey(id), record);
    this.#written += record.length;
    return id;
  }

  #note(leaf: LeafNode, id: number): void {
    const { log } = this.#options;
    if (log !== undefined && log.has(leaf.key)) log.encoder.add(leaf.key, id);
  }
}

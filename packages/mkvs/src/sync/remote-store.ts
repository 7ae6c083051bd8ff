// Nodes of a remote tree that were proven so far, bounded in size.
import { EMPTY_HASH, NodeKind, makeRef } from "../node.ts";
import type { Child, InternalNode, Node, NodeRef } from "../node.ts";
import { ErrNodeNotFound, MissingNodeError } from "../errors.ts";
import { refByHash } from "../node-store.ts";
import type { NodeStore } from "../node-store.ts";
import type { Packed } from "../packed.ts";
import { packedHash } from "../root.ts";
import type { Root } from "../root.ts";
import { isError } from "@wadi/util";

/** Heap of a node besides its key, value and label, with its place in the map, as measured. */
const LEAF_OVERHEAD = 160;
const INTERNAL_OVERHEAD = 350;

function heapSize(node: Node): number {
  if (node.kind === NodeKind.leaf) return LEAF_OVERHEAD + node.key.length + node.value.length;
  const leaf = node.leaf?.kind === NodeKind.leaf ? heapSize(node.leaf) : 0;
  return INTERNAL_OVERHEAD + node.label.length + leaf;
}

function asReference(child: Child): Child {
  return child === null || child.hash === EMPTY_HASH ? null : makeRef(child.hash);
}

/**
 * A cache of proven nodes by hash, in two generations: when the young one is full, the old one is
 * dropped and the young one becomes the old one. Nodes that come in while an operation is under
 * way stay until it is done, however many there are.
 */
export class RemoteNodeStore implements NodeStore {
  readonly #local: NodeStore | undefined;
  readonly #generationSize: number;
  #young = new Map<Packed, Node>();
  #youngSize = 0;
  #old = new Map<Packed, Node>();
  readonly #pinned = new Map<Packed, Node>();

  /** `capacityBytes` of heap, roughly; `local` is looked at before a node counts as missing. */
  constructor(capacityBytes: number, local?: NodeStore) {
    this.#generationSize = capacityBytes / 2;
    this.#local = local;
  }

  openRoot(root: Root): NodeRef | null {
    return refByHash(packedHash(root));
  }

  load(ref: NodeRef): Node {
    const node = this.#find(ref.hash) ?? this.#loadLocal(ref);
    if (node === undefined) throw new MissingNodeError(ref.hash);
    return node;
  }

  has(hash: Packed): boolean {
    return this.#find(hash) !== undefined;
  }

  /** Adds a proven node that belongs to this store from now on. */
  add(node: Node): void {
    const known = this.#find(node.hash);
    // A node whose leaf slot is only known by hash must not replace one that has the leaf.
    if (known !== undefined && (node.kind === NodeKind.leaf || node.leaf?.kind === NodeKind.ref)) return;
    if (node.kind === NodeKind.internal) {
      // Subtrees are found by hash; holding on to them would void the bound.
      node.left = asReference(node.left);
      node.right = asReference(node.right);
      // Somebody may hold the older form of the node and look for its leaf.
      if (known?.kind === NodeKind.internal && known.leaf?.kind === NodeKind.ref) this.#addLeafOf(node);
    }
    this.#pinned.set(node.hash, node);
    this.#keep(node);
  }

  #addLeafOf({ leaf }: InternalNode): void {
    if (leaf?.kind === NodeKind.leaf) this.add(leaf);
  }

  /** The operation that brought in nodes is done. */
  unpin(): void {
    this.#pinned.clear();
  }

  #find(hash: Packed): Node | undefined {
    const young = this.#young.get(hash);
    if (young !== undefined) return young;
    const old = this.#old.get(hash);
    if (old === undefined) return this.#pinned.get(hash);
    this.#keep(old);
    return old;
  }

  #keep(node: Node): void {
    if (!this.#young.has(node.hash)) this.#youngSize += heapSize(node);
    this.#young.set(node.hash, node);
    if (this.#youngSize <= this.#generationSize) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngSize = 0;
  }

  #loadLocal(ref: NodeRef): Node | undefined {
    try {
      return this.#local?.load(ref);
    } catch (e) {
      if (e instanceof MissingNodeError || isError(e, ErrNodeNotFound)) return undefined;
      throw e;
    }
  }
}

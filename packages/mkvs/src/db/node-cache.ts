import { NodeKind } from "../node.ts";
import type { Node } from "../node.ts";

/** Heap bytes of a node with its strings and child references, roughly. */
function heapSize(node: Node): number {
  if (node.kind === NodeKind.leaf) return 160 + node.key.length + node.value.length;
  const leaf = node.leaf !== null && node.leaf.kind === NodeKind.leaf ? node.leaf : null;
  return 330 + node.label.length + (leaf === null ? 0 : 120 + leaf.key.length + leaf.value.length);
}

/**
 * Nodes by place, shared by all trees of a database and bounded by bytes. Two generations: what
 * is used moves to the young one; when that fills its share of the room it becomes the old one and
 * the former old one is dropped. A hit in the young one changes nothing, which is what makes it
 * cheaper than a list in order of use.
 */
export class NodeCache {
  readonly #generationBytes: number;
  #young = new Map<number, Node>();
  #old = new Map<number, Node>();
  #youngBytes = 0;

  /** A cache of 0 bytes keeps nothing. */
  constructor(maxBytes: number) {
    // A node that is used again lies in both generations for a while, and the collector lets
    // dropped ones stand: a third of the bound for each keeps the whole near it.
    this.#generationBytes = maxBytes / 3;
  }

  get(id: number): Node | undefined {
    const node = this.#young.get(id);
    if (node !== undefined) return node;
    const old = this.#old.get(id);
    if (old !== undefined) this.set(id, old);
    return old;
  }

  set(id: number, node: Node): void {
    if (this.#generationBytes === 0) return;
    this.#young.set(id, node);
    this.#youngBytes += heapSize(node);
    if (this.#youngBytes <= this.#generationBytes) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
  }
}

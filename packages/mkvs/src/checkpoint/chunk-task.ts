// One chunking task: a subtree that is being cut into chunks (go/storage/mkvs/checkpoint/
// subtree.go), as a walk that can stop after any leaf and go on in the next chunk. Chunks are
// written in the order of the walk, which is the order of proof entries.
import { assert, must } from "@wadi/util";
import { NodeKind } from "../node.ts";
import type { Child, InternalNode, Node } from "../node.ts";
import { resolve } from "../node-store.ts";
import type { NodeStore } from "../node-store.ts";
import type { ChunkWriter } from "./chunk-writer.ts";

/** How far the walk got with a node on the stack. */
const Visit = { before: 0, at: 1, left: 2, right: 3 } as const;
type Visit = (typeof Visit)[keyof typeof Visit];

interface StackElement {
  readonly node: Node;
  visit: Visit;
  /** The leaf stands in the leaf slot of the internal node below it on the stack. */
  readonly embedded: boolean;
  /** Already part of the chunk that is being written. */
  included: boolean;
}

interface PathElement {
  readonly node: InternalNode;
  /** The child that leads to the task's subtree. */
  readonly side: "left" | "right";
}

function element(node: Node, embedded = false): StackElement {
  return { node, visit: Visit.before, embedded, included: false };
}

/** A subtree with what is left to do in it. */
export class ChunkTask {
  readonly #store: NodeStore;
  /** From the root to the parent of the subtree. */
  readonly #path: PathElement[];
  /** From the root of the subtree to the node visited last. */
  readonly #stack: StackElement[] = [];
  /** The tree is empty and its one chunk has not been written. */
  #emptyTree = false;

  constructor(store: NodeStore, root: Child, path: PathElement[] = []) {
    this.#store = store;
    this.#path = path;
    const node = resolve(store, root);
    if (node === null) this.#emptyTree = true;
    else this.#stack.push(element(node));
  }

  /** Nothing is left to do. */
  get finished(): boolean {
    return this.#stack.length === 0 && !this.#emptyTree;
  }

  /**
   * The tasks that take the place of this one, in the order that decides chunk indices. None for
   * a finished task, the task itself where it cannot be split.
   */
  split(): ChunkTask[] {
    if (this.#emptyTree) return [this];
    const bottom = this.#stack[0];
    if (bottom === undefined) return [];
    const { node } = bottom;
    if (node.kind === NodeKind.leaf) return [this];
    switch (bottom.visit) {
      case Visit.before:
      case Visit.at:
        if (node.left === null && node.right === null) return [this];
        return [...this.#child(node, "left"), ...this.#child(node, "right")];
      case Visit.left: {
        if (this.#stack.length === 1) return [this];
        const right = this.#child(node, "right");
        this.#moveBottomToPath(node, "left");
        return [...right, this];
      }
      case Visit.right:
        this.#moveBottomToPath(node, "right");
        return [this];
    }
  }

  #child(parent: InternalNode, side: "left" | "right"): ChunkTask[] {
    const child = parent[side];
    return child === null ? [] : [new ChunkTask(this.#store, child, [...this.#path, { node: parent, side }])];
  }

  #moveBottomToPath(node: InternalNode, side: "left" | "right"): void {
    this.#path.push({ node, side });
    this.#stack.shift();
  }

  /**
   * Writes the next chunk up to the first leaf at which the writer's estimate reaches
   * `chunkSize`. Yields after every node.
   */
  *nextChunk(out: ChunkWriter, chunkSize: number): Generator<void, void> {
    this.#open(out);
    let lastIsLeaf = false;
    for (;;) {
      if (lastIsLeaf && out.sizeEstimate >= chunkSize) break;
      const top = this.#stack.pop();
      if (top === undefined) break;
      if (!top.included) {
        if (top.embedded) out.embedded(top.node);
        else out.full(top.node);
        top.included = true;
      }
      if (top.node.kind === NodeKind.leaf) {
        lastIsLeaf = true;
      } else {
        if (top.visit === Visit.before) lastIsLeaf = false;
        this.#advance(top, top.node, out);
      }
      yield;
    }
    this.#close(out);
    this.#trim();
  }

  /** Moves an internal node that was taken from the stack one state on. */
  #advance(top: StackElement, node: InternalNode, out: ChunkWriter): void {
    switch (top.visit) {
      case Visit.before: {
        top.visit = Visit.at;
        this.#stack.push(top);
        const leaf = resolve(this.#store, node.leaf);
        if (leaf !== null) this.#stack.push(element(leaf, true));
        break;
      }
      case Visit.at:
        top.visit = Visit.left;
        this.#stack.push(top);
        this.#descend(node.left, out);
        break;
      case Visit.left:
        top.visit = Visit.right;
        this.#stack.push(top);
        this.#descend(node.right, out);
        break;
      case Visit.right:
        break;
    }
  }

  #descend(child: Child, out: ChunkWriter): void {
    const node = resolve(this.#store, child);
    if (node === null) out.reference(null);
    else this.#stack.push(element(node));
  }

  /** Writes what leads from the root to where the walk goes on. */
  #open(out: ChunkWriter): void {
    if (this.#emptyTree) {
      out.reference(null);
      this.#emptyTree = false;
    }
    for (const { node, side } of this.#path) {
      out.full(node);
      if (side === "right") out.reference(node.left);
    }
    this.#stack.forEach((item, i) => {
      const { node, visit, embedded } = item;
      if (embedded) out.embedded(node);
      else out.full(node);
      item.included = true;
      if (node.kind === NodeKind.leaf) return;
      const last = i === this.#stack.length - 1;
      if (visit === Visit.right || (visit === Visit.left && last)) out.reference(node.left);
    });
  }

  /** Writes the references to everything that lies after the last visited leaf. */
  #close(out: ChunkWriter): void {
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const { node, visit } = must(this.#stack[i]);
      if (node.kind === NodeKind.leaf) continue;
      assert(visit !== Visit.before, "a chunk ends after a leaf");
      if (visit === Visit.at) out.reference(node.left);
      if (visit === Visit.at || visit === Visit.left) out.reference(node.right);
    }
    for (let i = this.#path.length - 1; i >= 0; i--) {
      const { node, side } = must(this.#path[i]);
      if (side === "left") out.reference(node.right);
    }
  }

  /** Drops from the top what has nothing left to visit. */
  #trim(): void {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      const { node, visit } = top;
      if (node.kind === NodeKind.leaf || visit === Visit.before) return;
      if (visit === Visit.at && (node.left !== null || node.right !== null)) return;
      if (visit === Visit.left && node.right !== null) return;
      this.#stack.pop();
    }
  }
}

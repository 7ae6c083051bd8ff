import { MissingNodeError } from "../errors.ts";
import type { Node, NodeRef } from "../node.ts";
import { refByHash } from "../node-store.ts";
import type { NodeStore } from "../node-store.ts";
import type { Packed } from "../packed.ts";
import { packedHash } from "../root.ts";
import type { Root } from "../root.ts";

/** Nodes by hash, for trees put together from proofs. Holds every node until it is dropped. */
export class HashNodeStore implements NodeStore {
  readonly #nodes = new Map<Packed, Node>();

  get size(): number {
    return this.#nodes.size;
  }

  /** Adds a hashed node; its children may be nodes or references. */
  add(node: Node): void {
    this.#nodes.set(node.hash, node);
  }

  has(hash: Packed): boolean {
    return this.#nodes.has(hash);
  }

  openRoot(root: Root): NodeRef | null {
    return refByHash(packedHash(root));
  }

  load(ref: NodeRef): Node {
    const node = this.#nodes.get(ref.hash);
    if (node === undefined) throw new MissingNodeError(ref.hash);
    return node;
  }
}

import type { KeyValueTree, TreeIterator } from "../key-value-tree.ts";
import { pack, unpackValue } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { withNeed } from "./need.ts";

/** A tree whose errors about missing nodes say what was looked for. */
export class AskingTree implements KeyValueTree {
  readonly #inner: KeyValueTree;

  constructor(inner: KeyValueTree) {
    this.#inner = inner;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return unpackValue(this.getPacked(pack(key)));
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.insertPacked(pack(key), pack(value));
  }

  remove(key: Uint8Array): void {
    this.removePacked(pack(key));
  }

  removeExisting(key: Uint8Array): Uint8Array | undefined {
    return unpackValue(this.removeExistingPacked(pack(key)));
  }

  /** Iterators say themselves what they look for. */
  iterate(): TreeIterator {
    return this.#inner.iterate();
  }

  getPacked(key: Packed): Packed | undefined {
    return withNeed({ kind: "get", key, siblings: false }, () => this.#inner.getPacked(key));
  }

  insertPacked(key: Packed, value: Packed): void {
    withNeed({ kind: "get", key, siblings: false }, () => this.#inner.insertPacked(key, value));
  }

  removePacked(key: Packed): void {
    withNeed({ kind: "get", key, siblings: true }, () => this.#inner.removePacked(key));
  }

  removeExistingPacked(key: Packed): Packed | undefined {
    return withNeed({ kind: "get", key, siblings: true }, () => this.#inner.removeExistingPacked(key));
  }
}

import { pack, Tree, unpack, type KeyValueTree, type Packed, type Root, type TreeIterator } from "@wadi/mkvs";
import type { WatchedHost } from "../host.ts";
import { HostTreeStore, type HostNodes, type Want } from "./host-nodes.ts";

/** A tree of the host that can be changed; reading blocks until the host has answered. */
export class HostTree implements KeyValueTree {
  readonly #store: HostTreeStore;
  readonly #nodes: HostNodes;
  readonly #tree: Tree;

  constructor(host: WatchedHost, nodes: HostNodes, root: Root) {
    this.#nodes = nodes;
    this.#store = new HostTreeStore(host, nodes, root);
    this.#tree = new Tree(this.#store, root);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.getPacked(pack(key));
    return value === undefined ? undefined : unpack(value);
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.insertPacked(pack(key), pack(value));
  }

  remove(key: Uint8Array): void {
    this.removeExistingPacked(pack(key));
  }

  removeExisting(key: Uint8Array): Uint8Array | undefined {
    const value = this.removeExistingPacked(pack(key));
    return value === undefined ? undefined : unpack(value);
  }

  getPacked(key: Packed): Packed | undefined {
    return this.#with({ kind: "get", key, siblings: false }, () => this.#tree.getPacked(key));
  }

  insertPacked(key: Packed, value: Packed): void {
    this.#with({ kind: "get", key, siblings: false }, () => this.#tree.insertPacked(key, value));
  }

  removePacked(key: Packed): void {
    this.removeExistingPacked(key);
  }

  removeExistingPacked(key: Packed): Packed | undefined {
    return this.#with({ kind: "get", key, siblings: true }, () => this.#tree.removeExistingPacked(key));
  }

  iterate(): TreeIterator {
    const inner = this.#tree.iterate();
    const seekPacked = (key: Packed): void => this.#with({ kind: "iterate", key }, () => inner.seekPacked(key));
    return {
      get valid() {
        return inner.valid;
      },
      get key() {
        return inner.key;
      },
      get value() {
        return inner.value;
      },
      get packedKey() {
        return inner.packedKey;
      },
      get packedValue() {
        return inner.packedValue;
      },
      seekPacked,
      seek: (key) => seekPacked(pack(key)),
      rewind: () => seekPacked(""),
      next: () => {
        if (inner.valid) this.#with({ kind: "iterate", key: inner.packedKey }, () => inner.next());
      },
    };
  }

  /** The root after the changes and what changed, by key. The tree is not to be used any more. */
  commit(
    namespace: string,
    round: bigint,
  ): { readonly hash: string; readonly changes: ReadonlyMap<Packed, Packed | null> } {
    const { hash, writeLog } = this.#tree.commit(namespace, round);
    this.#nodes.addTree(this.#tree.content);
    return { hash, changes: writeLog.changes };
  }

  /** The nodes of the tree need not be kept any longer. */
  release(): void {
    this.#store.release();
  }

  // A change may bring up a node that is not on the way to its key in the host's tree (the sibling
  // of a removed leaf), so what came once stays as long as the tree.
  #with<T>(want: Want, operation: () => T): T {
    this.#store.want = want;
    return operation();
  }
}

// A tree whose nodes are fetched, with proofs, from somebody who is not trusted (facts of the
// reference: go/storage/mkvs/cache.go, remoteSync).
//
// Everything that works on a tree stays synchronous. An operation that comes to a node which is
// not at hand fails, the node is fetched, verified and kept, and the operation runs again.
import { WadiError } from "@wadi/util";
import type { Hash } from "@wadi/types";
import { MissingNodeError, fail } from "../errors.ts";
import type { CommitResult } from "../tree.ts";
import type { Node } from "../node.ts";
import type { NodeStore } from "../node-store.ts";
import { packedFromHex, packedToHex, unpack } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { rootsEqual } from "../root.ts";
import type { Root } from "../root.ts";
import { Tree } from "../tree.ts";
import type { KeyValueTree } from "../key-value-tree.ts";
import { AskingTree } from "./asking-tree.ts";
import { ErrNodeNotInProof, ErrUnexpectedProofRoot } from "./errors.ts";
import type { GetPrefixesRequest, GetRequest, IterateRequest, Proof, ProofResponse, TreeId } from "./messages.ts";
import { needOf } from "./need.ts";
import { verifyProof } from "./proof.ts";
import { proveGet, proveIterate, provePrefixes } from "./prove.ts";
import type { CallOptions, ReadSyncer } from "./read-syncer.ts";
import { RemoteNodeStore } from "./remote-store.ts";

export interface RemoteTreeOptions {
  /** Heap for proven nodes, roughly. */
  readonly capacityBytes?: number;
  /** Where to look before asking, for instance a database that holds parts of the tree. */
  readonly local?: NodeStore;
  /** Form of the proofs to ask for; everybody serves and uses 0 (default), 1 is smaller. */
  readonly proofVersion?: 0 | 1;
}

export interface ReadOptions extends CallOptions {
  /** Items that are fetched together with one that an iterator lacks, at most 65,535. */
  readonly prefetch?: number;
}

/** How a node is fetched. */
interface FetchOptions extends ReadOptions {
  readonly proofVersion?: number;
}

/** The part of a tree that does not change it. */
export type ReadableTree = Pick<KeyValueTree, "get" | "getPacked" | "iterate">;

const DEFAULT_CAPACITY_BYTES = 32 << 20;
const MAX_COUNT = 0xffff;

/** Not to be used by two callers at a time where one of them changes the tree. */
export class RemoteTree implements ReadSyncer {
  readonly #syncer: ReadSyncer;
  readonly #store: RemoteNodeStore;
  readonly #proofVersion: number;
  #tree: Tree;
  /** Operations under way. */
  #running = 0;

  /** The tree at `root`, which must come from somebody trusted. */
  constructor(
    syncer: ReadSyncer,
    root: Root,
    { capacityBytes = DEFAULT_CAPACITY_BYTES, local, proofVersion = 0 }: RemoteTreeOptions = {},
  ) {
    this.#syncer = syncer;
    this.#store = new RemoteNodeStore(capacityBytes, local);
    this.#proofVersion = proofVersion;
    this.#tree = new Tree(this.#store, root);
  }

  /** The committed root that the tree is based on. */
  get syncRoot(): Root {
    return this.#tree.syncRoot;
  }

  /** The nodes that were proven so far. */
  get store(): NodeStore {
    return this.#store;
  }

  /**
   * Runs an operation that only reads; it may be run several times and must have no other effect.
   * Throws what the operation and the syncer throw, ErrUnexpectedProofRoot, ErrNodeNotInProof and
   * the errors of `verifyProof`.
   */
  read<T>(operation: (tree: ReadableTree) => T, options: ReadOptions = {}): Promise<T> {
    return this.#untilComplete(() => operation(new AskingTree(this.#tree)), options);
  }

  /** Runs an operation that may change the tree; only its last, complete run leaves a trace. */
  update<T>(operation: (tree: KeyValueTree) => T, options: ReadOptions = {}): Promise<T> {
    return this.#untilComplete(() => {
      const attempt = this.#tree.copy();
      const result = operation(new AskingTree(attempt));
      this.#tree = attempt;
      return result;
    }, options);
  }

  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.read((tree) => tree.get(key), options);
  }

  /** Items from `from` on, in order of their keys. The tree must not be changed meanwhile. */
  async *entries(from: Uint8Array, options: ReadOptions = {}): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const iterator = this.#tree.iterate();
    await this.#untilComplete(() => iterator.seek(from), options);
    while (iterator.valid) {
      yield [iterator.key, iterator.value];
      await this.#untilComplete(() => iterator.next(), options);
    }
  }

  /** Fetches up to `limit` items below the prefixes at once. */
  async prefetchPrefixes(prefixes: readonly Uint8Array[], limit: number, options?: CallOptions): Promise<void> {
    await this.#fetchPrefixes(prefixes, limit, this.#proofVersion, options);
  }

  async #fetchPrefixes(
    prefixes: readonly Uint8Array[],
    limit: number,
    proofVersion: number,
    options?: CallOptions,
  ): Promise<void> {
    if (prefixes.length === 0 || limit === 0) return;
    const root = this.#tree.syncRoot;
    const tree = { root, position: root.hash as Hash };
    const request = { tree, prefixes, limit: Math.min(limit, MAX_COUNT), proofVersion };
    const { proof } = await this.#syncer.syncGetPrefixes(request, options);
    this.#merge(proof, tree);
    this.#unpinIfIdle();
  }

  /** Commits in memory; nodes that were fetched and are still part of the tree stay usable. */
  commit(namespace: string, version: bigint): CommitResult {
    return this.#tree.commit(namespace, version);
  }

  // A remote tree may itself be asked for proofs, which it puts together from those it gets. One of
  // version 0 shows the leaves in all leaf slots, which those of version 1 mostly leave out.

  #versionFor(asked: number): number {
    return Math.min(asked, this.#proofVersion);
  }

  syncGet(request: GetRequest, options?: CallOptions): Promise<ProofResponse> {
    const proofVersion = this.#versionFor(request.proofVersion);
    return this.#untilComplete(() => proveGet(this.#tree, request), { ...options, proofVersion });
  }

  async syncGetPrefixes(request: GetPrefixesRequest, options?: CallOptions): Promise<ProofResponse> {
    const proofVersion = this.#versionFor(request.proofVersion);
    if (rootsEqual(request.tree.root, this.#tree.syncRoot) && !this.#tree.dirty) {
      await this.#fetchPrefixes(request.prefixes, request.limit, proofVersion, options);
    }
    return this.#untilComplete(() => provePrefixes(this.#tree, request), { ...options, proofVersion });
  }

  syncIterate(request: IterateRequest, options?: CallOptions): Promise<ProofResponse> {
    const { prefetch } = request;
    const proofVersion = this.#versionFor(request.proofVersion);
    return this.#untilComplete(() => proveIterate(this.#tree, request), { ...options, prefetch, proofVersion });
  }

  async #untilComplete<T>(operation: () => T, options: FetchOptions): Promise<T> {
    this.#running++;
    try {
      for (;;) {
        try {
          return operation();
        } catch (e) {
          if (!(e instanceof MissingNodeError)) throw e;
          await this.#fetch(e, options);
        }
      }
    } finally {
      this.#running--;
      this.#unpinIfIdle();
    }
  }

  #unpinIfIdle(): void {
    if (this.#running === 0) this.#store.unpin();
  }

  async #fetch(
    missing: MissingNodeError,
    { signal, prefetch = 0, proofVersion = this.#proofVersion }: FetchOptions,
  ): Promise<void> {
    const need = needOf(missing);
    if (need === undefined) throw missing;
    const call: CallOptions = signal === undefined ? {} : { signal };
    const tree: TreeId = { root: this.#tree.syncRoot, position: packedToHex(missing.hash) as Hash };
    const key = unpack(need.key);
    const { proof } =
      need.kind === "get"
        ? await this.#syncer.syncGet({ tree, key, includeSiblings: need.siblings, proofVersion }, call)
        : await this.#syncer.syncIterate({ tree, key, prefetch: Math.min(prefetch, MAX_COUNT), proofVersion }, call);
    this.#merge(proof, tree);
    if (!this.#store.has(missing.hash)) fail(ErrNodeNotInProof);
  }

  /** Checks a proof for the wanted position or the whole tree and keeps its nodes. */
  #merge(proof: Proof, { root, position }: TreeId): void {
    const claimed = proof.untrustedRoot;
    if (claimed !== position && claimed !== root.hash) {
      throw new WadiError(ErrUnexpectedProofRoot, { context: claimed });
    }
    const expected: Packed = packedFromHex(claimed === position ? position : root.hash);
    const nodes: Node[] = [];
    verifyProof(expected, proof, { onNode: (node) => nodes.push(node) });
    for (const node of nodes) this.#store.add(node);
  }
}

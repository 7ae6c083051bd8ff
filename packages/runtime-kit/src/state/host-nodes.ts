// Nodes of the trees that the host keeps: asked for when they are needed, checked against the root
// with the proof that comes along, kept within a bound. They are found by hash, so nodes of older
// roots serve newer ones.
import {
  decodeNode,
  EMPTY_HASH,
  encodedSize,
  hostStorageEndpoints,
  MissingNodeError,
  NodeKind,
  pack,
  packedHash,
  packedToHex,
  RemoteNodeStore,
  unpack,
  verifyProof,
  writeNode,
  type Child,
  type Node,
  type NodeRef,
  type NodeStore,
  type Packed,
  type Proof,
  type Root,
  type TreeId,
} from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { BatchError } from "../errors.ts";
import type { WatchedHost } from "../host.ts";

/** What an operation is after, which decides how a missing node is asked for. */
export type Want =
  | { readonly kind: "get"; readonly key: Packed; readonly siblings: boolean }
  | { readonly kind: "iterate"; readonly key: Packed };

/** Items that come along with one that an iterator lacks. */
const PREFETCH = 64;

/** Most that a batch's nodes may take to be shared with another thread, which else asks for what it needs. */
const MAX_SHARED_BYTES = 4 << 20;

/** All proven nodes of one thread, for any number of trees. */
export class HostNodes {
  readonly store: RemoteNodeStore;
  #committed: readonly Node[] = [];

  constructor(capacityBytes = 8 << 20) {
    this.store = new RemoteNodeStore(capacityBytes);
  }

  /** Adds the nodes of a committed tree that are in memory; the tree is not to be used any more. */
  addTree(content: Child): void {
    const nodes: Node[] = [];
    collect(content, nodes);
    for (const node of nodes) this.store.add(node);
    this.#committed = nodes;
  }

  /** The nodes of the last committed tree, once, for `addShared` of another thread; nothing if they are too many. */
  takeShared(): Uint8Array<ArrayBuffer> | undefined {
    const nodes = this.#committed;
    this.#committed = [];
    let size = 0;
    for (const node of nodes) size += LENGTH_SIZE + encodedSize(node, "full");
    return size === 0 || size > MAX_SHARED_BYTES ? undefined : encodeNodes(nodes, size);
  }

  /** Adds what `takeShared` gave. Each node is kept under the hash of its bytes, so there is nothing to believe. */
  addShared(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length;) {
      const start = at + LENGTH_SIZE;
      at = start + view.getUint32(at);
      this.store.add(decodeNode(bytes.subarray(start, at)));
    }
    this.store.unpin();
  }
}

const LENGTH_SIZE = 4;

function encodeNodes(nodes: readonly Node[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const node of nodes) {
    const end = writeNode(bytes, node, "full", at + LENGTH_SIZE);
    view.setUint32(at, end - at - LENGTH_SIZE);
    at = end;
  }
  return bytes;
}

function collect(child: Child, into: Node[]): void {
  if (child === null || child.kind === NodeKind.ref) return;
  into.push(child);
  if (child.kind !== NodeKind.internal) return;
  collect(child.left, into);
  collect(child.right, into);
}

/** One tree of the host as a store whose `load` asks the host. */
export class HostTreeStore implements NodeStore {
  readonly #host: WatchedHost;
  readonly #nodes: RemoteNodeStore;
  readonly #root: Root;
  /** Set before every operation. */
  want: Want = { kind: "get", key: pack(new Uint8Array(0)), siblings: false };

  /** `root` must come from a block that is trusted. */
  constructor(host: WatchedHost, nodes: HostNodes, root: Root) {
    this.#host = host;
    this.#nodes = nodes.store;
    this.#root = root;
  }

  openRoot(root: Root): NodeRef | null {
    return packedHash(root) === EMPTY_HASH ? null : this.#nodes.openRoot(root);
  }

  load(ref: NodeRef): Node {
    if (!this.#nodes.has(ref.hash)) this.#host.guard(() => this.#fetch(ref.hash));
    return this.#nodes.load(ref);
  }

  /** The nodes of the tree need not be kept any longer, beyond the bound of all. */
  release(): void {
    this.#nodes.unpin();
  }

  #fetch(hash: Packed): void {
    const position = packedToHex(hash) as Hash;
    const proof = this.#ask({ root: this.#root, position });
    if (proof.untrustedRoot !== position && proof.untrustedRoot !== this.#root.hash) {
      throw new BatchError("runtime-kit", 8, "the host answered with a proof of another tree");
    }
    const expected = proof.untrustedRoot === position ? hash : packedHash(this.#root);
    const found: Node[] = [];
    verifyProof(expected, proof, { onNode: (node) => found.push(node) });
    for (const node of found) this.#nodes.add(node);
    if (!this.#nodes.has(hash)) throw new MissingNodeError(hash);
  }

  #ask(tree: TreeId): Proof {
    const { kind, key } = this.want;
    const request =
      this.want.kind === "get"
        ? {
            syncGet: { tree, key: unpack(key), includeSiblings: this.want.siblings, proofVersion: 0 },
            syncIterate: null,
          }
        : { syncGet: null, syncIterate: { tree, key: unpack(key), prefetch: PREFETCH, proofVersion: 0 } };
    const { proofResponse } = this.#host.request("HostStorageSyncRequest", {
      endpoint: hostStorageEndpoints.runtime,
      syncGetPrefixes: null,
      ...request,
    });
    if (proofResponse === null) throw new BatchError("runtime-kit", 8, `the host has no proof for a ${kind}`);
    return proofResponse.proof;
  }
}

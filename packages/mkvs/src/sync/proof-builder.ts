// Collecting nodes into a proof (go/storage/mkvs/syncer/proof.go, ProofBuilder).
import { assert } from "@wadi/util";
import { ErrUnsupportedProofVersion, fail } from "../errors.ts";
import { EMPTY_HASH, HASH_SIZE, NodeKind, childHash, encodedSize, leafHash, writeNode } from "../node.ts";
import type { Node, NodeForm } from "../node.ts";
import { writePacked } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { LATEST_PROOF_VERSION, PROOF_ENTRY_FULL, PROOF_ENTRY_HASH } from "./proof.ts";
import type { ProofEntry } from "./proof.ts";

/** A proof before its root is put into the form of a message. */
export interface BuiltProof {
  readonly v: number;
  /** Hash of the subtree's root if that was included, else of the tree's root. */
  readonly root: Packed;
  readonly entries: readonly ProofEntry[];
}

/** Takes the nodes that a query visits and puts them in order. */
export class ProofBuilder {
  /** 0 or 1. */
  readonly version: number;
  readonly #root: Packed;
  readonly #subtree: Packed;
  readonly #form: NodeForm;
  readonly #included = new Map<Packed, Node>();
  #sizeEstimate = 0;

  /** For the tree with hash `root`; `subtree` is where the asker stands. Throws ErrUnsupportedProofVersion. */
  constructor(root: Packed, subtree: Packed, version: number) {
    if (version > LATEST_PROOF_VERSION) fail(ErrUnsupportedProofVersion, String(version));
    this.version = version;
    this.#root = root;
    this.#subtree = subtree;
    this.#form = version === 0 ? "compact-v0" : "compact-v1";
  }

  /** Bytes of the included nodes; entries that are only hashes are not counted. */
  get sizeEstimate(): number {
    return this.#sizeEstimate;
  }

  /** Adds a node (nothing is accepted and ignored). It must be hashed and its children known. */
  include(node: Node | null): void {
    if (node === null) return;
    fillLeafHash(node);
    if (this.#included.has(node.hash)) return;
    assert(node.hash !== "", "proof: attempted to add a dirty node");
    this.#included.set(node.hash, node);
    this.#sizeEstimate += 1 + encodedSize(node, this.#form);
  }

  /** The proof for what was included so far. Entries are views of one piece of memory. */
  build(): BuiltProof {
    const root = this.#included.has(this.#subtree) ? this.#subtree : this.#root;
    const slab = new EntrySlab(this.#sizeEstimate + (1 + this.#included.size * 3) * (1 + HASH_SIZE));
    const entries: ProofEntry[] = [];
    // What comes next is on top: a tree may be deeper than the call stack.
    const pending: Packed[] = [root];
    for (let hash = pending.pop(); hash !== undefined; hash = pending.pop()) {
      const node = this.#included.get(hash);
      if (node === undefined) {
        entries.push(hash === EMPTY_HASH ? null : slab.hash(hash));
        continue;
      }
      entries.push(slab.node(node, this.#form));
      if (node.kind === NodeKind.leaf) continue;
      pending.push(childHash(node.right), childHash(node.left));
      if (this.version === 1) pending.push(childHash(node.leaf));
    }
    return { v: this.version, root, entries };
  }
}

/** Leaves in the slots of stored nodes come without their hash, which only proofs need. */
function fillLeafHash(node: Node): void {
  const leaf = node.kind === NodeKind.leaf ? node : node.leaf;
  if (leaf === null || leaf.kind === NodeKind.ref || leaf.hash !== "") return;
  leaf.hash = leafHash(leaf.key, leaf.value);
}

/** Memory for the entries of one proof. */
class EntrySlab {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  hash(hash: Packed): Uint8Array {
    const start = this.#at;
    this.#bytes[start] = PROOF_ENTRY_HASH;
    this.#at = writePacked(this.#bytes, hash, start + 1);
    return this.#since(start);
  }

  node(node: Node, form: NodeForm): Uint8Array {
    const start = this.#at;
    this.#bytes[start] = PROOF_ENTRY_FULL;
    this.#at = writeNode(this.#bytes, node, form, start + 1);
    return this.#since(start);
  }

  #since(start: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, start, this.#at - start);
  }
}

// Merkle proofs: what they look like and how they are checked (go/storage/mkvs/syncer/proof.go).
import { ErrMalformedNode, fail } from "../errors.ts";
import { EMPTY_HASH, HASH_SIZE, NodeKind, childHash, decodeNode, encodedSize, hashNode, makeRef } from "../node.ts";
import type { Child, InternalNode, LeafNode, Node } from "../node.ts";
import { packRange, packedToHex } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { ErrInvalidProof } from "./errors.ts";

/** In version 0 a leaf in a leaf slot is part of its internal node, in version 1 a third child. */
export const LATEST_PROOF_VERSION = 1;

/** Nodes below the root that a proof may reach. */
const MAX_PROOF_DEPTH = 128;

export const PROOF_ENTRY_FULL = 1;
export const PROOF_ENTRY_HASH = 2;

/** An expanded node, a hash of a subtree, or null for the empty subtree. */
export type ProofEntry = Uint8Array | null;

/** The parts of a proof that count; the root that a proof claims is only a hint. */
export interface ProofBody {
  readonly v: number;
  /** Pre-order. */
  readonly entries: readonly ProofEntry[];
}

export interface VerifyOptions {
  /**
   * Accept what the reference accepts although it is not what an encoder makes: bytes after the
   * node in an entry, and in version 1 an embedded leaf (which is ignored). Chunks need it,
   * because their digest fixes the bytes before anybody looks at them.
   */
  readonly lenient?: boolean;
  /** Called for every leaf, in the order of the reference's `VerifyProofToWriteLog`. */
  readonly onLeaf?: (leaf: LeafNode) => void;
  /** Called for every node that is complete, children first. Nothing is proven before the end. */
  readonly onNode?: (node: Node) => void;
}

const Slot = { leaf: 0, left: 1, right: 2 } as const;
type Slot = (typeof Slot)[keyof typeof Slot];

interface OpenNode {
  readonly node: InternalNode;
  /** The child that comes next. */
  slot: Slot;
}

/**
 * Builds the tree that a proof describes, entry by entry, so that a large proof can be checked
 * in pieces. Copies what it keeps of an entry.
 */
export class ProofVerifier {
  readonly #version: number;
  readonly #lenient: boolean;
  readonly #onLeaf: ((leaf: LeafNode) => void) | undefined;
  readonly #onNode: ((node: Node) => void) | undefined;
  /** Internal nodes whose children are not complete, from the root down. */
  readonly #open: OpenNode[] = [];
  #tree: Child | undefined;

  constructor(version: number, { lenient = false, onLeaf, onNode }: VerifyOptions = {}) {
    if (version > LATEST_PROOF_VERSION) fail(ErrInvalidProof, `unsupported proof version: ${version}`);
    this.#version = version;
    this.#lenient = lenient;
    this.#onLeaf = onLeaf;
    this.#onNode = onNode;
  }

  /** Takes the next entry. Throws ErrInvalidProof, ErrMalformedNode, ErrMalformedKey or ErrKeyTooLong. */
  add(entry: ProofEntry): void {
    if (this.#tree !== undefined) fail(ErrInvalidProof, "unused entries in proof");
    if (this.#open.length > MAX_PROOF_DEPTH) fail(ErrInvalidProof, "max proof depth exceeded");
    if (entry === null) this.#complete(null);
    else if (entry[0] === PROOF_ENTRY_FULL) this.#addNode(entry);
    else this.#complete(readHashEntry(entry));
  }

  /** The tree, whose root must have the hash `root`; null for the empty tree. Throws ErrInvalidProof. */
  finish(root: Packed): Child {
    const tree = this.#tree;
    if (tree === undefined) fail(ErrInvalidProof, "malformed proof");
    const actual = childHash(tree);
    if (actual !== root) {
      fail(ErrInvalidProof, `bad root (expected: ${packedToHex(root)} got: ${packedToHex(actual)})`);
    }
    return tree;
  }

  #addNode(entry: Uint8Array): void {
    const node = decodeNode(entry.subarray(1));
    if (!this.#lenient) {
      const size = encodedSize(node, this.#version === 0 ? "compact-v0" : "compact-v1");
      if (size !== entry.length - 1) fail(ErrMalformedNode, "unexpected bytes in proof entry");
    }
    if (node.kind === NodeKind.leaf) {
      this.#onLeaf?.(node);
      this.#onNode?.(node);
      this.#complete(node);
      return;
    }
    // Trailing bytes may have been taken for child hashes.
    node.hash = "";
    if (this.#version === 0) {
      if (node.leaf?.kind === NodeKind.leaf) this.#onLeaf?.(node.leaf);
      this.#open.push({ node, slot: Slot.left });
    } else {
      this.#open.push({ node, slot: Slot.leaf });
    }
  }

  /** Puts a complete subtree in its place, which may complete its ancestors. */
  #complete(subtree: Child): void {
    let child = subtree;
    for (;;) {
      const parent = this.#open.at(-1);
      if (parent === undefined) {
        this.#tree = child;
        return;
      }
      if (this.#fill(parent, child)) return;
      this.#open.pop();
      hashNode(parent.node);
      this.#onNode?.(parent.node);
      child = parent.node;
    }
  }

  /** True if the node still waits for another child. */
  #fill(parent: OpenNode, child: Child): boolean {
    switch (parent.slot) {
      case Slot.leaf:
        // The reference only lets the hash decide, but no honest tree holds another node here.
        if (child !== null && child.kind === NodeKind.internal) fail(ErrInvalidProof, "malformed proof");
        parent.node.leaf = child;
        parent.slot = Slot.left;
        return true;
      case Slot.left:
        parent.node.left = child;
        parent.slot = Slot.right;
        return true;
      case Slot.right:
        parent.node.right = child;
        return false;
    }
  }
}

function readHashEntry(entry: Uint8Array): Child {
  if (entry.length === 0) fail(ErrInvalidProof, "malformed proof");
  if (entry[0] !== PROOF_ENTRY_HASH) {
    fail(ErrInvalidProof, `unexpected entry in proof (${(entry[0] as number).toString(16)})`);
  }
  if (entry.length !== 1 + HASH_SIZE) fail(ErrInvalidProof, "malformed hash");
  const hash = packRange(entry, 1, 1 + HASH_SIZE);
  return hash === EMPTY_HASH ? null : makeRef(hash);
}

/**
 * Checks that the proof describes a tree whose root has the hash `root`, obtained from somebody
 * trusted, and returns that tree as far as the proof shows it; null for the empty tree.
 *
 * Throws ErrInvalidProof, ErrMalformedNode, ErrMalformedKey or ErrKeyTooLong.
 */
export function verifyProof(root: Packed, proof: ProofBody, options?: VerifyOptions): Child {
  const verifier = new ProofVerifier(proof.v, options);
  if (proof.entries.length === 0) fail(ErrInvalidProof, "empty proof");
  for (const entry of proof.entries) verifier.add(entry);
  return verifier.finish(root);
}

/** A key and value that a proof shows. */
export interface ProvenItem {
  readonly key: Packed;
  readonly value: Packed;
}

/** Like `verifyProof`, but returns all keys and values that the proof shows, in pre-order. */
export function verifyProofItems(root: Packed, proof: ProofBody, options?: VerifyOptions): ProvenItem[] {
  const items: ProvenItem[] = [];
  verifyProof(root, proof, { ...options, onLeaf: ({ key, value }) => items.push({ key, value }) });
  return items;
}

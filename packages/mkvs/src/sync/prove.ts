// Answers to the read syncer's requests from a tree (go/storage/mkvs/{lookup,prefetch,iterator}.go).
import { bitAt } from "../bits.ts";
import { ErrDirtyRoot, ErrInvalidRoot, ErrLimitReached, fail } from "../errors.ts";
import { NodeIterator } from "../iterator.ts";
import { NodeKind } from "../node.ts";
import type { Child } from "../node.ts";
import { resolve } from "../node-store.ts";
import type { NodeStore } from "../node-store.ts";
import { pack, packedFromHex, packedToHex } from "../packed.ts";
import type { Packed } from "../packed.ts";
import { packedHash, rootsEqual } from "../root.ts";
import type { Root } from "../root.ts";
import type { Hash } from "@wadi/types";
import type { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "./messages.ts";
import { withNeed } from "./need.ts";
import { ProofBuilder } from "./proof-builder.ts";

/** The tree that a request is answered from. */
export interface ProvableTree {
  readonly store: NodeStore;
  readonly syncRoot: Root;
  /** True if there are changes since `syncRoot`. */
  readonly dirty: boolean;
  /** Throws ErrTreeClosed. */
  readonly content: Child;
}

/** Checks in the reference's order; throws ErrTreeClosed, ErrInvalidRoot or ErrDirtyRoot. */
function contentFor(tree: ProvableTree, root: Root): Child {
  const { content } = tree;
  if (!rootsEqual(root, tree.syncRoot)) fail(ErrInvalidRoot);
  if (tree.dirty) fail(ErrDirtyRoot);
  return content;
}

function respond(builder: ProofBuilder): ProofResponse {
  const { v, root, entries } = builder.build();
  return { proof: { v, untrustedRoot: packedToHex(root) as Hash, entries } };
}

/**
 * The proof of a key's value or absence. Throws ErrTreeClosed, ErrInvalidRoot, ErrDirtyRoot,
 * ErrUnsupportedProofVersion and what loading nodes throws.
 */
export function proveGet(tree: ProvableTree, request: GetRequest): ProofResponse {
  const { root, position } = request.tree;
  const content = contentFor(tree, root);
  const builder = new ProofBuilder(packedHash(root), packedFromHex(position), request.proofVersion);
  const key = pack(request.key);
  const siblings = request.includeSiblings;
  withNeed({ kind: "get", key, siblings }, () => includePath(builder, tree.store, content, key, siblings));
  return respond(builder);
}

function includePath(builder: ProofBuilder, store: NodeStore, root: Child, key: Packed, siblings: boolean): void {
  const include = (child: Child): void => builder.include(resolve(store, child));
  const keyBits = key.length * 8;
  let depth = 0;
  let child = root;
  for (;;) {
    const node = resolve(store, child);
    builder.include(node);
    if (node === null || node.kind === NodeKind.leaf) return;
    depth += node.labelBits;
    if (keyBits < depth) return;
    if (keyBits === depth) {
      if (siblings) {
        include(node.left);
        include(node.right);
      }
      if (builder.version > 0) include(node.leaf);
      return;
    }
    const right = bitAt(key, depth) === 1;
    if (siblings) {
      if (builder.version > 0) include(node.leaf);
      include(right ? node.left : node.right);
    }
    child = right ? node.right : node.left;
  }
}

/**
 * Most prefixes of a request, as many as it may ask for items: those that match nothing cost a walk each and
 * count for no limit. The reference takes any number.
 */
const MAX_PREFIXES = 0xffff;

/** The proof of all keys below the prefixes, up to a limit. Throws like `proveGet`, and ErrLimitReached. */
export function provePrefixes(tree: ProvableTree, request: GetPrefixesRequest): ProofResponse {
  if (request.prefixes.length > MAX_PREFIXES) fail(ErrLimitReached, `${request.prefixes.length} prefixes`);
  const { builder, iterator } = provingIterator(tree, request.tree.root, request.proofVersion);
  let total = 0;
  for (const bytes of request.prefixes) {
    const prefix = pack(bytes);
    // The limit is only looked at after the seek, which has included nodes by then.
    for (iterator.seekPacked(prefix); iterator.valid; iterator.next()) {
      if (total >= request.limit) return respond(builder);
      if (!iterator.packedKey.startsWith(prefix)) break;
      total++;
    }
  }
  return respond(builder);
}

/** The proof of the first item at or after a key and the following ones. Throws like `proveGet`. */
export function proveIterate(tree: ProvableTree, request: IterateRequest): ProofResponse {
  const { builder, iterator } = provingIterator(tree, request.tree.root, request.proofVersion);
  iterator.seekPacked(pack(request.key));
  for (let i = 0; iterator.valid && i < request.prefetch; i++) iterator.next();
  return respond(builder);
}

/** Ranges may lie in several subtrees, so their proofs always begin at the root. */
function provingIterator(
  tree: ProvableTree,
  root: Root,
  version: number,
): { builder: ProofBuilder; iterator: NodeIterator } {
  const content = contentFor(tree, root);
  const hash = packedHash(root);
  const builder = new ProofBuilder(hash, hash, version);
  const onVisit = builder.include.bind(builder);
  return { builder, iterator: new NodeIterator(tree.store, () => content, { onVisit }) };
}

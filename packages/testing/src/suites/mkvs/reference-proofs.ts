import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import {
  NodeKind,
  Proof,
  ProofBuilder,
  packedFromHex,
  packedToHex,
  proveGet,
  verifyClaimedProof,
  verifyProofItems,
} from "@wadi/mkvs";
import type { Child, InternalNode, Tree } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { fromBase64, must, toBase64, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { numberedItems, treeOf } from "./trees.ts";

interface Constants {
  readonly nothing_included: string;
  readonly root_included: string;
  readonly root_and_root_left_included: string;
  readonly path_to_key_10: string;
}
interface File {
  readonly ten_items_root: string;
  readonly eleven_items_root: string;
  readonly builder_v0_ten_items: Pick<Constants, "nothing_included" | "root_and_root_left_included">;
  readonly builder_v1_eleven_items: Constants;
  readonly builder_v1_ten_items: Pick<Constants, "root_and_root_left_included">;
  readonly sync_get_v0_eleven_items: { readonly proofs: readonly string[] };
  readonly sync_get_v1_eleven_items: { readonly proofs: readonly string[] };
  readonly fuzz_seeds: readonly string[];
  readonly must_fail: readonly string[];
}

function internal(child: Child): InternalNode {
  assert.ok(child !== null && child.kind === NodeKind.internal);
  return child;
}

/** The base64 CBOR of a proof over the tree with the nodes that `nodes` picks. */
function build(tree: Tree, version: number, nodes: (root: InternalNode) => readonly Child[]): string {
  const root = internal(tree.content);
  const builder = new ProofBuilder(root.hash, root.hash, version);
  for (const node of nodes(root)) {
    assert.ok(node !== null && node.kind !== NodeKind.ref);
    builder.include(node);
  }
  const built = builder.build();
  const proof = { v: built.v, untrustedRoot: packedToHex(built.root) as Hash, entries: built.entries };
  return toBase64(encodeCbor(Proof, proof));
}

function pathToKey10(root: InternalNode): Child[] {
  const a = internal(root.left);
  const b = internal(a.left);
  const c = internal(b.left);
  const d = internal(c.right);
  return [root, a, b, c, d, d.left];
}

function syncGet(tree: Tree, key: string, proofVersion: number): string {
  const root = tree.syncRoot;
  const { proof } = proveGet(tree, {
    tree: { root, position: root.hash as Hash },
    key: utf8(key),
    includeSiblings: false,
    proofVersion,
  });
  return toBase64(encodeCbor(Proof, proof));
}

/** The damaged forms of a proof that the reference's test lists, by its description. */
function damaged(proof: Proof): Map<string, Proof> {
  const first = must(proof.entries[0]);
  const hashAt = proof.entries.findIndex((entry) => entry?.[0] === 2);
  const replace = (at: number, entry: Uint8Array): Proof => ({ ...proof, entries: proof.entries.with(at, entry) });
  const flipped = must(proof.entries[hashAt]).slice();
  flipped[5] = must(flipped[5]) ^ 1;
  return new Map<string, Proof>([
    ["proof with zero entries", { ...proof, entries: [] }],
    ["verification against another root than untrusted_root", { ...proof, untrustedRoot: "00".repeat(32) as Hash }],
    ["any byte changed inside a hash entry", replace(hashAt, flipped)],
    ["full entry truncated to 3 bytes", replace(0, first.slice(0, 3))],
    ["hash entry truncated to 3 bytes", replace(hashAt, must(proof.entries[hashAt]).slice(0, 3))],
    ["entry type byte 0xaa", replace(hashAt, must(proof.entries[hashAt]).with(0, 0xaa))],
    ["entries cut after the third", { ...proof, entries: proof.entries.slice(0, 3) }],
    ["entries[0] appended once more at the end (unused entries)", { ...proof, entries: [...proof.entries, first] }],
  ]);
}

function runBuilder(r: Recorder, file: File, ten: Tree, eleven: Tree): void {
  const v0 = file.builder_v0_ten_items;
  const v1 = file.builder_v1_eleven_items;
  const none = (): readonly Child[] => [];
  const rootAndLeft = (root: InternalNode): readonly Child[] => [root, root.left];
  r.case("v0 nothing", () => assert.equal(build(ten, 0, none), v0.nothing_included));
  r.case("v0 root and left", () => assert.equal(build(ten, 0, rootAndLeft), v0.root_and_root_left_included));
  r.case("v1 nothing", () => assert.equal(build(eleven, 1, none), v1.nothing_included));
  r.case("v1 root", () =>
    assert.equal(
      build(eleven, 1, (root) => [root]),
      v1.root_included,
    ),
  );
  r.case("v1 root and left", () => assert.equal(build(eleven, 1, rootAndLeft), v1.root_and_root_left_included));
  r.case("v1 path to key 10", () => assert.equal(build(eleven, 1, pathToKey10), v1.path_to_key_10));
  r.case("v1 ten items, root and left", () => {
    assert.equal(build(ten, 1, rootAndLeft), file.builder_v1_ten_items.root_and_root_left_included);
  });
}

/** Proof constants of the reference's own tests. */
export const suite: Suite = {
  file: "mkvs/reference-proofs",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/reference-proofs");
    if (!file) return;
    const ten = treeOf(numberedItems(10));
    const eleven = treeOf(numberedItems(11));
    r.case("ten items root", () => assert.equal(ten.syncRoot.hash, file.ten_items_root));
    r.case("eleven items root", () => assert.equal(eleven.syncRoot.hash, file.eleven_items_root));
    runBuilder(r, file, ten, eleven);
    for (const [version, { proofs }] of [file.sync_get_v0_eleven_items, file.sync_get_v1_eleven_items].entries()) {
      for (const [i, expected] of proofs.entries()) {
        r.case(`v${version} SyncGet key ${i}`, () => {
          assert.equal(syncGet(eleven, `key ${i}`, version), expected);
          const proof = decodeCbor(Proof, fromBase64(expected));
          const items = verifyProofItems(packedFromHex(file.eleven_items_root), proof);
          assert.ok(items.some(({ key, value }) => key === `key ${i}` && value === `value ${i}`));
        });
      }
    }
    for (const [i, seed] of file.fuzz_seeds.entries()) {
      r.case(`fuzz seed ${i}`, () => {
        const proof = decodeCbor(Proof, fromBase64(seed));
        assert.equal(toBase64(encodeCbor(Proof, proof)), seed);
        verifyClaimedProof(packedFromHex(proof.untrustedRoot), proof);
      });
    }
    const good = decodeCbor(Proof, fromBase64(file.builder_v0_ten_items.root_and_root_left_included));
    const bad = damaged(good);
    for (const description of file.must_fail) {
      r.case(`must fail: ${description}`, () => {
        const root = packedFromHex(file.ten_items_root);
        assert.throws(() => verifyClaimedProof(root, must(bad.get(description))), { name: "WadiError" });
      });
    }
  },
};

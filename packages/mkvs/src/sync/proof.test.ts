import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Hash } from "@wadi/types";
import { WadiError, isError, startsWith, utf8 } from "@wadi/util";
import { ErrDirtyRoot, ErrInvalidRoot, ErrLimitReached, ErrTreeClosed, ErrUnsupportedProofVersion } from "../errors.ts";
import { EMPTY_HASH, encodeNode, makeInternal, makeLeaf, hashNode, decodeNode } from "../node.ts";
import type { Node } from "../node.ts";
import { pack, packedFromHex } from "../packed.ts";
import { arbitraryItems, arbitraryKey, hex, sorted, treeOf } from "../testing/arbitrary-tree.ts";
import type { Tree } from "../tree.ts";
import { verifyClaimedProof } from "./claimed-proof.ts";
import { ErrInvalidProof } from "./errors.ts";
import type { Proof } from "./messages.ts";
import { proveGet, proveIterate, provePrefixes } from "./prove.ts";
import { ProofBuilder } from "./proof-builder.ts";
import { ProofVerifier, verifyProof, verifyProofItems } from "./proof.ts";

const rootOf = (tree: Tree): string => packedFromHex(tree.syncRoot.hash);
const idOf = (tree: Tree) => ({ root: tree.syncRoot, position: tree.syncRoot.hash as Hash });

function getProof(tree: Tree, key: Uint8Array, proofVersion: number, includeSiblings = false): Proof {
  return proveGet(tree, { tree: idOf(tree), key, includeSiblings, proofVersion }).proof;
}

const version = fc.constantFrom(0, 1);
/** A key that the tree has about half of the time. */
const itemsAndKey = arbitraryItems.chain((items) =>
  fc.tuple(
    fc.constant(items),
    items.length === 0 ? arbitraryKey : fc.oneof(arbitraryKey, fc.constantFrom(...items.map(([key]) => key))),
  ),
);

test("a proof of a key shows its value, or nothing under that key", () => {
  fc.assert(
    fc.property(itemsAndKey, version, fc.boolean(), ([items, key], v, siblings) => {
      const tree = treeOf(items);
      const proof = getProof(tree, key, v, siblings);
      const shown = verifyProofItems(rootOf(tree), proof).filter((item) => item.key === pack(key));
      const value = tree.getPacked(pack(key));
      assert.deepEqual(
        shown.map((item) => item.value),
        value === undefined ? [] : [value],
      );
      verifyClaimedProof(rootOf(tree), proof);
    }),
  );
});

test("a proof of prefixes shows all items below them", () => {
  fc.assert(
    fc.property(arbitraryItems, fc.array(arbitraryKey, { maxLength: 3 }), version, (items, prefixes, proofVersion) => {
      const tree = treeOf(items);
      const { proof } = provePrefixes(tree, { tree: idOf(tree), prefixes, limit: 65535, proofVersion });
      const shown = new Set(verifyProofItems(rootOf(tree), proof).map(({ key }) => hex(Buffer.from(key, "latin1"))));
      for (const [key] of sorted(items)) {
        if (prefixes.some((prefix) => key.startsWith(hex(prefix)))) assert.ok(shown.has(key), key);
      }
    }),
  );
});

test("a proof of an iteration shows as many items as were asked for", () => {
  fc.assert(
    fc.property(itemsAndKey, version, fc.nat({ max: 10 }), ([items, key], proofVersion, prefetch) => {
      const tree = treeOf(items);
      const { proof } = proveIterate(tree, { tree: idOf(tree), key, prefetch, proofVersion });
      const shown = new Set(verifyProofItems(rootOf(tree), proof).map((item) => hex(Buffer.from(item.key, "latin1"))));
      const expected = sorted(items).filter(([k]) => Buffer.compare(Buffer.from(k, "hex"), key) >= 0);
      for (const [k] of expected.slice(0, prefetch + 1)) assert.ok(shown.has(k), k);
    }),
  );
});

test("every flipped bit of every entry is refused", () => {
  fc.assert(
    fc.property(itemsAndKey, version, fc.boolean(), ([items, key], v, siblings) => {
      const tree = treeOf(items.slice(0, 12));
      const proof = getProof(tree, key, v, siblings);
      proof.entries.forEach((entry, index) => {
        for (let bit = 0; bit < (entry?.length ?? 0) * 8; bit++) {
          const damaged = (entry as Uint8Array).slice();
          damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
          const entries = proof.entries.with(index, damaged);
          assert.throws(() => verifyProof(rootOf(tree), { v, entries }), WadiError, `entry ${index}, bit ${bit}`);
        }
      });
    }),
    { numRuns: 40 },
  );
});

test("dropped, doubled, swapped and extended entries are refused", () => {
  fc.assert(
    fc.property(itemsAndKey, version, fc.boolean(), ([items, key], v, siblings) => {
      const tree = treeOf(items);
      const { entries } = getProof(tree, key, v, siblings);
      const refuse = (changed: Proof["entries"], what: string): void => {
        assert.throws(() => verifyProof(rootOf(tree), { v, entries: changed }), WadiError, what);
      };
      entries.forEach((entry, i) => {
        refuse(entries.toSpliced(i, 1), `entry ${i} dropped`);
        refuse(entries.toSpliced(i, 0, entry), `entry ${i} doubled`);
        if (entry !== null) {
          refuse(entries.with(i, null), `entry ${i} as null`);
          refuse(entries.with(i, new Uint8Array(0)), `entry ${i} empty`);
          refuse(entries.with(i, Uint8Array.from([...entry, 0])), `entry ${i} longer`);
          refuse(entries.with(i, entry.slice(0, -1)), `entry ${i} shorter`);
        }
      });
    }),
    { numRuns: 40 },
  );
});

test("what an encoder does not write is accepted in lenient mode only", () => {
  const tree = treeOf([
    [utf8("a"), utf8("1")],
    [utf8("ab"), utf8("2")],
    [utf8("b"), utf8("3")],
  ]);
  for (const v of [0, 1]) {
    const { entries } = getProof(tree, utf8("ab"), v);
    for (const extra of [1, 63, 64, 100]) {
      const longer = entries.with(0, Uint8Array.from([...(entries[0] as Uint8Array), ...new Uint8Array(extra)]));
      verifyProof(rootOf(tree), { v, entries: longer }, { lenient: true });
      assert.throws(() => verifyProof(rootOf(tree), { v, entries: longer }), WadiError, `${extra} bytes`);
    }
  }
  // A version 1 node with an embedded leaf, which its third child overrides.
  const v0 = getProof(tree, utf8("ab"), 0).entries;
  const v1 = getProof(tree, utf8("ab"), 1).entries;
  const withLeaf = v0.find((entry) => entry !== null && entry[0] === 1 && entry.length > 12 && entry[1] === 1);
  assert.ok(withLeaf !== null && withLeaf !== undefined);
  // The same node: its label and then "no leaf".
  const at = v1.findIndex((entry) => entry?.[1] === 1 && startsWith(withLeaf, entry.slice(0, -1)));
  assert.ok(at >= 0);
  const malleable = v1.with(at, withLeaf);
  verifyProof(rootOf(tree), { v: 1, entries: malleable }, { lenient: true });
  assert.throws(() => verifyProof(rootOf(tree), { v: 1, entries: malleable }), WadiError);
});

test("an inner node in a leaf slot is refused even with the right hash", () => {
  const [left, right] = [makeLeaf("\x00", "x"), makeLeaf("\x80", "y")];
  const inner = makeInternal("", 0, null, left, right);
  hashNode(left);
  hashNode(right);
  hashNode(inner);
  const entry = (node: Parameters<typeof encodeNode>[0]) => Uint8Array.from([1, ...encodeNode(node, "compact-v1")]);
  const outer = makeInternal("", 0, null, null, null);
  const verifier = new ProofVerifier(1);
  verifier.add(entry(outer));
  verifier.add(entry(inner));
  verifier.add(null);
  verifier.add(entry(left));
  assert.throws(
    () => verifier.add(entry(right)),
    (e) => isError(e, ErrInvalidProof),
  );
});

test("every flipped bit of a node's serialization changes its hash or is refused", () => {
  fc.assert(
    fc.property(arbitraryItems, (items) => {
      const { content } = treeOf(items.slice(0, 6));
      if (content === null || content.kind === 2) return;
      const bytes = encodeNode(content, "full");
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const damaged = bytes.slice();
        damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
        let hash: string;
        try {
          hash = decodeNode(damaged).hash;
        } catch (e) {
          if (e instanceof WadiError) continue;
          throw e;
        }
        assert.notEqual(hash, content.hash, `bit ${bit}`);
      }
    }),
    { numRuns: 30 },
  );
});

test("proofs of the empty tree", () => {
  const tree = treeOf([]);
  for (const v of [0, 1]) {
    const proof = getProof(tree, utf8("key"), v);
    assert.deepEqual(proof.entries, [null]);
    assert.equal(verifyProof(EMPTY_HASH, proof), null);
    const asHash = Uint8Array.from([2, ...Buffer.from(EMPTY_HASH, "latin1")]);
    assert.equal(verifyProof(EMPTY_HASH, { v, entries: [asHash] }), null);
    assert.throws(
      () => verifyProof(EMPTY_HASH, { v, entries: [] }),
      (e) => isError(e, ErrInvalidProof),
    );
  }
});

test("requests that a tree cannot answer", () => {
  const tree = treeOf([[utf8("a"), utf8("1")]]);
  const prefixes = Array<Uint8Array>(65_536).fill(utf8("x"));
  assert.throws(
    () => provePrefixes(tree, { tree: idOf(tree), prefixes, limit: 1, proofVersion: 0 }),
    (e) => isError(e, ErrLimitReached),
  );
  const request = { tree: idOf(tree), key: utf8("a"), includeSiblings: false, proofVersion: 0 };
  const other = { ...request, tree: { ...request.tree, root: { ...tree.syncRoot, version: 9n } } };
  assert.throws(
    () => proveGet(tree, other),
    (e) => isError(e, ErrInvalidRoot),
  );
  assert.throws(
    () => proveGet(tree, { ...request, proofVersion: 2 }),
    (e) => isError(e, ErrUnsupportedProofVersion),
  );
  tree.insert(utf8("b"), utf8("2"));
  // The wrong root is reported before the dirty one.
  assert.throws(
    () => proveGet(tree, other),
    (e) => isError(e, ErrInvalidRoot),
  );
  assert.throws(
    () => proveGet(tree, { ...request, proofVersion: 2 }),
    (e) => isError(e, ErrDirtyRoot),
  );
  tree.close();
  assert.throws(
    () => proveGet(tree, other),
    (e) => isError(e, ErrTreeClosed),
  );
});

test("deeper than 128 nodes is refused, 128 is not", () => {
  const chain = (length: number) =>
    treeOf(Array.from({ length }, (_, i) => [new Uint8Array(i + 1), utf8("x")] as const));
  for (const v of [0, 1]) {
    const deep = chain(129);
    verifyProof(rootOf(deep), getProof(deep, new Uint8Array(129), v));
    const deeper = chain(130);
    assert.throws(() => verifyProof(rootOf(deeper), getProof(deeper, new Uint8Array(130), v)), {
      message: "verifier: max proof depth exceeded",
    });
  }
});

test("a proof is built from more levels than the call stack has", () => {
  let node: Node = makeLeaf("key", "value");
  hashNode(node);
  const nodes: Node[] = [node];
  for (let i = 0; i < 50_000; i++) {
    node = makeInternal("", 0, null, node, null);
    hashNode(node);
    nodes.push(node);
  }
  for (const version of [0, 1]) {
    const builder = new ProofBuilder(node.hash, node.hash, version);
    for (const each of nodes) builder.include(each);
    assert.equal(builder.build().entries.length, 1 + 50_000 * (2 + version));
  }
});

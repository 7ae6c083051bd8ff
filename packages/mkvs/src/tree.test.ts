import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { openNodeDb } from "./db/node-db.ts";
import {
  ErrKeyTooLong,
  ErrKnownRootMismatch,
  ErrMalformedKey,
  ErrMalformedNode,
  ErrTreeClosed,
  MissingNodeError,
} from "./errors.ts";
import { packedEntries } from "./key-value-tree.ts";
import { MAX_KEY_LENGTH, NodeKind, decodeNode, encodeNode, hashNode, makeRef } from "./node.ts";
import type { Child, Node } from "./node.ts";
import { HashNodeStore } from "./testing/hash-node-store.ts";
import { pack, packedFromHex, unpack } from "./packed.ts";
import { EMPTY_HASH_HEX, RootType, ZERO_NAMESPACE, emptyRoot } from "./root.ts";
import { Tree } from "./tree.ts";
import { WriteLog } from "./write-log.ts";

type Model = Map<string, string>;

const sorted = (model: Model): [string, string][] => Array.from(model).sort(([a], [b]) => (a < b ? -1 : 1));

// Few letters, so that keys are often equal, prefixes of each other, or differ in one bit.
const key = fc.string({ unit: fc.constantFrom("\0", "\x01", "a", "b", "\x80", "\xff"), maxLength: 5 });
const value = fc.string({ unit: "binary-ascii", maxLength: 6 });
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("insert" as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("seek" as const), key }) },
  { weight: 1, arbitrary: fc.constant({ kind: "hash" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "commit" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "copy" as const }) },
);

function treeOf(items: Iterable<readonly [string, string]>): Tree {
  const tree = Tree.empty(RootType.state);
  for (const [k, v] of items) tree.insertPacked(k, v);
  return tree;
}

function itemsFrom(tree: Tree, seek: string): [string, string][] {
  const iterator = tree.iterate();
  const items: [string, string][] = [];
  for (iterator.seekPacked(seek); iterator.valid; iterator.next())
    items.push([iterator.packedKey, iterator.packedValue]);
  return items;
}

/** What an insertion of each item gives, node by node. */
function describeTree(child: Child): unknown {
  if (child === null || child.kind !== NodeKind.internal) return child;
  const { labelBits, label, leaf, left, right } = child;
  return { labelBits, label, leaf, left: describeTree(left), right: describeTree(right) };
}

test("a log into an empty tree gives what single insertions give, and the tree goes on like theirs", () => {
  const items = fc.array(fc.tuple(key, value), { maxLength: 60 });
  const later = fc.array(fc.tuple(key, fc.option(value)), { maxLength: 20 });
  fc.assert(
    fc.property(items, later, (all, changes) => {
      const log = WriteLog.from(all);
      const [one, other] = [treeOf(log.changes as ReadonlyMap<string, string>), Tree.empty(RootType.state)];
      other.applyWriteLog(log);
      assert.deepEqual(describeTree(other.content), describeTree(one.content));
      assert.equal(other.hash(), one.hash());
      for (const [k, v] of changes) {
        for (const tree of [one, other]) {
          if (v === null) tree.removePacked(k);
          else tree.insertPacked(k, v);
        }
      }
      const [a, b] = [one, other].map((tree) => tree.commit(ZERO_NAMESPACE, 1n));
      assert.deepEqual(b?.hash, a?.hash);
      assert.deepEqual(new Map(b?.writeLog.changes), new Map(a?.writeLog.changes));
    }),
  );
});

test("a log of the longest keys, each the beginning of the next", () => {
  const log = WriteLog.from(Array.from({ length: MAX_KEY_LENGTH }, (_, i) => ["k".repeat(i + 1), ""] as const));
  const tree = Tree.empty(RootType.state);
  tree.applyWriteLog(log);
  assert.equal(tree.getPacked("k".repeat(MAX_KEY_LENGTH)), "");
  assert.equal(tree.hash(), treeOf(log.changes as ReadonlyMap<string, string>).hash());
});

/** The shape rules of committed trees; returns the number of keys. */
function checkShape(child: Child, depth = 0): number {
  if (child === null) return 0;
  assert.notEqual(child.kind, NodeKind.ref);
  if (child.kind !== NodeKind.internal) return 1;
  const count = [child.leaf, child.left, child.right].filter((c) => c !== null).length;
  assert.ok(count >= 2, "an internal node with one child");
  assert.ok(child.labelBits > 0 || depth === 0, "an empty label below the root");
  const end = depth + child.labelBits;
  if (child.leaf !== null && child.leaf.kind === NodeKind.leaf) assert.equal(child.leaf.key.length * 8, end);
  const leaf = child.leaf === null ? 0 : 1;
  return leaf + checkShape(child.left, end) + checkShape(child.right, end);
}

describe("Tree", () => {
  test("agrees with a sorted map under random operations", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), fc.boolean(), (operations, inDatabase) => {
        let tree = Tree.empty(
          RootType.state,
          inDatabase ? openNodeDb({ namespace: ZERO_NAMESPACE, cacheBytes: 4000 }) : undefined,
        );
        let version = 1n;
        const model: Model = new Map();
        for (const op of operations) {
          switch (op.kind) {
            case "insert":
              tree.insertPacked(op.key, op.value);
              model.set(op.key, op.value);
              break;
            case "remove":
              assert.equal(tree.removeExistingPacked(op.key), model.get(op.key));
              model.delete(op.key);
              break;
            case "seek":
              assert.equal(tree.getPacked(op.key), model.get(op.key));
              assert.deepEqual(
                tree.get(unpack(op.key)),
                model.has(op.key) ? unpack(model.get(op.key) ?? "") : undefined,
              );
              assert.deepEqual(
                itemsFrom(tree, op.key),
                sorted(model).filter(([k]) => k >= op.key),
              );
              break;
            case "hash":
              assert.equal(tree.hash(), treeOf(model).hash());
              break;
            case "commit":
              tree.commit(ZERO_NAMESPACE, version++);
              assert.equal(tree.dirty, false);
              break;
            case "copy": {
              const other = tree.copy();
              tree.insertPacked("only in the one", "x");
              tree.removePacked("a");
              tree = other;
            }
          }
        }
        assert.deepEqual([...packedEntries(tree)], sorted(model));
        assert.equal(tree.hash(), treeOf(model).hash());
      }),
      { numRuns: 300 },
    );
  });

  test("has a root and shape that depend on the live items only", () => {
    const items = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, maxLength: 30 });
    fc.assert(
      fc.property(items, fc.array(key, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (list, noise, order) => {
        const expected = treeOf(list).hash();
        const tree = Tree.empty(RootType.state);
        const shuffled = list.map((item) => [order.next().value as number, item] as const).sort(([a], [b]) => a - b);
        for (const extra of noise) tree.insertPacked(`${extra}noise`, "n");
        for (const [, [k, v]] of shuffled) tree.insertPacked(k, v);
        tree.hash();
        for (const extra of noise) tree.removePacked(`${extra}noise`);
        assert.equal(tree.hash(), expected);
        assert.equal(checkShape(tree.content), list.length);
        for (const [, [k]] of shuffled) tree.removePacked(k);
        assert.equal(tree.hash(), EMPTY_HASH_HEX);
      }),
    );
  });

  test("gives write logs that lead from the old root to the new one", () => {
    const changes = fc.array(fc.oneof(fc.tuple(key, value), fc.tuple(key, fc.constant(null))), { maxLength: 30 });
    fc.assert(
      fc.property(changes, changes, (before, after) => {
        const run = (tree: Tree, list: typeof before): void => {
          for (const [k, v] of list) {
            if (v === null) tree.removePacked(k);
            else tree.insertPacked(k, v);
          }
        };
        const tree = Tree.empty(RootType.state);
        run(tree, before);
        tree.commit(ZERO_NAMESPACE, 1n);
        const old = new Set(Array.from(packedEntries(tree), ([k]) => k));
        const base = tree.copy();
        run(tree, after);
        const { hash, writeLog } = tree.commit(ZERO_NAMESPACE, 2n);
        for (const [k, v] of writeLog.changes) assert.ok(v !== null || old.has(k), "a deletion of what was not there");
        base.applyWriteLog(writeLog);
        assert.equal(base.hash(), hash);
        // What the log leads to is what it leads to in any order and over its own result.
        base.applyWriteLog(WriteLog.from(Array.from(writeLog.changes).reverse()));
        assert.equal(base.hash(), hash);
      }),
    );
  });

  test("takes keys of up to 8191 bytes", () => {
    const tree = Tree.empty(RootType.state);
    const long = new Uint8Array(MAX_KEY_LENGTH).fill(7);
    const other = long.slice();
    other[MAX_KEY_LENGTH - 1] = 6;
    tree.insert(long, new Uint8Array([1]));
    tree.insert(other, new Uint8Array([2]));
    tree.insert(long.subarray(0, MAX_KEY_LENGTH - 1), new Uint8Array());
    assert.deepEqual(tree.get(other), new Uint8Array([2]));
    assert.equal([...packedEntries(tree)].length, 3);
    const tooLong = new Uint8Array(MAX_KEY_LENGTH + 1);
    assert.throws(
      () => tree.insert(tooLong, tooLong),
      (e) => isError(e, ErrKeyTooLong),
    );
    assert.throws(
      () =>
        tree.applyWriteLog(
          WriteLog.from([
            ["a", "b"],
            [pack(tooLong), "v"],
          ]),
        ),
      (e) => isError(e, ErrKeyTooLong),
    );
    assert.equal(tree.getPacked("a"), undefined, "a refused log changes nothing");
    assert.equal(tree.get(tooLong), undefined);
    tree.remove(tooLong);
  });

  test("handles trees that are thousands of nodes deep", async () => {
    const depth = 2000;
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
    const tree = Tree.empty(RootType.state, db);
    for (let i = 0; i < depth; i++) tree.insertPacked("\xff".repeat(i), "v");
    const { hash } = tree.commit(ZERO_NAMESPACE, 1n);
    assert.equal([...packedEntries(tree)].length, depth);
    for (let i = 0; i < depth; i += 2) tree.removePacked("\xff".repeat(i));
    for (let i = 0; i < depth; i += 2) tree.insertPacked("\xff".repeat(i), "v");
    assert.equal(tree.hash(), hash);
  });

  test("commitKnown refuses another root and keeps the changes", async () => {
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
    const tree = Tree.empty(RootType.state, db);
    tree.insertPacked("a", "1");
    const wrong = { ...emptyRoot(ZERO_NAMESPACE, 1n, RootType.state), hash: "11".repeat(32) };
    assert.throws(
      () => tree.commitKnown(wrong),
      (e) => isError(e, ErrKnownRootMismatch),
    );
    assert.deepEqual(db.rootsForVersion(1n), []);
    const right = { ...wrong, hash: tree.hash() };
    assert.equal(tree.commitKnown(right).size, 1);
    assert.deepEqual(db.rootsForVersion(1n), [right]);
  });

  test("refuses everything after close", () => {
    const tree = treeOf([["a", "1"]]);
    tree.close();
    for (const use of [
      () => tree.getPacked("a"),
      () => tree.insertPacked("a", "2"),
      () => tree.removePacked("a"),
      () => tree.commit(ZERO_NAMESPACE, 1n),
      () => tree.iterate().rewind(),
    ]) {
      assert.throws(use, (e) => isError(e, ErrTreeClosed));
    }
  });

  test("reports a missing node, changes nothing, and goes on once it is there", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, minLength: 1, maxLength: 25 }),
        fc.array(fc.record({ key, value: fc.option(value) }), { maxLength: 10 }),
        (items, changes) => {
          const full = treeOf(items);
          full.commit(ZERO_NAMESPACE, 1n);
          const nodes = new Map<string, Node>();
          collect(full.content, nodes);
          const store = new HashNodeStore();
          const partial = new Tree(store, full.syncRoot);
          const retrying = <T>(run: () => T): T => {
            for (;;) {
              const hash = partial.hash();
              try {
                return run();
              } catch (e) {
                if (!(e instanceof MissingNodeError)) throw e;
                assert.equal(partial.hash(), hash, "the tree changed though a node was missing");
                assert.ok(!store.has(e.hash), "a node at hand was called missing");
                store.add(nodes.get(e.hash) as Node);
              }
            }
          };
          const expected = full.copy();
          for (const { key: k, value: v } of changes) {
            if (v === null) {
              assert.equal(
                retrying(() => partial.removeExistingPacked(k)),
                expected.removeExistingPacked(k),
              );
            } else {
              retrying(() => partial.insertPacked(k, v));
              expected.insertPacked(k, v);
            }
          }
          assert.equal(partial.hash(), expected.hash());
          const iterator = partial.iterate();
          const seen: string[] = [];
          for (retrying(() => iterator.rewind()); iterator.valid; retrying(() => iterator.next()))
            seen.push(iterator.packedKey);
          assert.deepEqual(
            seen,
            Array.from(packedEntries(expected), ([k]) => k),
          );
        },
      ),
    );
  });
});

/** All nodes of a committed tree with references in the place of children. */
function collect(child: Child, nodes: Map<string, Node>): void {
  if (child === null || child.kind === NodeKind.ref) return;
  if (child.kind === NodeKind.leaf) {
    nodes.set(child.hash, child);
    return;
  }
  const ref = (c: Child): Child => (c === null ? null : makeRef(c.hash));
  nodes.set(child.hash, { ...child, left: ref(child.left), right: ref(child.right), owner: null });
  collect(child.left, nodes);
  collect(child.right, nodes);
}

describe("decodeNode", () => {
  test("refuses what is cut short or of no known kind", () => {
    const cases: [string, typeof ErrMalformedNode][] = [
      ["", ErrMalformedNode],
      ["00", ErrMalformedNode],
      ["0200", ErrMalformedNode],
      ["ff00", ErrMalformedNode],
      ["010000", ErrMalformedNode],
      ["01080000", ErrMalformedNode],
      ["01ffff0002", ErrMalformedNode],
      ["0100000000", ErrMalformedNode],
      ["01000003", ErrMalformedNode],
      ["000000000000", ErrMalformedNode],
      ["00050061626300000000", ErrMalformedNode],
      ["00ff0061626364", ErrMalformedKey],
      ["000100610500000078", ErrMalformedNode],
      ["0001006100000080", ErrMalformedNode],
      ["00010061ffffffff", ErrMalformedNode],
    ];
    for (const [hex, kind] of cases) {
      assert.throws(
        () => decodeNode(Buffer.from(hex, "hex")),
        (e) => isError(e, kind) || (kind === ErrMalformedNode && isError(e, ErrMalformedKey)),
        hex,
      );
    }
    const long = Buffer.concat([Buffer.from("000020", "hex"), Buffer.alloc(8192 + 4)]);
    assert.throws(
      () => decodeNode(long),
      (e) => isError(e, ErrKeyTooLong),
    );
  });

  test("gives back what was encoded, ignores what follows, and never fails otherwise", () => {
    fc.assert(
      fc.property(key, value, fc.uint8Array({ maxLength: 70 }), (k, v, rest) => {
        const tree = treeOf([[k, v]]);
        tree.hash();
        const leaf = tree.content as Node;
        const decoded = decodeNode(Buffer.concat([encodeNode(leaf, "full"), rest]));
        assert.deepEqual(decoded, leaf);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
        try {
          const node = decodeNode(bytes);
          assert.ok(node.kind === NodeKind.leaf || node.kind === NodeKind.internal);
          if (node.hash !== "") assert.equal(hashNode({ ...node, hash: "" }), node.hash);
        } catch (e) {
          assert.ok(
            isError(e, ErrMalformedNode) || isError(e, ErrMalformedKey) || isError(e, ErrKeyTooLong),
            String(e),
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("takes child hashes only where both are there", () => {
    const bare = packedFromHex(`0100000${"2"}`);
    const withOne = decodeNode(Buffer.concat([Buffer.from(bare, "latin1"), Buffer.alloc(63, 1)]));
    assert.equal(withOne.hash, "");
    const withBoth = decodeNode(Buffer.concat([Buffer.from(bare, "latin1"), Buffer.alloc(64, 1)]));
    assert.notEqual(withBoth.hash, "");
  });
});

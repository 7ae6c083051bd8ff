import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { ErrKeyTooLong, ErrTreeClosed } from "./errors.ts";
import { packedEntries } from "./key-value-tree.ts";
import type { KeyValueTree } from "./key-value-tree.ts";
import { Overlay } from "./overlay.ts";
import { RootType, ZERO_NAMESPACE } from "./root.ts";
import { SortedMap } from "./sorted-map.ts";
import { Tree } from "./tree.ts";

const key = fc.string({ unit: fc.constantFrom("\0", "a", "b", "\xff"), maxLength: 4 });
const value = fc.string({ unit: "binary-ascii", maxLength: 4 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), key, value }),
  fc.record({ kind: fc.constant("remove" as const), key }),
  fc.record({ kind: fc.constant("removeExisting" as const), key }),
  fc.record({ kind: fc.constant("seek" as const), key }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

function treeOf(items: Iterable<readonly [string, string]>): Tree {
  const tree = Tree.empty(RootType.state);
  for (const [k, v] of items) tree.insertPacked(k, v);
  tree.commit(ZERO_NAMESPACE, 1n);
  return tree;
}

function itemsFrom(tree: KeyValueTree, seek: string): [string, string][] {
  const iterator = tree.iterate();
  const items: [string, string][] = [];
  for (iterator.seekPacked(seek); iterator.valid; iterator.next())
    items.push([iterator.packedKey, iterator.packedValue]);
  return items;
}

/** Runs an operation on both and compares what they answer. */
function run(op: Operation, overlay: KeyValueTree, plain: KeyValueTree): void {
  if (op.kind === "insert") {
    overlay.insertPacked(op.key, op.value);
    plain.insertPacked(op.key, op.value);
  } else if (op.kind === "remove") {
    overlay.removePacked(op.key);
    plain.removePacked(op.key);
  } else if (op.kind === "removeExisting") {
    assert.equal(overlay.removeExistingPacked(op.key), plain.removeExistingPacked(op.key));
  } else {
    assert.equal(overlay.getPacked(op.key), plain.getPacked(op.key));
    assert.deepEqual(itemsFrom(overlay, op.key), itemsFrom(plain, op.key));
  }
}

describe("Overlay", () => {
  test("over a tree is as the plain tree, also nested and copied", () => {
    const items = fc.array(fc.tuple(key, value), { maxLength: 15 });
    const layers = fc.array(fc.array(operation, { maxLength: 15 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(items, layers, fc.boolean(), (list, stack, copying) => {
        const base = treeOf(list);
        const before = base.hash();
        const plain = base.copy();
        let overlays: Overlay[] = [];
        let top: KeyValueTree = base;
        for (const operations of stack) {
          const overlay: Overlay = copying && overlays.length > 0 ? new Overlay(top).copy(top) : new Overlay(top);
          overlays = [...overlays, overlay];
          for (const op of operations) run(op, overlay, plain);
          top = overlay;
        }
        assert.equal(base.hash(), before, "nothing reaches the tree before the commit");
        assert.deepEqual(itemsFrom(top, ""), itemsFrom(plain, ""));
        for (const overlay of overlays.toReversed()) overlay.commit();
        assert.equal(base.hash(), plain.hash());
      }),
      { numRuns: 200 },
    );
  });

  test("a copy goes its own way", () => {
    const tree = treeOf([["a", "1"]]);
    const one = new Overlay(tree);
    one.insertPacked("b", "2");
    const two = one.copy();
    one.insertPacked("c", "3");
    two.removePacked("a");
    assert.deepEqual(
      [...packedEntries(one)],
      [
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ],
    );
    assert.deepEqual([...packedEntries(two)], [["b", "2"]]);
    assert.deepEqual(
      [...packedEntries(one.copy(treeOf([])))],
      [
        ["b", "2"],
        ["c", "3"],
      ],
    );
  });

  test("removing what is not there leaves a write log entry out", () => {
    const tree = treeOf([["a", "1"]]);
    const overlay = new Overlay(tree);
    assert.equal(overlay.removeExistingPacked("x"), undefined);
    overlay.removePacked("y");
    overlay.insertPacked("z", "1");
    overlay.removePacked("z");
    assert.equal(overlay.commit(), tree);
    assert.equal(tree.commit(ZERO_NAMESPACE, 2n).writeLog.size, 0);
  });

  test("an iterator is invalid before the first seek and when it runs out", () => {
    const overlay = new Overlay(treeOf([["a", "1"]]));
    overlay.insertPacked("b", "2");
    const iterator = overlay.iterate();
    assert.equal(iterator.valid, false);
    assert.throws(() => iterator.key, RangeError);
    iterator.rewind();
    iterator.next();
    assert.equal(iterator.packedKey, "b");
    iterator.next();
    iterator.next();
    assert.equal(iterator.valid, false);
  });

  test("an iterator passes over keys that are removed while it stands before them", () => {
    const overlay = new Overlay(treeOf([["b", "2"]]));
    for (const key of ["a", "c", "d", "e"]) overlay.insertPacked(key, "new");
    const iterator = overlay.iterate();
    iterator.rewind();
    const seen: string[] = [];
    for (; iterator.valid; iterator.next()) {
      seen.push(`${iterator.packedKey}=${iterator.packedValue}`);
      // What the iterator stands at, and what comes next.
      if (seen.length === 2) for (const key of ["b", "c", "e"]) overlay.removePacked(key);
    }
    assert.deepEqual(seen, ["a=new", "b=2", "d=new"]);
  });

  test("refuses long keys, and everything after close", () => {
    const tree = treeOf([]);
    const overlay = new Overlay(tree);
    assert.throws(
      () => overlay.insertPacked("k".repeat(8192), ""),
      (e) => isError(e, ErrKeyTooLong),
    );
    overlay.insertPacked("a", "1");
    overlay.close();
    assert.throws(
      () => overlay.getPacked("a"),
      (e) => isError(e, ErrTreeClosed),
    );
    assert.throws(
      () => overlay.commit(),
      (e) => isError(e, ErrTreeClosed),
    );
    assert.equal(tree.getPacked("a"), undefined);
  });
});

test("SortedMap keeps its order over block borders", () => {
  const map = new SortedMap();
  const model = new Map<string, string>();
  let x = 1;
  for (let i = 0; i < 6000; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    const k = String.fromCharCode(x >>> 24, (x >>> 16) & 0x0f);
    if ((x & 0x300) === 0) {
      assert.equal(map.delete(k), model.get(k));
      model.delete(k);
    } else {
      map.set(k, String(i));
      model.set(k, String(i));
    }
  }
  const expected = Array.from(model).sort(([a], [b]) => (a < b ? -1 : 1));
  assert.equal(map.size, expected.length);
  assert.deepEqual([...map.entries()], expected);
  const walked: string[] = [];
  for (let k = map.firstFrom(""); k !== undefined; k = map.firstFrom(k, true)) walked.push(k);
  assert.deepEqual(
    walked,
    expected.map(([k]) => k),
  );
  const copy = map.copy();
  for (const [k] of expected) map.delete(k);
  assert.equal(map.firstFrom(""), undefined);
  assert.equal(copy.size, expected.length);
});

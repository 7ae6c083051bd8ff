import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "@wadi/util";

import type { NodeStore } from "./node-store.ts";
import { openNodeDb } from "./db/node-db.ts";
import { pack, unpack } from "./packed.ts";
import { RootType, ZERO_NAMESPACE } from "./root.ts";
import { Tree } from "./tree.ts";
import { treeChanges, type TreeChange } from "./tree-changes.ts";

type Content = ReadonlyMap<string, string>;

function treeOf(content: Content): Tree {
  const tree = Tree.empty(RootType.state);
  for (const [key, value] of content) tree.insert(Buffer.from(key, "hex"), Buffer.from(value, "hex"));
  tree.hash();
  return tree;
}

/** The same by looking at every key. */
function slowly(before: Content, after: Content): TreeChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const packed = (hex: string | undefined): string | undefined =>
    hex === undefined ? undefined : pack(Buffer.from(hex, "hex"));
  const all = keys.map((key) => ({
    key: pack(Buffer.from(key, "hex")),
    before: packed(before.get(key)),
    after: packed(after.get(key)),
  }));
  return all.filter((change) => change.before !== change.after);
}

// Few bytes, so that keys are prefixes of each other and labels get long.
const key = fc.array(fc.constantFrom("00", "01", "80", "ff"), { maxLength: 5 }).map((bytes) => bytes.join(""));
const value = fc.constantFrom("", "aa", "bb");
const content = fc.array(fc.tuple(key, value), { maxLength: 20 }).map((entries): Content => new Map(entries));

test("the changes are those that a look at every key finds", () => {
  fc.assert(
    fc.property(content, content, (before, after) => {
      assert.deepEqual(treeChanges(treeOf(before), treeOf(after)), slowly(before, after));
    }),
    { numRuns: 2000 },
  );
});

test("a small change of a large tree costs few nodes", async () => {
  await using database = openNodeDb({ namespace: ZERO_NAMESPACE });
  const tree = Tree.empty(RootType.state, database);
  for (let i = 0; i < 5000; i++) tree.insert(Buffer.from(`key ${i}`), Buffer.from(`value ${i}`));
  tree.commit(ZERO_NAMESPACE, 1n);
  database.finalize([tree.syncRoot]);
  const first = tree.syncRoot;
  tree.insert(Buffer.from("key 4711"), Buffer.from("other"));
  tree.insert(Buffer.from("key"), Buffer.from("above them"));
  tree.remove(Buffer.from("key 99"));
  tree.commit(ZERO_NAMESPACE, 2n);
  database.finalize([tree.syncRoot]);
  let loads = 0;
  const counting: NodeStore = {
    openRoot: (root) => database.openRoot(root),
    load: (ref) => {
      loads++;
      return database.load(ref);
    },
  };
  const changes = treeChanges(new Tree(counting, first), new Tree(counting, tree.syncRoot));
  const told = changes.map((change) => {
    const [was, is] = [change.before, change.after].map((v) =>
      v === undefined ? "-" : Buffer.from(unpack(v)).toString(),
    );
    return `${Buffer.from(unpack(change.key)).toString()}: ${was} > ${is}`;
  });
  assert.deepEqual(told, ["key: - > above them", "key 4711: value 4711 > other", "key 99: value 99 > -"]);
  assert.ok(loads < 100, `${loads} nodes loaded`);
  assert.equal(toHex(unpack(changes[0]?.key ?? "")), "6b6579");
});

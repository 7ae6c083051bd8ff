import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { RootType, Tree, addTransaction } from "@wadi/mkvs";
import { utf8 } from "@wadi/util";

import { AwaitedResults } from "./awaited-results.ts";

function treeOf(...texts: readonly string[]): Tree {
  const tree = Tree.empty(RootType.io);
  texts.forEach((text, batchOrder) =>
    addTransaction(tree, { input: utf8(text), output: utf8(`output of ${text}`), batchOrder }),
  );
  return tree;
}

const { signal } = new AbortController();

test("who waits is told round, place and output, everybody of the same transaction", async () => {
  const awaited = new AwaitedResults();
  const results = ["b", "b", "c"].map((text) => awaited.wait(utf8(text), signal));
  assert.equal(awaited.size, 2);
  assert.deepEqual(awaited.look(4n, treeOf("x")), []);
  assert.deepEqual(awaited.look(5n, treeOf("a", "b")), [hashOf(utf8("b"))]);
  const expected = { output: utf8("output of b"), round: 5n, batchOrder: 1 };
  assert.deepEqual(await Promise.all(results.slice(0, 2)), [expected, expected]);
  assert.equal(awaited.size, 1);
  awaited.look(6n, treeOf("c"));
  assert.equal((await results[2])?.round, 6n);
  assert.equal(awaited.size, 0);
});

test("a transaction without output is not executed yet", async () => {
  const awaited = new AwaitedResults();
  const result = awaited.wait(utf8("a"), signal);
  const tree = Tree.empty(RootType.io);
  addTransaction(tree, { input: utf8("a"), output: null, batchOrder: 0 });
  assert.deepEqual(awaited.look(1n, tree), []);
  awaited.look(2n, treeOf("a"));
  assert.equal((await result).round, 2n);
});

test("who gives up is forgotten, others go on waiting", async () => {
  const awaited = new AwaitedResults();
  const [one, two] = [new AbortController(), new AbortController()];
  const first = awaited.wait(utf8("a"), one.signal);
  const second = awaited.wait(utf8("a"), two.signal);
  one.abort(new Error("enough"));
  await assert.rejects(first, { message: "enough" });
  assert.equal(awaited.size, 1);
  awaited.look(1n, treeOf("a"));
  two.abort(new Error("too late"));
  assert.equal((await second).round, 1n);
  await assert.rejects(awaited.wait(utf8("b"), one.signal), { message: "enough" });
  assert.equal(awaited.size, 0);
});

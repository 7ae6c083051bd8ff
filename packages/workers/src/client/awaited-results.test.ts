import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { RootType, Tree, addTransaction } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { utf8 } from "@wadi/util";

import { AwaitedResults } from "./awaited-results.ts";

function treeOf(...texts: readonly string[]): Tree {
  const tree = Tree.empty(RootType.io);
  texts.forEach((text, batchOrder) =>
    addTransaction(tree, { input: utf8(text), output: utf8(`output of ${text}`), batchOrder }),
  );
  return tree;
}

test("who waits is told round, place and output, everybody of the same transaction", async () => {
  const awaited = new AwaitedResults();
  const results = ["b", "b", "c"].map((text) => awaited.wait(utf8(text)).result);
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
  const { result } = awaited.wait(utf8("a"));
  const tree = Tree.empty(RootType.io);
  addTransaction(tree, { input: utf8("a"), output: null, batchOrder: 0 });
  assert.deepEqual(awaited.look(1n, tree), []);
  awaited.look(2n, treeOf("a"));
  assert.equal((await result).round, 2n);
});

test("who gives up is forgotten, others go on waiting", async () => {
  const awaited = new AwaitedResults();
  const [one, two] = [awaited.wait(utf8("a")), awaited.wait(utf8("a"))];
  one.giveUp(new Error("enough"));
  await assert.rejects(one.result, { message: "enough" });
  assert.equal(awaited.size, 1);
  awaited.look(1n, treeOf("a"));
  two.giveUp(new Error("too late"));
  assert.equal((await two.result).round, 1n);
  const others = ["b", "c"].map((text) => awaited.wait(utf8(text)).result);
  awaited.giveUpAll(new Error("the end"));
  for (const result of others) await assert.rejects(result, { message: "the end" });
  assert.equal(awaited.size, 0);
});

test("many are found as few are", async () => {
  const awaited = new AwaitedResults();
  const count = 600;
  const texts = Array.from({ length: count }, (_, i) => `transaction ${i}`);
  const results = texts.map((text) => awaited.wait(utf8(text)).result);
  const others = texts.map((text) => `not ${text}`);
  const tree = treeOf(...others, ...texts.slice(1));
  addTransaction(tree, { input: utf8("transaction 0"), output: null, batchOrder: 2 * count });
  assert.equal(awaited.look(1n, tree).length, count - 1);
  assert.equal(awaited.size, 1, "what is not executed yet is waited for");
  for (const [i, result] of results.entries()) {
    if (i === 0) continue;
    assert.deepEqual(await result, { output: utf8(`output of ${texts[i]}`), round: 1n, batchOrder: count - 1 + i });
  }
});

test("a transaction that will not come is told to all who wait for it, and to nobody else", async () => {
  const awaited = new AwaitedResults();
  const lost = ["a", "a"].map((text) => awaited.wait(utf8(text)).result);
  const kept = awaited.wait(utf8("b")).result;
  awaited.fail(hashOf(utf8("a")) as Hash, new Error("dropped"));
  for (const result of lost) await assert.rejects(result, { message: "dropped" });
  assert.equal(awaited.size, 1);
  awaited.look(1n, treeOf("b"));
  assert.equal((await kept).round, 1n);
});

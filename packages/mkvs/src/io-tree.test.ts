import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { concatBytes, fromHex, isError, utf8, WadiError } from "@wadi/util";
import { ErrInvalidTransaction, ErrMalformedTransactionTree, ErrTransactionNotFound } from "./io-tree-errors.ts";
import {
  addTransaction,
  findTransaction,
  readInputBatch,
  readTags,
  readTransaction,
  readTransactions,
} from "./io-tree.ts";
import { RootType } from "./root.ts";
import { Tree } from "./tree.ts";

const hash = fromHex(hashOf(utf8("some input")));
const key = (...parts: (Uint8Array | number)[]): Uint8Array =>
  concatBytes(...parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : part)));

function treeWith(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Tree {
  const tree = Tree.empty(RootType.io);
  for (const [k, v] of entries) tree.insert(k, v);
  return tree;
}

const input = Uint8Array.of(0x82, 0x41, 0x61, 0x00);
const output = Uint8Array.of(0x81, 0x41, 0x62);

test("transactions come back in batch order with their outputs", () => {
  const tree = Tree.empty(RootType.io);
  const transactions = Array.from({ length: 40 }, (_, i) => ({
    input: utf8(`input ${i}`),
    output: i % 3 === 0 ? null : utf8(i % 2 === 0 ? "" : `output ${i}`),
    batchOrder: i,
  }));
  for (const transaction of transactions.toReversed()) addTransaction(tree, transaction);
  assert.deepEqual(readTransactions(tree), transactions);
  assert.deepEqual(
    readInputBatch(tree, { maxCount: 40, maxBytes: 400 }),
    transactions.map((t) => t.input),
  );
  for (const t of transactions) {
    assert.deepEqual(readTransaction(tree, hashOf(t.input)), t);
    assert.deepEqual(findTransaction(tree, hashOf(t.input)), t);
  }
  assert.equal(findTransaction(tree, hashOf(utf8("absent"))), undefined);
  assert.throws(
    () => readTransaction(tree, hashOf(utf8("absent"))),
    (e) => isError(e, ErrTransactionNotFound),
  );
  assert.throws(
    () => readInputBatch(tree, { maxCount: 39 }),
    (e) => isError(e, ErrMalformedTransactionTree),
  );
  assert.throws(
    () => readInputBatch(tree, { maxBytes: 100 }),
    (e) => isError(e, ErrMalformedTransactionTree),
  );
});

test("an empty input is refused", () => {
  const transaction = { input: new Uint8Array(0), output: null, batchOrder: 0 };
  assert.throws(
    () => addTransaction(Tree.empty(RootType.io), transaction),
    (e) => isError(e, ErrInvalidTransaction),
  );
});

test("batch order must have no gaps and no repetitions", () => {
  for (const orders of [[1], [0, 2], [0, 0], [0, 1, 1]]) {
    const tree = Tree.empty(RootType.io);
    orders.forEach((batchOrder, i) => addTransaction(tree, { input: utf8(`${i}`), output: null, batchOrder }));
    assert.equal(readTransactions(tree).length, orders.length);
    assert.throws(
      () => readInputBatch(tree),
      (e) => isError(e, ErrMalformedTransactionTree),
      orders.join(),
    );
  }
});

test("trees that no honest runtime makes", () => {
  const bad = {
    "output without input": [[key(0x54, hash, 2), output]],
    "output of another input": [
      [key(0x54, new Uint8Array(32), 1), input],
      [key(0x54, hash, 2), output],
    ],
    "unknown kind": [[key(0x54, hash, 3), output]],
    "short key": [[key(0x54, hash), input]],
    "long key": [[key(0x54, hash, 1, 0), input]],
    "input is no list": [[key(0x54, hash, 1), Uint8Array.of(0x41, 0x61)]],
    "input is empty": [[key(0x54, hash, 1), new Uint8Array(0)]],
    "output is no list": [
      [key(0x54, hash, 1), input],
      [key(0x54, hash, 2), Uint8Array.of(0xff)],
    ],
  } satisfies Record<string, [Uint8Array, Uint8Array][]>;
  for (const [name, entries] of Object.entries(bad)) {
    assert.throws(() => readTransactions(treeWith(entries as [Uint8Array, Uint8Array][])), WadiError, name);
  }
});

test("tags have their key between the prefix and the transaction's hash", () => {
  const tree = Tree.empty(RootType.io);
  const tags = [
    { key: utf8(""), value: utf8("empty key") },
    { key: utf8("a"), value: utf8("") },
  ];
  addTransaction(tree, { input: utf8("x"), output: null, batchOrder: 0 }, tags);
  const txHash = hashOf(utf8("x"));
  assert.deepEqual(
    readTags(tree).toSorted((a, b) => a.key.length - b.key.length),
    tags.map((tag) => ({ ...tag, txHash })),
  );
  const short = treeWith([[key(0x45, hash.subarray(1)), utf8("v")]]);
  assert.throws(
    () => readTags(short),
    (e) => isError(e, ErrMalformedTransactionTree),
  );
});

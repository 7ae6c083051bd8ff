import assert from "node:assert/strict";
import {
  RootType,
  Tree,
  ZERO_NAMESPACE,
  addBlockTags,
  addTransaction,
  readInputBatch,
  readTags,
  readTransaction,
  readTransactions,
} from "@wadi/mkvs";
import type { RuntimeTransaction, TransactionTag, WriteLog } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { fromHex, toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { hashHex } from "./hash.ts";

type Pair = readonly [string, string];
interface Transaction {
  readonly batch_order: number;
  readonly hash: string;
  readonly input: string;
  readonly output?: string;
  readonly tags?: readonly Pair[];
}
interface IoTree {
  readonly note: string;
  readonly io_root: string;
  readonly write_log?: readonly Pair[];
  readonly transactions?: readonly Transaction[];
  readonly block_tags?: readonly Pair[];
}

function tagsOf(pairs: readonly Pair[] = []): TransactionTag[] {
  return pairs.map(([key, value]) => ({ key: fromHex(key), value: fromHex(value) }));
}

function asTransaction({ input, output, batch_order: batchOrder }: Transaction): RuntimeTransaction {
  return { input: fromHex(input), output: output === undefined ? null : fromHex(output), batchOrder };
}

function checkWriteLog(actual: WriteLog, expected: readonly Pair[]): void {
  const log = [...actual].map(({ key, value }) => [toHex(key), value === null ? null : toHex(value)] as const);
  assert.deepEqual(
    log.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    expected,
  );
}

/** The tree that is only described by a formula: inputs `input <i>`. */
function manyInputs(): Transaction[] {
  return Array.from({ length: 300 }, (_, i) => {
    const input = utf8(`input ${i}`);
    return { batch_order: i, hash: hashHex(input), input: toHex(input) };
  });
}

function runTransactions({ io_root, write_log, transactions = manyInputs(), block_tags }: IoTree): void {
  const tree = Tree.empty(RootType.io);
  for (const transaction of transactions) addTransaction(tree, asTransaction(transaction), tagsOf(transaction.tags));
  addBlockTags(tree, tagsOf(block_tags));
  const { hash, writeLog } = tree.commit(ZERO_NAMESPACE, 1n);
  assert.equal(hash, io_root);
  if (write_log !== undefined) checkWriteLog(writeLog, write_log);

  assert.deepEqual(readTransactions(tree), transactions.map(asTransaction));
  assert.deepEqual(
    readInputBatch(tree),
    transactions.map(({ input }) => fromHex(input)),
  );
  for (const transaction of transactions) {
    assert.deepEqual(readTransaction(tree, transaction.hash as Hash), asTransaction(transaction));
  }
  const tags = transactions.flatMap((t) => tagsOf(t.tags).map((tag) => ({ ...tag, txHash: t.hash })));
  const blockTags = tagsOf(block_tags).map((tag) => ({ ...tag, txHash: "00".repeat(32) }));
  const byPlace = (a: { txHash: string; key: Uint8Array }, b: { txHash: string; key: Uint8Array }): number =>
    toHex(a.key) + a.txHash < toHex(b.key) + b.txHash ? -1 : 1;
  assert.deepEqual(readTags(tree), [...tags, ...blockTags].sort(byPlace));
}

function runWriteLog(io_root: string, writeLog: readonly Pair[]): void {
  const tree = Tree.empty(RootType.io);
  for (const [key, value] of writeLog) tree.insert(fromHex(key), fromHex(value));
  assert.equal(tree.commit(ZERO_NAMESPACE, 1n).hash, io_root);
}

/** I/O trees: entries, roots, and reading them back. */
export const suite: Suite = {
  file: "mkvs/io-trees",
  run(r: Recorder): void {
    const file = loadVector<{ readonly trees: readonly IoTree[] }>("mkvs/io-trees");
    if (!file) return;
    for (const tree of file.trees) {
      const { note, write_log: log, io_root: root } = tree;
      if (log !== undefined) r.case(`${note}: root of the write log`, () => runWriteLog(root, log));
      r.case(`${note}: transactions`, () => runTransactions(tree));
    }
  },
};

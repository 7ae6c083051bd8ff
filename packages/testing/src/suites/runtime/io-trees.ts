import assert from "node:assert/strict";
import { encodeCbor, list, bytes } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import {
  addBlockTags,
  addOutput,
  addTransaction,
  RootType,
  Tree,
  type TransactionTag,
  type WriteLog,
} from "@wadi/mkvs";
import { inputRoot, rawBatchHash, writeLogOf } from "@wadi/runtime-host";
import { fromHex, toHex, utf8 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Pair = readonly [string, string];
interface Tag {
  readonly key_hex: string;
  readonly value_hex: string;
}
interface Case {
  readonly name: string;
  readonly txs: readonly {
    readonly input_hex: string;
    readonly tx_hash: string;
    readonly output_hex: string;
    readonly tags?: readonly Tag[];
  }[];
  readonly block_tags?: readonly Tag[];
  readonly input_io_root: string;
  readonly input_write_log: readonly Pair[];
  readonly io_root: string;
  readonly io_write_log: readonly Pair[];
  readonly raw_batch_cbor: string;
  readonly raw_batch_hash: string;
}
interface ReferenceCase {
  readonly name: string;
  readonly io_root: string;
  readonly txs: readonly {
    readonly input_utf8: string;
    readonly output_utf8: string;
    readonly batch_order: number;
    readonly tags: readonly Pair[];
  }[];
}
interface File {
  readonly cases: readonly Case[];
  readonly reference_case: ReferenceCase;
  readonly reference_raw_batch: { readonly inputs_utf8: readonly string[]; readonly hash: string };
}

const NAMESPACE = `80${"00".repeat(30)}01`;
const ROUND = 43n;

function tagsOf(tags: readonly Tag[] = []): TransactionTag[] {
  return tags.map(({ key_hex, value_hex }) => ({ key: fromHex(key_hex), value: fromHex(value_hex) }));
}

function checkLog(log: WriteLog, expected: readonly Pair[]): void {
  const entries = Array.from(log, ({ key, value }): Pair => [toHex(key), toHex(value ?? new Uint8Array(0))]);
  const sorted = (pairs: readonly Pair[]): Pair[] => pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(entries), sorted(expected));
}

/** Applies received logs to an empty tree, as a host does with a batch's result. */
function rootsOfLogs(...logs: readonly (readonly Pair[])[]): string[] {
  const tree = Tree.empty(RootType.io);
  return logs.map((log) => {
    tree.applyWriteLog(writeLogOf(log.map(([key, value]) => ({ key: fromHex(key), value: fromHex(value) }))));
    return tree.hash();
  });
}

function checkCase(file: Case): void {
  const tree = Tree.empty(RootType.io);
  const inputs = file.txs.map(({ input_hex }) => fromHex(input_hex));
  inputs.forEach((input, batchOrder) => addTransaction(tree, { input, output: null, batchOrder }));
  const first = tree.commit(NAMESPACE, ROUND);
  assert.equal(first.hash, file.input_io_root);
  assert.equal(inputRoot(inputs), file.input_io_root);
  checkLog(first.writeLog, file.input_write_log);

  file.txs.forEach(({ output_hex, tx_hash, tags }, batchOrder) => {
    const hash = hashOf(inputs[batchOrder] as Uint8Array);
    assert.equal(hash, tx_hash);
    addOutput(tree, hash, fromHex(output_hex), tagsOf(tags));
  });
  addBlockTags(tree, tagsOf(file.block_tags));
  const second = tree.commit(NAMESPACE, ROUND);
  assert.equal(second.hash, file.io_root);
  checkLog(second.writeLog, file.io_write_log);

  assert.deepEqual(rootsOfLogs(file.input_write_log, file.io_write_log), [file.input_io_root, file.io_root]);
  assert.equal(toHex(encodeCbor(list(bytes), inputs)), file.raw_batch_cbor);
  assert.equal(rawBatchHash(inputs), file.raw_batch_hash);
}

function runReference(r: Recorder, { reference_case: reference, reference_raw_batch: raw }: File): void {
  r.case(reference.name, () => {
    const tree = Tree.empty(RootType.io);
    for (const { input_utf8, output_utf8, batch_order: batchOrder, tags } of reference.txs) {
      const pairs = tags.map(([key, value]) => ({ key: utf8(key), value: utf8(value) }));
      addTransaction(tree, { input: utf8(input_utf8), output: utf8(output_utf8), batchOrder }, pairs);
    }
    assert.equal(tree.hash(), reference.io_root);
  });
  r.case("reference raw batch", () => {
    assert.equal(rawBatchHash(raw.inputs_utf8.map(utf8)), raw.hash);
  });
}

export const suite: Suite = {
  file: "runtime/io-trees",
  run(r) {
    const file = loadVector<File>("runtime/io-trees");
    if (file === undefined) return;
    for (const one of file.cases) r.case(one.name, () => checkCase(one));
    runReference(r, file);
  },
};

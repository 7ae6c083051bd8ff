// The tree of a round's transactions (go/runtime/transaction/transaction.go): inputs first, which
// is what a proposal names, then what came of them.
import {
  addBlockTags,
  addOutput,
  addTransaction,
  RootType,
  Tree,
  unpack,
  WriteLog,
  type LogEntry,
  type Packed,
  type TransactionTag,
} from "@wadi/mkvs";
import { hashOf } from "@wadi/crypto";
import type { Hash } from "@wadi/types";

/** A transaction with what came of it. */
export interface ExecutedTransaction {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  readonly tags: readonly TransactionTag[];
}

export interface ArtifactRoot {
  readonly root: Hash;
  readonly writeLog: LogEntry[];
}

/** Changes by key as a write log in order of keys, so that it is the same everywhere. */
export function sortedWriteLog(changes: ReadonlyMap<Packed, Packed | null>): LogEntry[] {
  return [...changes.keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => {
      const value = changes.get(key) ?? null;
      return { key: unpack(key), value: value === null ? null : unpack(value) };
    });
}

/** Items on their way into a tree. */
class Items {
  readonly byKey = new Map<Packed, Packed>();

  insertPacked(key: Packed, value: Packed): void {
    this.byKey.set(key, value);
  }
}

/** The root of a tree with just these items. */
function rootOf(items: ReadonlyMap<Packed, Packed>): Hash {
  const tree = Tree.empty(RootType.io);
  tree.applyWriteLog(new WriteLog(items));
  return tree.hash() as Hash;
}

export class ArtifactTree {
  readonly #inputs = new Items();
  readonly hashes: readonly Hash[];
  readonly inputs: ArtifactRoot;

  /** Inputs in the order of the batch; none is empty and no two are equal. */
  constructor(inputs: readonly Uint8Array[]) {
    this.hashes = inputs.map((input) => hashOf(input));
    inputs.forEach((input, batchOrder) => addTransaction(this.#inputs, { input, output: null, batchOrder }));
    const { byKey } = this.#inputs;
    this.inputs = { root: rootOf(byKey), writeLog: sortedWriteLog(byKey) };
  }

  /** Adds outputs, tags of transactions and tags of the block. */
  finish(transactions: readonly ExecutedTransaction[], blockTags: readonly TransactionTag[]): ArtifactRoot {
    const results = new Items();
    transactions.forEach(({ output, tags }, i) => addOutput(results, this.hashes[i] as Hash, output, tags));
    addBlockTags(results, blockTags);
    const root = rootOf(new Map([...this.#inputs.byKey, ...results.byKey]));
    return { root, writeLog: sortedWriteLog(results.byKey) };
  }
}

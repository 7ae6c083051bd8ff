// The tree of a round's transactions (go/runtime/transaction/transaction.go): inputs first, which
// is what a proposal names, then what came of them.
import {
  addBlockTags,
  addOutput,
  addTransaction,
  RootType,
  Tree,
  unpack,
  type LogEntry,
  type Packed,
  type TransactionTag,
  type WriteLog,
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

export class ArtifactTree {
  readonly #tree = Tree.empty(RootType.io);
  readonly #namespace: string;
  readonly #round: bigint;
  readonly hashes: readonly Hash[];
  readonly inputs: ArtifactRoot;

  /** Inputs in the order of the batch; none is empty and no two are equal. */
  constructor(namespace: string, round: bigint, inputs: readonly Uint8Array[]) {
    this.#namespace = namespace;
    this.#round = round;
    this.hashes = inputs.map((input) => hashOf(input));
    inputs.forEach((input, batchOrder) => addTransaction(this.#tree, { input, output: null, batchOrder }));
    this.inputs = this.#commit();
  }

  /** Adds outputs, tags of transactions and tags of the block. */
  finish(transactions: readonly ExecutedTransaction[], blockTags: readonly TransactionTag[]): ArtifactRoot {
    transactions.forEach(({ output, tags }, i) => addOutput(this.#tree, this.hashes[i] as Hash, output, tags));
    addBlockTags(this.#tree, blockTags);
    return this.#commit();
  }

  #commit(): ArtifactRoot {
    const { hash, writeLog }: { hash: string; writeLog: WriteLog } = this.#tree.commit(this.#namespace, this.#round);
    return { root: hash as Hash, writeLog: sortedWriteLog(writeLog.changes) };
  }
}

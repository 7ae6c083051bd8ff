// Transactions whose results somebody waits for, looked for in each block of the runtime.
// Reference: go/worker/client/committee/node.go.
import { hashOf } from "@wadi/crypto";
import { findTransaction, transactionsByHash, type HashedTransaction, type KeyValueTree } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";

/** What a transaction came to. */
export interface TransactionResult {
  readonly output: Uint8Array;
  readonly round: bigint;
  /** Its place in the batch. */
  readonly batchOrder: number;
}

/** A result on its way. */
export interface AwaitedResult {
  /** Resolves when the transaction is in a block; rejects with why it was given up. */
  readonly result: Promise<TransactionResult>;
  /** The result is not wanted any more. */
  giveUp(reason: unknown): void;
}

type Tree = Pick<KeyValueTree, "getPacked" | "iterate">;
type Waiter = PromiseWithResolvers<TransactionResult>;

/** So many are looked up one by one; where more are awaited, all that a block holds is read once. */
const MAX_LOOKUPS = 512;

export class AwaitedResults {
  readonly #waiting = new Map<Hash, Set<Waiter>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The transaction will not come into a block. */
  fail(hash: Hash, error: Error): void {
    const waiters = this.#waiting.get(hash);
    this.#waiting.delete(hash);
    for (const waiter of waiters ?? []) waiter.reject(error);
  }

  wait(raw: Uint8Array): AwaitedResult {
    const hash = hashOf(raw) as Hash;
    const waiter = Promise.withResolvers<TransactionResult>();
    // Who gave it up need not ask what became of it.
    waiter.promise.catch(() => undefined);
    const waiters = this.#waiting.get(hash) ?? new Set<Waiter>();
    waiters.add(waiter);
    this.#waiting.set(hash, waiters);
    return {
      result: waiter.promise,
      giveUp: (reason) => {
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#waiting.get(hash) === waiters) this.#waiting.delete(hash);
        waiter.reject(reason);
      },
    };
  }

  /** Nobody will get a result any more. */
  giveUpAll(reason: unknown): void {
    for (const waiters of this.#waiting.values()) for (const { reject } of waiters) reject(reason);
    this.#waiting.clear();
  }

  /** Looks for all of them in the transactions of a round; returns those that are there. */
  look(round: bigint, tree: Tree): readonly Hash[] {
    const found: Hash[] = [];
    for (const { batchOrder, hash, output } of this.#candidates(tree)) {
      const waiters = this.#waiting.get(hash);
      if (waiters === undefined || output === null) continue;
      for (const { resolve } of waiters) resolve({ output, round, batchOrder });
      this.#waiting.delete(hash);
      found.push(hash);
    }
    return found;
  }

  #candidates(tree: Tree): Iterable<HashedTransaction> {
    if (this.#waiting.size > MAX_LOOKUPS) return transactionsByHash(tree);
    return [...this.#waiting.keys()].flatMap((hash) => {
      const found = findTransaction(tree, hash);
      return found === undefined ? [] : { hash, ...found };
    });
  }
}

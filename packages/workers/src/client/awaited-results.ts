// Transactions whose results somebody waits for, looked for in each block of the runtime.
// Reference: go/worker/client/committee/node.go.
import { hashOf } from "@wadi/crypto";
import { ErrTransactionNotFound, readTransaction, type KeyValueTree, type RuntimeTransaction } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { isError } from "@wadi/util";

/** What a transaction came to. */
export interface TransactionResult {
  readonly output: Uint8Array;
  readonly round: bigint;
  /** Its place in the batch. */
  readonly batchOrder: number;
}

type Waiter = (result: TransactionResult) => void;

export class AwaitedResults {
  readonly #waiting = new Map<Hash, Set<Waiter>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when the transaction is in a block; rejects with the signal's reason. */
  wait(raw: Uint8Array, signal: AbortSignal): Promise<TransactionResult> {
    const hash = hashOf(raw) as Hash;
    const { promise, reject, resolve } = Promise.withResolvers<TransactionResult>();
    const waiters = this.#waiting.get(hash) ?? new Set<Waiter>();
    waiters.add(resolve);
    this.#waiting.set(hash, waiters);
    const give = (): void => {
      waiters.delete(resolve);
      if (waiters.size === 0 && this.#waiting.get(hash) === waiters) this.#waiting.delete(hash);
      reject(signal.reason);
    };
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", give));
  }

  /** Looks for all of them in the transactions of a round; returns those that are there. */
  look(round: bigint, tree: Pick<KeyValueTree, "iterate">): readonly Hash[] {
    const found: Hash[] = [];
    for (const [hash, waiters] of this.#waiting) {
      const transaction = lookUp(tree, hash);
      if (transaction === undefined || transaction.output === null) continue;
      const { batchOrder, output } = transaction;
      for (const resolve of waiters) resolve({ output, round, batchOrder });
      this.#waiting.delete(hash);
      found.push(hash);
    }
    return found;
  }
}

function lookUp(tree: Pick<KeyValueTree, "iterate">, hash: Hash): RuntimeTransaction | undefined {
  try {
    return readTransaction(tree, hash);
  } catch (e) {
    if (isError(e, ErrTransactionNotFound)) return undefined;
    throw e;
  }
}

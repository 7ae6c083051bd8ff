// Transactions that somebody waits for: until they are in a block, or are found invalid before.
// Reference: go/consensus/cometbft/full/services.go (submitTx).
import { txHash, type HexHash, type ResponseDeliverTx } from "@wadi/comet-types";
import { errorFromWire } from "@wadi/util";

/** Where a transaction ended up. */
export interface IncludedTransaction {
  readonly height: number;
  /** Its place in the block. */
  readonly index: number;
}

interface Waiter {
  resolve(included: IncludedTransaction): void;
  reject(error: unknown): void;
}

export class AwaitedTransactions {
  readonly #waiting = new Map<HexHash, Set<Waiter>>();

  /** Transactions that are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Hands the transaction to `send`, which throws what refuses it, and waits. Rejects with that,
   * with the error of a failed transaction in a block, with what made it invalid before it was in
   * one, or with the reason of the signal.
   */
  submit(raw: Uint8Array, send: (raw: Uint8Array) => void, signal?: AbortSignal): Promise<IncludedTransaction> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const hash = txHash(raw);
    const { promise, resolve, reject } = Promise.withResolvers<IncludedTransaction>();
    const waiter: Waiter = { resolve, reject };
    const abort = (): void => reject(signal?.reason);
    // Before it is sent: it may be in a block by the time that `send` returns.
    this.#add(hash, waiter);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      send(raw);
    } catch (e) {
      reject(e);
    }
    return promise.finally(() => {
      signal?.removeEventListener("abort", abort);
      this.#remove(hash, waiter);
    });
  }

  /** A block is final; one result for each transaction. */
  included(height: number, txs: readonly Uint8Array[], results: readonly ResponseDeliverTx[]): void {
    if (this.#waiting.size === 0) return;
    for (const [index, raw] of txs.entries()) {
      const waiters = this.#waiting.get(txHash(raw));
      const result = results[index];
      if (waiters === undefined || result === undefined) continue;
      const { code, codespace, log } = result;
      for (const { resolve, reject } of waiters) {
        if (code === 0) resolve({ height, index });
        else reject(errorFromWire(codespace, code, log));
      }
    }
  }

  /** A transaction that was valid no longer is. */
  invalidated(raw: Uint8Array, error: unknown): void {
    for (const { reject } of this.#waiting.get(txHash(raw)) ?? []) reject(error);
  }

  #add(hash: HexHash, waiter: Waiter): void {
    const waiters = this.#waiting.get(hash) ?? new Set();
    waiters.add(waiter);
    this.#waiting.set(hash, waiters);
  }

  #remove(hash: HexHash, waiter: Waiter): void {
    const waiters = this.#waiting.get(hash);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(hash);
  }
}

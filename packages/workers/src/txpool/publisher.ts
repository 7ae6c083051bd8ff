// Shows the transactions of a pool to peers when it is time to.
import { publishingPass } from "@wadi/worker-core";

export interface PublisherParts<T> {
  /** Those that wait for a block. */
  readonly transactions: () => Iterable<T>;
  /** See `publishingPass`. */
  readonly publishedAtMs: (transaction: T) => number | undefined;
  readonly publish: (transaction: T) => void;
  readonly nowMs: () => number;
  readonly intervalMs: number;
}

export class Publisher<T> implements Disposable {
  readonly #parts: PublisherParts<T>;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #isClosed = false;

  constructor(parts: PublisherParts<T>) {
    this.#parts = parts;
  }

  /** There is a pass after this time at the latest. */
  within(delayMs: number): void {
    const dueMs = this.#parts.nowMs() + delayMs;
    if (this.#isClosed || dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#pass(), delayMs);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #pass(): void {
    this.#dueMs = Infinity;
    const { intervalMs, nowMs, publish, publishedAtMs, transactions } = this.#parts;
    const { due, nextMs } = publishingPass(transactions(), publishedAtMs, { intervalMs, nowMs: nowMs() });
    for (const transaction of due) publish(transaction);
    this.within(nextMs);
  }
}

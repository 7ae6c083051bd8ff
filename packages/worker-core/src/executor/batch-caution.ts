// After a batch that the runtime did not survive (it loops, or ends its process) batches are small:
// so the transaction that does it is found, and goes, instead of standing in the way of all others
// for ever. The reference tries the same batch again and again.
import type { Hash } from "@wadi/types";

/** Alone in a batch a transaction may fail so often: the runtime may have been ended by something else. */
const FAILURES_ALONE = 2;
/** Sizes above are as good as none. */
const LARGEST_LIMIT = 64;

export class BatchCaution {
  #limit = Infinity;
  #suspect: { readonly hash: Hash; readonly failures: number } | undefined;

  /** How many transactions the next batch may have; Infinity where there is no reason for caution. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the runtime may ask for more than it was given. */
  get allowsMore(): boolean {
    return this.#limit === Infinity;
  }

  /** A batch of at most `limit` transactions came through. */
  succeeded(): void {
    this.#suspect = undefined;
    this.#limit = this.#limit * 2 > LARGEST_LIMIT ? Infinity : this.#limit * 2;
  }

  /** A batch came to nothing; the transaction that is to go, if it is known. */
  failed(batch: readonly Hash[]): Hash | undefined {
    const wasAlone = this.#limit === 1;
    this.#limit = 1;
    const [hash] = batch;
    if (!wasAlone || hash === undefined) return undefined;
    const failures = (this.#suspect?.hash === hash ? this.#suspect.failures : 0) + 1;
    this.#suspect = { hash, failures };
    return failures >= FAILURES_ALONE ? hash : undefined;
  }
}

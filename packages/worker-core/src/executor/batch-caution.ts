// After a batch that the runtime did not survive (it loops, or ends its process) batches are small:
// so the transaction that does it is found, and goes, instead of standing in the way of all others
// for ever. The reference tries the same batch again and again.
//
// Between the failures of a transaction alone there is a batch of nothing: where the runtime fails at that
// one too, it is the runtime that is broken, and costs nobody a transaction.
import type { Hash } from "@wadi/types";

/** Alone in a batch a transaction may fail so often: the runtime may have been ended by something else. */
const FAILURES_ALONE = 2;
/** Sizes above are as good as none. */
const LARGEST_LIMIT = 64;

export class BatchCaution {
  #limit = Infinity;
  #suspect: { readonly hash: Hash; readonly failures: number } | undefined;

  /** How many transactions the next batch may have, 0 for a trial; Infinity where there is no reason for caution. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the runtime may ask for more than it was given. */
  get allowsMore(): boolean {
    return this.#limit === Infinity;
  }

  /** A batch of at most `limit` transactions came through. */
  succeeded(): void {
    if (this.#limit === 0) {
      this.#limit = 1;
      return;
    }
    this.#suspect = undefined;
    this.#limit = this.#limit * 2 > LARGEST_LIMIT ? Infinity : this.#limit * 2;
  }

  /** A batch came to nothing; the transaction that is to go, if it is known. */
  failed(batch: readonly Hash[]): Hash | undefined {
    if (this.#limit === 0) {
      this.#suspect = undefined;
      return undefined;
    }
    const wasAlone = this.#limit === 1;
    this.#limit = 1;
    const [hash] = batch;
    if (!wasAlone || hash === undefined) return undefined;
    const failures = (this.#suspect?.hash === hash ? this.#suspect.failures : 0) + 1;
    if (failures >= FAILURES_ALONE) {
      this.#suspect = undefined;
      return hash;
    }
    this.#suspect = { hash, failures };
    this.#limit = 0;
    return undefined;
  }
}

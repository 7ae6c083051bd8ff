// When the lives of a process end that is killed again and again: some of them while it starts, the
// others a while after some work.
import type { Prng } from "@wadi/testing";

/** One in so many is killed while it starts. */
const EARLY_SHARE = 5;
const MAX_DELAY_MS = 60;

export interface KillMoment {
  readonly isEarly: boolean;
  /** What is waited for, unless it is early: so many pieces of work. */
  readonly pieces: number;
  /** And then so long; after the start of the process, if it is early. */
  readonly delayMs: number;
}

export class KillMoments {
  readonly #prng: Prng;
  readonly #maxPieces: number;
  /** How long the last whole start took; without one, none is killed while it starts. */
  #startMs: number | undefined;

  constructor(prng: Prng, maxPieces: number) {
    this.#prng = prng;
    this.#maxPieces = maxPieces;
  }

  next(): KillMoment {
    const startMs = this.#startMs;
    const isEarly = startMs !== undefined && this.#prng.below(EARLY_SHARE) === 0;
    const pieces = isEarly ? 0 : 1 + this.#prng.below(this.#maxPieces);
    return { isEarly, pieces, delayMs: this.#prng.below(isEarly ? Math.ceil(startMs) : MAX_DELAY_MS) };
  }

  /** The process took so long to take up its work. */
  started(ms: number): void {
    this.#startMs = ms;
  }
}

/** Resolves after so many pieces of work. */
export class Work {
  readonly done: Promise<void>;
  #left: number;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;

  constructor(pieces: number) {
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#left = pieces;
    this.#resolve = resolve;
    this.#reject = reject;
    promise.catch(() => undefined);
  }

  /** A piece is done. */
  count(): void {
    if (--this.#left === 0) this.#resolve();
  }

  fail(reason: unknown): void {
    this.#reject(reason);
  }

  /** Nothing more comes. Rejects with what was wrong. */
  async end(): Promise<void> {
    this.#resolve();
    await this.done;
  }
}

// Long synchronous work is written as a generator that yields every millisecond or so; whoever
// runs it decides whether others get a turn in between.

/** Runs the steps one after the other and returns the result. */
export function runToEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export interface PaceOptions {
  /** How long the event loop may be held at a time. */
  readonly sliceMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_SLICE_MS = 8;

/** Decides between two steps of long work whether to let the event loop turn. */
export class Pace {
  readonly #sliceMs: number;
  readonly #signal: AbortSignal | undefined;
  #sliceEnd: number;

  constructor({ sliceMs = DEFAULT_SLICE_MS, signal }: PaceOptions = {}) {
    this.#sliceMs = sliceMs;
    this.#signal = signal;
    this.#sliceEnd = performance.now() + sliceMs;
  }

  /** True if it is time for `turn`. */
  get due(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Lets everything else that waits run once. Throws the signal's reason if it is aborted. */
  async turn(): Promise<void> {
    this.#signal?.throwIfAborted();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#signal?.throwIfAborted();
    this.#sliceEnd = performance.now() + this.#sliceMs;
  }
}

/** Runs the steps in slices and resolves with the result. */
export async function runInSlices<T>(steps: Generator<unknown, T>, options?: PaceOptions): Promise<T> {
  const pace = new Pace(options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (pace.due) await pace.turn();
  }
}

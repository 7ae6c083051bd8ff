// Runs long work in slices, so that the event loop has its turns in between.
import { LONG_STEP } from "./steps.ts";

export interface PaceOptions {
  /** How long the event loop may be held at a time. */
  readonly sliceMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_SLICE_MS = 8;
const LONG_STEP_SHARE = 4;

/** Decides between two steps of long work whether to let the event loop turn. */
export class Pace {
  readonly #sliceMs: number;
  readonly #signal: AbortSignal | undefined;
  #sliceStart: number;

  constructor({ sliceMs = DEFAULT_SLICE_MS, signal }: PaceOptions = {}) {
    this.#sliceMs = sliceMs;
    this.#signal = signal;
    this.#sliceStart = performance.now();
  }

  /** True if it is time for `turn`. */
  get due(): boolean {
    return this.#spentMs >= this.#sliceMs;
  }

  /** True if it is time for `turn` where a long step comes next; small work need not wait for others at all. */
  get dueBeforeLongStep(): boolean {
    return this.#spentMs >= this.#sliceMs / LONG_STEP_SHARE;
  }

  get #spentMs(): number {
    return performance.now() - this.#sliceStart;
  }

  /** Lets everything else that waits run once. Throws the signal's reason if it is aborted. */
  async turn(): Promise<void> {
    this.#signal?.throwIfAborted();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#signal?.throwIfAborted();
    this.#sliceStart = performance.now();
  }
}

/** Runs the steps in slices and resolves with the result. */
export async function runInSlices<T>(steps: Generator<unknown, T>, options?: PaceOptions): Promise<T> {
  const pace = new Pace(options);
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (step.value === LONG_STEP ? pace.dueBeforeLongStep : pace.due) await pace.turn();
    }
  } finally {
    // Where it was aborted: what the steps hold is let go.
    steps.return(undefined as never);
  }
}

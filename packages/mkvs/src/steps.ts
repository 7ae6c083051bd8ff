// Long synchronous work is written as a generator that yields every millisecond or so; whoever
// runs it decides whether others get a turn in between.

/** What comes after it is long by itself: others get their turn first, unless there was next to nothing before it. */
export const LONG_STEP = Symbol("a long step");

/** Work that yields between its steps, LONG_STEP before one that takes longer than the others. */
export type Steps<T> = Generator<typeof LONG_STEP | void, T>;

/** Runs the steps one after the other and returns the result. */
export function runToEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

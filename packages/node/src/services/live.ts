// Streams that follow what happens: a queue between who tells and who reads.

/** How many items a slow reader may be behind before it is dropped. */
const MAX_BEHIND = 1024;

/** Takes what has happened. It makes the items, so that a failure ends its stream and nothing else. */
export type Tell<T> = (items: () => Iterable<T>) => void;

/**
 * What `first` gives, which is how things are now, and then what `subscribe` tells, with nothing lost
 * between the two, until the signal is aborted. A reader that is too slow is ended with an error, so
 * that it cannot fill the memory.
 */
export async function* live<T>(
  subscribe: (tell: Tell<T>) => () => void,
  signal: AbortSignal,
  first: () => Iterable<T> = () => [],
): AsyncGenerator<T> {
  const queue: T[] = [];
  let wake = Promise.withResolvers<void>();
  /** Why there is nothing more, after what waits. */
  let failure: { readonly error: unknown } | undefined;
  const stop = subscribe((items) => {
    if (failure !== undefined) return;
    try {
      for (const item of items()) {
        if (queue.length >= MAX_BEHIND) throw new Error("the reader is too slow");
        queue.push(item);
      }
    } catch (error) {
      failure = { error };
    }
    wake.resolve();
  });
  const end = (): void => wake.resolve();
  signal.addEventListener("abort", end, { once: true });
  try {
    yield* first();
    while (!signal.aborted) {
      const next = queue.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (failure !== undefined) throw failure.error;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    stop();
    signal.removeEventListener("abort", end);
  }
}

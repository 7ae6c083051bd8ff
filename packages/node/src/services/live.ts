// Streams that follow what happens: a queue between who tells and who reads.

/** How many items a slow reader may be behind before it is dropped. */
const MAX_BEHIND = 1024;

/**
 * What `first` gives, which is how things are now, and then what `subscribe` tells, with nothing lost
 * between the two, until the signal is aborted. A reader that is too slow is ended with an error, so
 * that it cannot fill the memory.
 */
export async function* live<T>(
  subscribe: (tell: (item: T) => void) => () => void,
  signal: AbortSignal,
  first: () => Iterable<T> = () => [],
): AsyncGenerator<T> {
  const queue: T[] = [];
  let wake = Promise.withResolvers<void>();
  let isBehind = false;
  const stop = subscribe((item) => {
    if (queue.length >= MAX_BEHIND) isBehind = true;
    else queue.push(item);
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
      if (isBehind) throw new Error("the reader is too slow");
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    stop();
    signal.removeEventListener("abort", end);
  }
}

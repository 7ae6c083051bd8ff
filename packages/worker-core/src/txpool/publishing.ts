// Which transactions a node shows to its peers, and when again.
// Reference: go/runtime/txpool/txpool.go (republishWorker).

/** One pass publishes at most so many. */
export const MAX_PUBLISHED = 128;
/** Peers forget what they have seen after two minutes and ignore it until then. */
export const MIN_REPUBLISH_MS = 125_000;
const AFTER_FULL_PASS_MS = 1000;
const SLACK_MS = 1000;

export interface PublishingTimes {
  readonly nowMs: number;
  readonly intervalMs: number;
}

export interface PublishingPass<T> {
  readonly due: readonly T[];
  /** How long until the next pass. */
  readonly nextMs: number;
}

/** `publishedAtMs` is -Infinity for what never was, and undefined for what is not known any more. */
export function publishingPass<T>(
  transactions: Iterable<T>,
  publishedAtMs: (transaction: T) => number | undefined,
  { intervalMs, nowMs }: PublishingTimes,
): PublishingPass<T> {
  const due: T[] = [];
  let nextMs = intervalMs;
  for (const transaction of transactions) {
    const sinceMs = nowMs - (publishedAtMs(transaction) ?? -Infinity);
    if (sinceMs < intervalMs) {
      nextMs = Math.min(nextMs, intervalMs - sinceMs + SLACK_MS);
      continue;
    }
    due.push(transaction);
    if (due.length === MAX_PUBLISHED) return { due, nextMs: AFTER_FULL_PASS_MS };
  }
  return { due, nextMs };
}

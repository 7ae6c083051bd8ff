// Delays between attempts: they grow and scatter, so that nodes that failed together do not try
// again together. Reference: go/common/backoff over cenkalti/backoff v4.

export interface BackoffOptions {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Each delay is drawn from this share below to this share above its middle. */
  readonly scatter: number;
}

export const defaultBackoff: BackoffOptions = { initialMs: 500, factor: 1.5, maxMs: 60_000, scatter: 0.5 };

/** The endless sequence of delays in milliseconds; `random` gives numbers from 0 up to 1. */
export function* backoffDelays(options: BackoffOptions, random: () => number): Generator<number, never> {
  const { factor, maxMs, scatter } = options;
  for (let middle = options.initialMs; ; middle = Math.min(middle * factor, maxMs)) {
    yield middle * (1 + scatter * (2 * random() - 1));
  }
}

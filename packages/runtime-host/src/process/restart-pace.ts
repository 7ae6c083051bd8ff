// When a component that ended may start again: at once the first two times, then with growing
// pauses, and after a day of trouble not at all. Reference: go/runtime/host/sandbox/host.go with
// cenkalti/backoff v4 `Ticker`.

export interface PaceOptions {
  readonly initialMs: number;
  readonly factor: number;
  /** Each pause is drawn from this part around the interval: 0.5 is ±50 %. */
  readonly spread: number;
  readonly maxMs: number;
  /** After this time since the first start there is no further one. */
  readonly givesUpAfterMs: number;
}

export const restartPace: PaceOptions = {
  initialMs: 500,
  factor: 1.5,
  spread: 0.5,
  maxMs: 3_600_000,
  givesUpAfterMs: 24 * 3_600_000,
};

/** One series of starts. */
export interface Pace {
  readonly sinceMs: number;
  /** When the next start may be; undefined when there is to be none. */
  readonly nextMs: number | undefined;
  readonly intervalMs: number;
}

/** A new series, whose first start is now. */
export function newPace(nowMs: number, options: PaceOptions): Pace {
  return { sinceMs: nowMs, nextMs: nowMs, intervalMs: options.initialMs };
}

/** After a further start; `random` is from 0 up to 1. */
export function afterStart(pace: Pace, nowMs: number, random: number, options: PaceOptions): Pace {
  const pauseMs = pace.intervalMs * (1 - options.spread + 2 * options.spread * random);
  const isOver = nowMs - pace.sinceMs + pauseMs > options.givesUpAfterMs;
  return {
    sinceMs: pace.sinceMs,
    nextMs: isOver ? undefined : nowMs + pauseMs,
    intervalMs: Math.min(pace.intervalMs * options.factor, options.maxMs),
  };
}

import type { Timers } from "@wadi/runtime-protocol";

/** The clock and timers of this process. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  nextTurn: (action) => void setImmediate(action),
};

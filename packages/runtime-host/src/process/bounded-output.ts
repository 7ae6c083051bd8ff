// Reading what a component prints at a bounded rate: one that prints without end waits in its own
// writes instead of keeping the node busy.
import type { Readable } from "node:stream";

import type { Timers } from "@wadi/runtime-protocol";

/** Bytes that are read in each window, of all streams together, give or take one piece. */
export const WINDOW_BYTES = 256 * 1024;
export const WINDOW_MS = 100;

/** Passes on what the streams give until they end; the result lifts the bound. */
export function readBounded(
  streams: readonly Readable[],
  output: (chunk: Uint8Array) => void,
  timers: Timers,
): () => void {
  let isBounded = true;
  let windowEnds = 0;
  let left = 0;
  let cancel: (() => void) | undefined;
  const resume = (): void => {
    cancel = undefined;
    for (const stream of streams) stream.resume();
  };
  const onData = (chunk: Uint8Array): void => {
    output(chunk);
    if (!isBounded) return;
    const now = timers.now();
    if (now >= windowEnds) [windowEnds, left] = [now + WINDOW_MS, WINDOW_BYTES];
    left -= chunk.length;
    if (left > 0 || cancel !== undefined) return;
    for (const stream of streams) stream.pause();
    cancel = timers.after(windowEnds - now, resume);
  };
  for (const stream of streams) stream.on("data", onData);
  return () => {
    isBounded = false;
    cancel?.();
    resume();
  };
}

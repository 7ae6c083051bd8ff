// Durations of the round timeouts, and the rule by which one timer serves them all
// (config/config.go, consensus/ticker.go of the fork).
import type { RoundTimeouts, TimeoutInfo } from "./types.ts";

export function proposeTimeoutMs(timeouts: RoundTimeouts, round: number): number {
  return timeouts.proposeMs + timeouts.proposeDeltaMs * round;
}

export function prevoteTimeoutMs(timeouts: RoundTimeouts, round: number): number {
  return timeouts.prevoteMs + timeouts.prevoteDeltaMs * round;
}

export function precommitTimeoutMs(timeouts: RoundTimeouts, round: number): number {
  return timeouts.precommitMs + timeouts.precommitDeltaMs * round;
}

/** Timeouts of the Oasis Network; the pause after a commit comes from genesis. */
export function oasisTimeouts(commitMs: number): RoundTimeouts {
  return {
    proposeMs: 3000,
    proposeDeltaMs: 500,
    prevoteMs: 1000,
    prevoteDeltaMs: 500,
    precommitMs: 1000,
    precommitDeltaMs: 500,
    commitMs,
  };
}

/**
 * True if a requested timeout replaces the last one that was set, fired or not; otherwise the
 * request is dropped. Only later heights, rounds and steps replace.
 */
export function supersedesTimeout(last: TimeoutInfo | undefined, next: TimeoutInfo): boolean {
  if (last === undefined) return true;
  if (next.height !== last.height) return next.height > last.height;
  if (next.round !== last.round) return next.round > last.round;
  return next.step > last.step;
}

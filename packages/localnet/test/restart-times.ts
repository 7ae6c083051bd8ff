// How long starts after a kill took, and what they may take.
import assert from "node:assert/strict";

import type { KillSummary, Restart } from "./kill-run.ts";

/** What an operator was promised, until the network takes transactions. */
const LIMIT_MS = 2000;
/** A machine was busy with other things when a start had to wait for a processor for so much of its time. */
const BUSY_SHARE = 0.1;
/** So many starts on a quiet machine say something. */
const MIN_QUIET = 10;

/** The smallest value that so much of them do not exceed; 0 where there are none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

function timesText(values: readonly number[]): string {
  return [median(values), quantile(values, 0.95), quantile(values, 1)].map((ms) => Math.round(ms)).join("/");
}

const isQuiet = ({ readyMs, waitedMs }: Restart): boolean => waitedMs !== undefined && waitedMs < BUSY_SHARE * readyMs;

/** A summary for people. */
export function killText({ blocks, early, final, kills, restarts, rounds, signatures }: KillSummary): string {
  const of = (what: "readyMs" | "finalMs" | "cpuMs"): string => timesText(restarts.map((restart) => restart[what]));
  return (
    `${kills} kills (${early} while starting): ${rounds} rounds with ${final} acknowledged transactions, ` +
    `${signatures} signatures, none double and none missing, ${blocks} blocks replayed; ` +
    `${restarts.length} restarts in ms, median/p95/longest: ready ${of("readyMs")}, new transaction final ${of("finalMs")}, ` +
    `processor time ${of("cpuMs")}, ${restarts.filter(isQuiet).length} of them on a quiet machine`
  );
}

/**
 * Throws if starts take too long: by the median of their processor time, which other work on the
 * machine hardly changes, and by that of their time where enough of them were on a quiet machine.
 */
export function requireQuickRestarts({ restarts }: KillSummary): void {
  const cpuMs = median(restarts.map((restart) => restart.cpuMs));
  assert.ok(cpuMs < LIMIT_MS, `a restart takes ${cpuMs} ms of processor time`);
  const quiet = restarts.filter(isQuiet).map(({ readyMs }) => readyMs);
  if (quiet.length < MIN_QUIET) return;
  assert.ok(median(quiet) < LIMIT_MS, `a restart takes ${median(quiet)} ms on a quiet machine`);
}

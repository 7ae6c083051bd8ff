// Block time: the median of the last commit's timestamps, weighted by power (state/state.go and
// types/time of the fork).
import { isAbsent } from "./commit.ts";
import { ErrCommitMismatch, refusal } from "./errors.ts";
import { GO_ZERO_TIME, type TimeNs } from "./go-time.ts";
import { wrapInt64 } from "./int64.ts";
import type { ValidatorSet } from "./validator-set.ts";
import type { Commit } from "./wire/basics.ts";

/** A time and how much it counts. */
export interface WeightedTime {
  readonly time: TimeNs;
  readonly weight: bigint;
}

/**
 * The first time, in order, at which half of the weight (rounded down) is reached; year 1 for no
 * entries. Times are ordered as 64-bit nanoseconds, which wrap outside the years 1678 to 2262.
 */
export function weightedMedian(entries: readonly WeightedTime[]): TimeNs {
  let rest = entries.reduce((sum, { weight }) => sum + weight, 0n) / 2n;
  const order = entries.map((entry) => ({ ...entry, key: wrapInt64(entry.time) }));
  order.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { time, weight } of order) {
    if (rest <= weight) return time;
    rest -= weight;
  }
  return GO_ZERO_TIME;
}

/**
 * The time a block must have whose last commit this is; nil votes count. Throws ErrCommitMismatch
 * for a signer outside the set.
 */
export function medianTime(commit: Commit, set: ValidatorSet): TimeNs {
  const entries: WeightedTime[] = [];
  for (const sig of commit.signatures) {
    if (isAbsent(sig)) continue;
    const index = set.indexOf(sig.validatorAddress);
    if (index < 0) {
      const address = sig.validatorAddress.toUpperCase();
      throw refusal(ErrCommitMismatch, `commit validator not found in validator set: ${address}`);
    }
    entries.push({ time: sig.timestamp, weight: set.member(index).votingPower });
  }
  return weightedMedian(entries);
}

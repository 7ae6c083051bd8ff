import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { ErrCommitMismatch } from "./errors.ts";
import { GO_ZERO_TIME, durationText, timeText } from "./go-time.ts";
import { medianTime, weightedMedian } from "./median-time.ts";
import { HASH_A, START_TIME, blockIdWith, commitBy, signersWith } from "./testing/fixtures.ts";

describe("time texts", () => {
  it("prints what Go prints", () => {
    assert.equal(timeText(GO_ZERO_TIME), "0001-01-01 00:00:00 +0000 UTC");
    assert.equal(timeText(0n), "1970-01-01 00:00:00 +0000 UTC");
    assert.equal(timeText(-1n), "1969-12-31 23:59:59.999999999 +0000 UTC");
    assert.equal(timeText(1_767_323_045_500_000_000n), "2026-01-02 03:04:05.5 +0000 UTC");
    assert.equal(timeText(951_782_400_000_000_000n), "2000-02-29 00:00:00 +0000 UTC");
  });

  it("agrees with the calendar of the runtime", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), (seconds) => {
        const iso = new Date(seconds * 1000).toISOString();
        const expected = `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000 UTC`;
        assert.equal(timeText(BigInt(seconds) * 1_000_000_000n), expected);
      }),
      { numRuns: 500 },
    );
  });

  it("prints durations", () => {
    const texts: readonly (readonly [bigint, string])[] = [
      [0n, "0s"],
      [10_000_000_000n, "10s"],
      [1_500_000_000n, "1.5s"],
      [90_000_000_000n, "1m30s"],
      [3_600_000_000_000n, "1h0m0s"],
      [-3_661_000_000_001n, "-1h1m1.000000001s"],
      [1n, "1ns"],
      [1_100n, "1.1µs"],
      [2_200_000n, "2.2ms"],
    ];
    for (const [duration, text] of texts) assert.equal(durationText(duration), text);
  });
});

describe("median time", () => {
  it("is the first time at which half of the weight is reached", () => {
    const entry = fc.record({ time: fc.bigInt({ min: 0n, max: 20n }), weight: fc.bigInt({ min: 1n, max: 6n }) });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (entries) => {
        const sorted = entries.toSorted((a, b) => Number(a.time - b.time));
        const total = entries.reduce((sum, { weight }) => sum + weight, 0n);
        let reached = 0n;
        const expected = sorted.find(({ weight }) => (reached += weight) >= total / 2n);
        assert.equal(weightedMedian(entries), expected?.time);
      }),
    );
  });

  it("takes the earliest of three equal powers, counts nil votes, wants known signers", () => {
    const signers = signersWith([1n, 1n, 1n]);
    const commit = commitBy(signers, 4, blockIdWith(HASH_A), ["nil"]);
    const first = START_TIME + 20_000_000_000n;
    assert.equal(medianTime(commit, signers.set), first);
    const later = commitBy(signers, 4, blockIdWith(HASH_A), ["absent"]);
    assert.equal(medianTime(later, signers.set), first + 1n);
    assert.equal(weightedMedian([]), GO_ZERO_TIME);
    const others = signersWith([1n], 9).set;
    assert.throws(
      () => medianTime(commit, others),
      (e) => isError(e, ErrCommitMismatch),
    );
  });
});

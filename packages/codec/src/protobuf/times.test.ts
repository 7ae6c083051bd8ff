import assert from "node:assert/strict";
import { test } from "node:test";
import { isError } from "@wadi/util";
import fc from "fast-check";
import { ErrInvalidDuration, ErrInvalidTimestamp } from "./errors.ts";
import { message } from "./message.ts";
import { int64 } from "./scalars.ts";
import { required } from "./composite.ts";
import { GO_ZERO_TIME, duration, encodeTimestamp, timestamp } from "./times.ts";

const Timed = message("Timed", { at: timestamp(1) });
const Lasting = message("Lasting", { time: duration(1) });
/** The wire form of both without their rules. */
const Parts = message("Parts", { parts: required(1, message("Pair", { seconds: int64(1), nanos: int64(2) })) });

const END_TIME = 253_402_300_800_000_000_000n;
const MAX_INT64 = (1n << 63n) - 1n;

test("times are whole seconds, rounded down, and nanoseconds", () => {
  const within = fc.bigInt({ min: GO_ZERO_TIME, max: END_TIME - 1n });
  const edges = fc.constantFrom(
    GO_ZERO_TIME,
    GO_ZERO_TIME + 1n,
    -1_000_000_000n,
    -1n,
    0n,
    1n,
    999_999_999n,
    END_TIME - 1n,
  );
  fc.assert(
    fc.property(fc.oneof(within, edges), (at) => {
      const bytes = Timed.encode({ at });
      const nanos = ((at % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
      assert.deepEqual(Parts.decode(bytes), { parts: { seconds: (at - nanos) / 1_000_000_000n, nanos } });
      assert.deepEqual(Timed.decode(bytes), { at });
      assert.deepEqual(encodeTimestamp(at), bytes.slice(2));
    }),
  );
});

test("times outside of years 1 to 9999 are neither written nor read", () => {
  for (const at of [GO_ZERO_TIME - 1n, END_TIME, 1n << 80n, -(1n << 80n)]) {
    assert.throws(() => Timed.encode({ at }), RangeError);
  }
  const seconds = [-62_135_596_801n, 253_402_300_800n, 1n << 53n, (1n << 53n) + 1n, MAX_INT64, -MAX_INT64 - 1n];
  const wrong = [
    ...seconds.map((value) => ({ seconds: value, nanos: 0n })),
    { seconds: 0n, nanos: -1n },
    { seconds: 0n, nanos: 1_000_000_000n },
  ];
  for (const parts of wrong) {
    assert.throws(
      () => Timed.decode(Parts.encode({ parts })),
      (e) => isError(e, ErrInvalidTimestamp),
      `${parts.seconds} s ${parts.nanos} ns`,
    );
  }
});

test("durations are cut towards zero and stay within 64 bits of nanoseconds", () => {
  const edges = fc.constantFrom(MAX_INT64, -MAX_INT64 - 1n, -1n, 0n, 1n, -1_000_000_001n);
  fc.assert(
    fc.property(fc.oneof(fc.bigInt({ min: -MAX_INT64 - 1n, max: MAX_INT64 }), edges), (time) => {
      const bytes = Lasting.encode({ time });
      assert.deepEqual(Parts.decode(bytes), {
        parts: { seconds: time / 1_000_000_000n, nanos: time % 1_000_000_000n },
      });
      assert.deepEqual(Lasting.decode(bytes), { time });
    }),
  );
  const wrong = [
    { seconds: 9_223_372_036n, nanos: 854_775_808n },
    { seconds: 9_223_372_037n, nanos: 0n },
    { seconds: 315_576_000_001n, nanos: 0n },
    { seconds: MAX_INT64, nanos: 0n },
    { seconds: 1n, nanos: -1n },
    { seconds: -1n, nanos: 1n },
    { seconds: 0n, nanos: 1_000_000_000n },
  ];
  for (const parts of wrong) {
    assert.throws(
      () => Lasting.decode(Parts.encode({ parts })),
      (e) => isError(e, ErrInvalidDuration),
      `${parts.seconds} s ${parts.nanos} ns`,
    );
  }
});

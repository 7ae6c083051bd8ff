import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ValidationError } from "../../validation-error.ts";
import type { CommissionSchedule, CommissionScheduleRules } from "../commission.ts";
import {
  amendSchedule,
  COMMISSION_RATE_DENOMINATOR,
  currentCommissionRate,
  pruneAndValidateSchedule,
  pruneSchedule,
} from "./commission-schedule.ts";

const rules: CommissionScheduleRules = {
  rateChangeInterval: 10n,
  rateBoundLead: 30n,
  maxRateSteps: 4,
  maxBoundSteps: 12,
  minCommissionRate: 0n,
};
const none: CommissionSchedule = { rates: [], bounds: [] };
const schedule = (
  rates: readonly (readonly [number, number])[],
  bounds: readonly (readonly [number, number, number])[],
): CommissionSchedule => ({
  rates: rates.map(([start, rate]) => ({ start: BigInt(start), rate: BigInt(rate) })),
  bounds: bounds.map(([start, min, max]) => ({ start: BigInt(start), rateMin: BigInt(min), rateMax: BigInt(max) })),
});

test("an empty schedule is valid under any rules", () => {
  assert.deepEqual(pruneAndValidateSchedule(none, { ...rules, rateChangeInterval: 0n, maxRateSteps: 0 }, 5n), none);
});

test("steps without a change interval are refused, where the reference would stop", () => {
  const zero = { ...rules, rateChangeInterval: 0n };
  assert.throws(() => pruneAndValidateSchedule(schedule([[0, 1]], [[0, 0, 2]]), zero, 0n), ValidationError);
});

test("pruning keeps the step in force and later ones", () => {
  const steps = schedule(
    [
      [0, 1],
      [10, 2],
      [20, 3],
    ],
    [
      [0, 0, 9],
      [20, 0, 8],
    ],
  );
  assert.deepEqual(pruneSchedule(steps, 9n), steps);
  assert.deepEqual(pruneSchedule(steps, 10n).rates, steps.rates.slice(1));
  assert.deepEqual(pruneSchedule(steps, 99n), { rates: steps.rates.slice(2), bounds: steps.bounds.slice(1) });
});

test("the current rate", () => {
  const steps = schedule(
    [
      [10, 1],
      [20, 2],
    ],
    [[10, 0, 9]],
  );
  assert.equal(currentCommissionRate(steps, 9n), undefined);
  assert.equal(currentCommissionRate(steps, 10n), 1n);
  assert.equal(currentCommissionRate(steps, 999n), 2n);
});

test("first bounds may start at the next interval, later ones need the lead", () => {
  const initial = amendSchedule(none, schedule([[10, 500]], [[10, 0, 1000]]), rules, 5n);
  assert.deepEqual(initial, schedule([[10, 500]], [[10, 0, 1000]]));
  assert.throws(() => amendSchedule(initial, schedule([], [[30, 0, 2000]]), rules, 5n), /bounds\[0\]: start 30/);
  const later = amendSchedule(initial, schedule([], [[40, 0, 2000]]), rules, 5n);
  assert.deepEqual(
    later.bounds,
    schedule(
      [],
      [
        [10, 0, 1000],
        [40, 0, 2000],
      ],
    ).bounds,
  );
  assert.throws(() => amendSchedule(initial, schedule([[10, 400]], []), rules, 10n), /rates\[0\]: start 10/);
});

test("an amendment replaces everything from its start on", () => {
  const before = schedule(
    [
      [0, 1],
      [10, 2],
      [20, 3],
      [30, 4],
    ],
    [[0, 0, 9]],
  );
  assert.deepEqual(
    amendSchedule(before, schedule([[20, 7]], []), rules, 5n).rates,
    schedule(
      [
        [0, 1],
        [10, 2],
        [20, 7],
      ],
      [],
    ).rates,
  );
  const full = schedule(
    [
      [30, 7],
      [40, 8],
    ],
    [],
  );
  assert.throws(() => amendSchedule(before, full, rules, 5n), /after pruning and amending: rates has 5 steps/);
});

test("every rate is within the bounds of its time, whichever list changes first", () => {
  const at = 5n;
  const valid = schedule(
    [
      [0, 50],
      [20, 80],
    ],
    [
      [0, 0, 60],
      [10, 0, 90],
    ],
  );
  pruneAndValidateSchedule(valid, rules, at);
  const early = schedule(
    [
      [0, 50],
      [10, 80],
    ],
    [
      [0, 0, 60],
      [20, 0, 90],
    ],
  );
  assert.throws(() => pruneAndValidateSchedule(early, rules, at), /rate 80 of rates\[1\] .* bounds\[0\] at epoch 10/);
  const together = schedule(
    [
      [0, 50],
      [10, 80],
    ],
    [
      [0, 0, 60],
      [10, 70, 90],
    ],
  );
  pruneAndValidateSchedule(together, rules, at);
});

test("a schedule of the future starts as a whole", () => {
  pruneAndValidateSchedule(schedule([[20, 1]], [[20, 0, 2]]), rules, 5n);
  assert.throws(() => pruneAndValidateSchedule(schedule([[20, 1]], [[10, 0, 2]]), rules, 5n), /start at epoch 20/);
  assert.throws(() => pruneAndValidateSchedule(schedule([[20, 1]], []), rules, 5n), /bounds missing/);
  assert.throws(() => pruneAndValidateSchedule(schedule([], [[20, 0, 1]]), rules, 5n), /rates missing/);
});

const arbitrarySteps = fc.uniqueArray(fc.nat(9), { maxLength: 4 }).map((xs) => xs.toSorted((a, b) => a - b));

test("an accepted schedule holds its bounds at every epoch", () => {
  const max = Number(COMMISSION_RATE_DENOMINATOR);
  const arbitrary = fc.record({
    rates: arbitrarySteps.chain((starts) => fc.tuple(...starts.map((s) => fc.tuple(fc.constant(s * 10), fc.nat(max))))),
    bounds: arbitrarySteps.chain((starts) =>
      fc.tuple(...starts.map((s) => fc.tuple(fc.constant(s * 10), fc.nat(max / 2), fc.integer({ min: max / 2, max })))),
    ),
    epoch: fc.nat(120),
  });
  fc.assert(
    fc.property(arbitrary, ({ rates, bounds, epoch }) => {
      let pruned: CommissionSchedule;
      try {
        pruned = pruneAndValidateSchedule(schedule(rates, bounds), rules, BigInt(epoch));
      } catch (e) {
        assert(e instanceof ValidationError);
        return;
      }
      for (let at = BigInt(epoch); at < 130n; at++) {
        const rate = currentCommissionRate(pruned, at);
        const bound = pruned.bounds.findLast((step) => step.start <= at);
        if (rate === undefined || bound === undefined) continue;
        assert(rate >= bound.rateMin && rate <= bound.rateMax, `epoch ${at}`);
      }
    }),
  );
});

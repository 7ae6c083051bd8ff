import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { planCheckpoints } from "./schedule.ts";
import type { CheckpointParameters, CheckpointerState } from "./schedule.ts";

const parameters: CheckpointParameters = { interval: 10n, numKept: 2n, initialVersion: 1n };
const state: CheckpointerState = {
  paused: false,
  periodic: true,
  existing: [],
  rootsPerVersion: 1,
  earliestVersion: 1n,
};

function plan(version: bigint, more: Partial<CheckpointerState> = {}, params: Partial<CheckpointParameters> = {}) {
  return planCheckpoints({ version, forced: false }, { ...parameters, ...params }, { ...state, ...more });
}

test("checkpoints lie at multiples of the interval from the initial version on, newest first", () => {
  assert.deepEqual(plan(1n).create, [1n]);
  assert.deepEqual(plan(10n).create, [1n]);
  assert.deepEqual(plan(11n).create, [11n, 1n]);
  assert.deepEqual(plan(55n).create, [51n, 41n]);
  assert.deepEqual(plan(55n, {}, { numKept: 100n }).create, [51n, 41n, 31n, 21n, 11n, 1n]);
});

test("nothing before the initial version, the earliest version or the last complete checkpoint", () => {
  assert.deepEqual(plan(5n, {}, { initialVersion: 7n }).create, []);
  assert.deepEqual(plan(55n, { earliestVersion: 42n }).create, [51n]);
  assert.deepEqual(plan(55n, { existing: [41n] }).create, [51n]);
  assert.deepEqual(plan(55n, { existing: [51n] }).create, []);
});

test("a version with too few roots is not complete", () => {
  const two = { rootsPerVersion: 2 };
  assert.deepEqual(plan(55n, { ...two, existing: [41n, 51n] }).create, [51n, 41n]);
  assert.deepEqual(plan(55n, { ...two, existing: [41n, 41n, 51n] }).create, [51n]);
});

test("version 0 is never scheduled", () => {
  assert.deepEqual(plan(5n, { earliestVersion: 0n }, { initialVersion: 0n }).create, []);
  assert.deepEqual(plan(10n, { earliestVersion: 0n }, { initialVersion: 0n }).create, [10n]);
});

test("old checkpoints go, but not the initial version's and none made in this run", () => {
  assert.deepEqual(plan(55n, { existing: [1n, 11n, 21n, 31n, 41n] }), { create: [51n], drop: [11n, 21n] });
  assert.deepEqual(plan(55n, { existing: [11n, 21n, 31n] }).drop, [11n]);
  assert.deepEqual(plan(55n, { existing: [1n, 31n, 41n] }).drop, []);
  assert.deepEqual(plan(55n, { existing: [31n, 11n, 11n, 21n, 31n], rootsPerVersion: 2 }).drop, [11n]);
});

test("forced checkpoints ignore the schedule", () => {
  const stopped = { ...state, paused: true, periodic: false, existing: [1n, 2n, 3n, 4n, 5n] };
  const none = { ...parameters, interval: 0n };
  assert.deepEqual(planCheckpoints({ version: 0n, forced: true }, none, stopped), { create: [0n], drop: [] });
});

test("no scheduled run while paused, without interval or where only forced ones are made", () => {
  const nothing = { create: [], drop: [] };
  const existing = [11n, 21n, 31n];
  assert.deepEqual(plan(55n, { existing, paused: true }), nothing);
  assert.deepEqual(plan(55n, { existing, periodic: false }), nothing);
  assert.deepEqual(plan(55n, { existing }, { interval: 0n }), nothing);
});

test("a node that follows the plan ends up with the newest checkpoints and the first one", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 20n }),
      fc.bigInt({ min: 1n, max: 4n }),
      fc.bigInt({ min: 0n, max: 30n }),
      fc.array(fc.bigInt({ min: 1n, max: 25n }), { minLength: 5, maxLength: 30 }),
      (interval, numKept, initialVersion, steps) => {
        const params = { interval, numKept, initialVersion };
        let version = initialVersion;
        let existing: bigint[] = [];
        for (const step of steps) {
          version += step;
          const { create, drop } = planCheckpoints({ version, forced: false }, params, { ...state, existing });
          assert.ok(BigInt(create.length) <= numKept);
          for (const v of create) {
            assert.ok(!existing.includes(v) && v <= version && v >= initialVersion && v > 0n);
            assert.equal((v - initialVersion) % interval, 0n);
          }
          existing = [...existing, ...create].filter((v) => !drop.includes(v));
        }
        const others = existing.filter((v) => v !== initialVersion);
        assert.ok(BigInt(others.length) <= 2n * numKept, "bounded");
      },
    ),
  );
});

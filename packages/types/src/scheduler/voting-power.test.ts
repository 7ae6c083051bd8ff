import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ValidationError } from "../validation-error.ts";
import { votingPowerDistributions } from "./kinds.ts";
import { votingPowerFromStake } from "./voting-power.ts";

const { linear, squareRoot } = votingPowerDistributions;

test("linear power is a sixteenth, and at least 1", () => {
  assert.equal(votingPowerFromStake(0n, linear), 1n);
  assert.equal(votingPowerFromStake(15n, linear), 1n);
  assert.equal(votingPowerFromStake(32n, linear), 2n);
  assert.equal(votingPowerFromStake(16n * (2n ** 63n - 1n), linear), 2n ** 63n - 1n);
  assert.throws(() => votingPowerFromStake(2n ** 67n, linear), ValidationError);
});

test("square root power is the floor of the root", () => {
  assert.equal(votingPowerFromStake(0n, squareRoot), 1n);
  assert.throws(() => votingPowerFromStake(2n ** 126n, squareRoot), ValidationError);
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 126n - 1n }), (stake) => {
      const root = votingPowerFromStake(stake, squareRoot);
      return root * root <= stake && stake < (root + 1n) * (root + 1n);
    }),
  );
});

test("ten billion billion base units: linear exceeds the root", () => {
  const supply = 10n ** 19n;
  assert(votingPowerFromStake(supply, linear) > votingPowerFromStake(supply, squareRoot));
});

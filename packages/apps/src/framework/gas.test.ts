import assert from "node:assert/strict";
import { test } from "node:test";

import { compositeGas, gasCost, limitedGas, noGas } from "./gas.ts";

const MAX_U64 = (1n << 64n) - 1n;

test("an operation costs its table value times the multiplier, wrapping silently", () => {
  const costs = new Map([
    ["transfer", 10n],
    ["huge", MAX_U64],
  ]);
  assert.equal(gasCost(3, "transfer", costs), 30n);
  assert.equal(gasCost(0, "transfer", costs), 0n);
  assert.equal(gasCost(2, "huge", costs), MAX_U64 - 1n);
  assert.equal(gasCost(1, "unlisted", costs), undefined);
  assert.throws(() => gasCost(-1, "transfer", costs), RangeError);
});

test("a limit is reached exactly, and what is refused is not added", () => {
  const gas = limitedGas(100n);
  gas.charge(60n);
  assert.throws(() => gas.charge(41n), /out of gas \(limit: 100 wanted: 101\)/);
  assert.equal(gas.used, 60n);
  gas.charge(40n);
  assert.equal(gas.used, 100n);
  assert.equal(gas.wanted, 100n);
});

test("overflow is told before the limit", () => {
  const gas = limitedGas(MAX_U64);
  gas.charge(MAX_U64 - 1n);
  assert.throws(() => gas.charge(2n), /^WadiError: gas overflow$/);
  assert.equal(gas.used, MAX_U64 - 1n);
  gas.charge(1n);
});

test("no accountant counts nothing", () => {
  noGas.charge(1000n);
  assert.deepEqual([noGas.wanted, noGas.used], [0n, 0n]);
});

test("together: charged in order, wanted of the first, used of the largest", () => {
  const block = limitedGas(100n);
  const first = limitedGas(1000n);
  const both = compositeGas(first, block);
  both.charge(70n);
  assert.deepEqual([both.wanted, both.used], [1000n, 70n]);

  const second = compositeGas(limitedGas(1000n), block);
  second.charge(10n);
  assert.equal(second.used, 80n, "the block's total shows");
  assert.throws(() => second.charge(30n), /out of gas \(limit: 100/);
  assert.equal(block.used, 80n);
  assert.equal(second.used, 80n);

  const third = limitedGas(50n);
  assert.throws(() => compositeGas(third, block).charge(21n), /limit: 100/);
  assert.equal(third.used, 21n, "the first stays charged");
  assert.equal(compositeGas().used, 0n);
});

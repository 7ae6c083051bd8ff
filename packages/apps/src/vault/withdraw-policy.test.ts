import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { authorizeWithdrawal, withPolicy } from "./withdraw-policy.ts";

const NOTHING = { bucket: 0n, amount: 0n };

test("no interval gives more than the limit, and less is never refused", () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.bigInt({ min: 0n, max: 60n })), { maxLength: 40 });
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 100n }), fc.bigInt({ min: 1n, max: 10n }), steps, (limit, interval, all) => {
      let state = { ...NOTHING, withdrawPolicy: { limitAmount: limit, limitInterval: interval } };
      const withdrawn = new Map<bigint, bigint>();
      let height = 0;
      for (const [blocks, amount] of all) {
        height += blocks;
        const bucket = BigInt(height) / interval;
        const total = (withdrawn.get(bucket) ?? 0n) + amount;
        const after = authorizeWithdrawal(state, height, amount);
        assert.equal(after !== undefined, amount === 0n || total <= limit);
        if (after === undefined) continue;
        withdrawn.set(bucket, total);
        state = after;
      }
    }),
  );
});

test("a policy without amount or interval allows nothing but nothing", () => {
  for (const withdrawPolicy of [
    { limitAmount: 0n, limitInterval: 5n },
    { limitAmount: 5n, limitInterval: 0n },
  ]) {
    const state = { ...NOTHING, withdrawPolicy };
    assert.equal(authorizeWithdrawal(state, 10, 1n), undefined);
    assert.equal(authorizeWithdrawal(state, 10, 0n), state);
  }
});

test("only another interval begins anew", () => {
  const used = { withdrawPolicy: { limitAmount: 10n, limitInterval: 5n }, bucket: 7n, amount: 9n };
  const same = withPolicy(used, { limitAmount: 1n, limitInterval: 5n });
  assert.deepEqual(same, { withdrawPolicy: { limitAmount: 1n, limitInterval: 5n }, bucket: 7n, amount: 9n });
  const other = withPolicy(used, { limitAmount: 10n, limitInterval: 6n });
  assert.deepEqual(other, { withdrawPolicy: { limitAmount: 10n, limitInterval: 6n }, bucket: 0n, amount: 0n });
});

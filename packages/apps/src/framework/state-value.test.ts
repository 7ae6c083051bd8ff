import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError, struct, u64 } from "@wadi/codec";

import { cborValue, keepingLast } from "./state-value.ts";

const Item = struct("test.Item", { count: u64 });

test("the last value is decoded once, another one anew", () => {
  const plain = cborValue(Item);
  const kept = keepingLast(plain);
  const [one, two] = [1n, 2n].map((count) => plain.encode({ count }));
  assert.ok(one !== undefined && two !== undefined);
  const first = kept.decode(one);
  assert.equal(kept.decode(one), first);
  assert.deepEqual(kept.decode(two), { count: 2n });
  assert.throws(() => kept.decode(two.slice(0, -1)), DecodeError);
  assert.deepEqual(kept.decode(two), { count: 2n });
  assert.deepEqual(kept.decode(one), first);
});

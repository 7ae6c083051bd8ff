import assert from "node:assert/strict";
import { test } from "node:test";

import { rawValue } from "../framework/state-value.ts";
import { memoizedValue } from "./memoized-value.ts";

test("equal bytes give the same value until it is forgotten", () => {
  const format = memoizedValue(rawValue, 2);
  const value = format.decode("a");
  assert.equal(format.decode("a"), value);
  format.decode("b");
  format.decode("c");
  assert.notEqual(format.decode("a"), value);
  assert.deepEqual(format.decode("a"), value);
});

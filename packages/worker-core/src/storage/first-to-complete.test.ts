import assert from "node:assert/strict";
import { test } from "node:test";

import { firstToComplete } from "./first-to-complete.ts";

test("a worker goes on after the last complete round, and begins with the last block in any case", () => {
  assert.equal(firstToComplete(undefined, undefined), 0n, "nothing is there yet");
  assert.equal(firstToComplete(undefined, 4n), 0n, "whatever comes first is told");
  assert.equal(firstToComplete(9n, undefined), 0n, "nothing is complete");
  assert.equal(firstToComplete(9n, 4n), 5n);
  assert.equal(firstToComplete(9n, 9n), 9n, "it is built upon");
  assert.equal(firstToComplete(9n, 12n), 9n, "the history lost its newest blocks");
});

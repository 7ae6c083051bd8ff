import assert from "node:assert/strict";
import { test } from "node:test";

import { departure } from "./departure.ts";

const registered = { deregisters: true, hasBlocks: true, isOnlyValidator: false };

test("a registered node leaves the registry before it stops", () => {
  assert.equal(departure(registered), "deregister");
});

test("who is not registered, or cannot leave, stops at once", () => {
  assert.equal(departure({ ...registered, deregisters: false }), "stop");
  assert.equal(departure({ ...registered, deregisters: false, isOnlyValidator: true }), "stop");
  assert.equal(departure({ ...registered, hasBlocks: false }), "stop-without-blocks");
  assert.equal(departure({ ...registered, isOnlyValidator: true }), "stop-only-validator");
});

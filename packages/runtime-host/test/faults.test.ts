// A small part of `process-soak.ts`.
import assert from "node:assert/strict";
import { test } from "node:test";

import { killCycles, killedStarts, randomFaults } from "../src/testing/fault-run.ts";
import { leftovers, ownTemporaryDirectory } from "../src/testing/leaks.ts";
import { sandboxIsMissing } from "../src/testing/sandbox.ts";
import { temporaryFolder } from "../src/testing/temporary-folder.ts";

const skip = sandboxIsMissing();

test("kills and restarts leave nothing", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  await killCycles(folder.path, 9);
  assert.deepEqual(leftovers(), before);
});

test("a kill at whatever moment of a start leaves nothing", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  await killedStarts(folder.path, 60, 3);
  assert.deepEqual(leftovers(), before);
});

test("random faults leave nothing and harm no other component", { skip }, async () => {
  await using folder = await temporaryFolder();
  await using _tmp = await ownTemporaryDirectory();
  const before = leftovers();
  const { faults } = await randomFaults(folder.path, 4000, 1);
  assert.ok(faults > 0);
  assert.deepEqual(leftovers(), before);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { RuntimeFaults } from "./runtime-faults.ts";

test("a fault lasts until what failed succeeds, and counts", () => {
  let now = 1000;
  const faults = new RuntimeFaults(() => now);
  assert.deepEqual(faults.all, []);
  faults.failed("batch", "a batch came to nothing", new Error("first"));
  now = 2000;
  faults.failed("process", "the runtime has stopped: signal: killed");
  faults.failed("batch", "a batch came to nothing", new Error("aborted", { cause: new Error("call timed out") }));
  assert.deepEqual(faults.all, [
    { text: "a batch came to nothing: aborted: call timed out", sinceMs: 1000, count: 2 },
    { text: "the runtime has stopped: signal: killed", sinceMs: 2000, count: 1 },
  ]);
  faults.succeeded("batch");
  faults.succeeded("check");
  assert.deepEqual(
    faults.all.map(({ count }) => count),
    [1],
  );
  faults.failed("batch", "again");
  assert.deepEqual(faults.all[1], { text: "again", sinceMs: 2000, count: 1 });
});

test("a cause that the message repeats is named once, and no text is long", () => {
  const faults = new RuntimeFaults();
  faults.failed("check", "checks", new Error("internal error: no", { cause: new Error("no") }));
  assert.equal(faults.all[0]?.text, "checks: internal error: no");
  faults.failed("check", "checks", new Error("x".repeat(100_000)));
  assert.equal(faults.all[0]?.text.length, 500);
});

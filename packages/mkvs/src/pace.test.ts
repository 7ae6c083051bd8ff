import assert from "node:assert/strict";
import { test } from "node:test";

import { runInSlices } from "./pace.ts";
import { LONG_STEP, runToEnd, type Steps } from "./steps.ts";

function* counting(steps: number, log: string[]): Steps<number> {
  try {
    for (let i = 0; i < steps; i++) {
      log.push(`step ${i}`);
      yield i % 2 === 0 ? LONG_STEP : undefined;
    }
    return steps;
  } finally {
    log.push("let go");
  }
}

test("others have their turns between the slices", async () => {
  const log: string[] = [];
  const running = runInSlices(counting(3, log), { sliceMs: 0 });
  for (let turn = 0; turn < 3; turn++) {
    log.push(`turn ${turn}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await running, 3);
  assert.deepEqual(log, ["step 0", "turn 0", "step 1", "turn 1", "step 2", "turn 2", "let go"]);
});

test("what takes less than a slice is done at once", async () => {
  const log: string[] = [];
  const running = runInSlices(counting(3, log), { sliceMs: 60_000 });
  assert.equal(log.at(-1), "let go");
  assert.equal(await running, 3);
  assert.equal(runToEnd(counting(2, [])), 2);
});

test("steps that are given up let go of what they hold", async () => {
  const log: string[] = [];
  const stop = new AbortController();
  const running = runInSlices(counting(100, log), { sliceMs: 0, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(running, { message: "enough" });
  assert.deepEqual(log, ["step 0", "let go"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { executionModes } from "@wadi/runtime-protocol";

import { silentLog, type LogFields } from "../logs/host-log.ts";
import { ManualTimers } from "@wadi/runtime-protocol/testing";
import { testRequest } from "../testing/test-batch.ts";
import { CallsInFlight, SLOW_CALL_MS } from "./calls-in-flight.ts";

/** Calls whose ends the test decides, and what is logged of them. */
function setUp() {
  const timers = new ManualTimers();
  const warned: LogFields[] = [];
  const told: LogFields[] = [];
  const log = {
    ...silentLog,
    warn: (_: string, fields: LogFields = {}) => void warned.push(fields),
    info: (_: string, fields: LogFields = {}) => void told.push(fields),
  };
  const calls = new CallsInFlight(log, timers);
  const batch = (mode: number, count: number, timeoutMs: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const inputs = Array.from({ length: count }, () => new Uint8Array(1));
    const { block, consensusBlock, epoch, incoming: inMessages, maxMessages, roundResults } = testRequest;
    const context = { block, consensusBlock, epoch, inMessages, maxMessages, roundResults };
    const value = { ...context, mode, inputs, ioRoot: block.header.ioRoot };
    const done = calls.track("RuntimeExecuteTxBatchRequest", value, { timeoutMs }, () => promise);
    return { done, reject, resolve };
  };
  return { batch, calls, timers, told, warned };
}

test("a call is listed with what it does, for how long and until when, as long as it lasts", async () => {
  const { batch, calls, timers } = setUp();
  const first = batch(executionModes.schedule, 1, 6000);
  timers.advance(500);
  const query = { ...testRequest, header: testRequest.block.header, method: "m", args: new Uint8Array(0) };
  const second = Promise.withResolvers<void>();
  const answered = calls.track("RuntimeQueryRequest", query, {}, () => second.promise);
  assert.deepEqual(calls.all, [
    { text: "scheduling a batch of 1 transaction", elapsedMs: 500, limitMs: 6000 },
    { text: "answering a query", elapsedMs: 0, limitMs: undefined },
  ]);
  first.resolve("answer");
  assert.equal(await first.done, "answer");
  second.reject(new Error("gone"));
  await assert.rejects(answered, /gone/);
  assert.deepEqual(calls.all, []);
});

test("a slow call is warned of once, and its end is told; quick ones are not", async () => {
  const { batch, timers, told, warned } = setUp();
  const quick = batch(executionModes.execute, 2, 6000);
  timers.advance(SLOW_CALL_MS - 1000);
  const slow = batch(executionModes.execute, 3, 9000);
  quick.resolve("");
  await quick.done;
  for (let i = 0; i < 8; i++) timers.advance(1000);
  assert.deepEqual(warned, [{ call: "executing a batch of 3 transactions", seconds: 3, limit_seconds: 9 }]);
  slow.reject(new Error("gone"));
  await assert.rejects(slow.done);
  assert.deepEqual(told, [{ call: "executing a batch of 3 transactions", seconds: 8, limit_seconds: 9 }]);
  assert.equal(timers.waiting, 0, "without calls nothing is looked for");
});

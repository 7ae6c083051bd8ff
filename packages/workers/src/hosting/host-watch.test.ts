import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@wadi/telemetry";
import { version } from "@wadi/types";

import { ScriptedRuntime } from "../testing/scripted-runtime.ts";
import { RuntimeFaults } from "../runtime-faults.ts";
import { HostWatch } from "./host-watch.ts";

const started = { type: "started", version: version(1), capabilityTee: null } as const;
const stopped = { type: "stopped" } as const;

/** A runtime whose syncs a test ends one by one. */
function setUp() {
  const heights: bigint[] = [];
  const syncs: PromiseWithResolvers<void>[] = [];
  const runtime = new ScriptedRuntime((_, value) => {
    heights.push((value as { readonly height: bigint }).height);
    const sync = Promise.withResolvers<void>();
    syncs.push(sync);
    return sync.promise.then(() => ({}));
  });
  const seen: string[] = [];
  const faults = new RuntimeFaults();
  const watch = new HostWatch({
    runtime,
    isExecutor: true,
    lastHeight: () => 5,
    started: () => seen.push("started"),
    changed: () => seen.push(watch.isTrustSynced ? "synced" : watch.isRunning ? "running" : "down"),
    faults,
    log: silentLogger,
  });
  return { faults, heights, runtime, seen, syncs, watch };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("a runtime that was started follows consensus, and can work when it does", async () => {
  const { heights, runtime, seen, syncs, watch } = setUp();
  await using _watch = watch;
  watch.heightCommitted(4);
  assert.deepEqual(heights, [], "nobody is there");
  runtime.emit(started);
  assert.deepEqual([watch.isRunning, watch.isTrustSynced, seen], [true, false, ["started"]]);
  await turn();
  syncs[0]?.resolve();
  await turn();
  assert.deepEqual([heights, watch.isTrustSynced, seen], [[5n], true, ["started", "synced"]]);
  watch.heightCommitted(6);
  syncs[1]?.resolve();
  await turn();
  assert.deepEqual([heights, seen.length], [[5n, 6n], 2], "once is enough");
});

test("of heights that come while it is told of another only the newest counts", async () => {
  const { faults, heights, runtime, syncs, watch } = setUp();
  await using _watch = watch;
  runtime.emit(started);
  for (const height of [6, 7, 8]) watch.heightCommitted(height);
  await turn();
  assert.deepEqual(heights, [5n]);
  syncs[0]?.reject(new Error("too slow"));
  await turn();
  assert.deepEqual([heights, watch.isTrustSynced], [[5n, 8n], false]);
  assert.deepEqual(
    faults.all.map(({ text }) => text),
    ["the runtime did not follow consensus: too slow"],
  );
  syncs[1]?.resolve();
  await turn();
  assert.deepEqual([watch.isTrustSynced, faults.all], [true, []]);
});

test("a runtime that stopped cannot work, also where a sync ends after it", async () => {
  const { runtime, seen, syncs, watch } = setUp();
  await using _watch = watch;
  runtime.emit(started);
  await turn();
  runtime.emit(stopped);
  syncs[0]?.resolve();
  await turn();
  assert.deepEqual([watch.isRunning, watch.isTrustSynced, seen], [false, false, ["started", "down"]]);
  runtime.emit(started);
  await turn();
  syncs[1]?.resolve();
  await turn();
  assert.equal(watch.isTrustSynced, true);
});

test("a watch that is disposed of hears nothing, and waits for what is under way", async () => {
  const { heights, runtime, seen, syncs, watch } = setUp();
  runtime.emit(started);
  await turn();
  let isDone = false;
  const disposal = watch[Symbol.asyncDispose]().then(() => (isDone = true));
  await turn();
  assert.equal(isDone, false);
  syncs[0]?.reject(new Error("the runtime is gone"));
  await disposal;
  runtime.emit(stopped);
  watch.heightCommitted(9);
  await turn();
  assert.deepEqual([heights, seen], [[5n], ["started"]]);
});

test("an executor cannot work with a runtime that does not schedule", async () => {
  const { faults, runtime, syncs, watch } = setUp();
  await using _watch = watch;
  runtime.schedules = false;
  runtime.emit(started);
  await turn();
  syncs[0]?.resolve();
  await turn();
  assert.deepEqual([watch.isRunning, watch.isTrustSynced, watch.canWork], [true, true, false]);
  assert.deepEqual(
    faults.all.map(({ text }) => text),
    ["the runtime does not support schedule control"],
  );
  runtime.schedules = true;
  assert.ok(watch.canWork, "another version may");
});

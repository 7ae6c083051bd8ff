import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import type { Hash } from "@wadi/types";
import { utf8 } from "@wadi/util";

import { alone, DEADLY, noError, settled, setUp, until } from "../testing/executor-setup.ts";
import { testBlock } from "../testing/test-block.ts";

test("a transaction that waits for another one makes no batch before the flush time-out", async (t) => {
  const { modes, pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeCheckTxBatchRequest") return sound(type, value, options);
    const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
    const meta = (raw: Uint8Array) => ({ priority: 0n, sender: utf8("a"), senderSeq: BigInt(raw[0] ?? 0) });
    return Promise.resolve({
      results: inputs.map((raw) => ({ error: noError, meta: { ...meta(raw), senderStateSeq: 0n } })),
    });
  };
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  worker.newBlock(block);
  await pool.submit(Uint8Array.of(1));
  await settled();
  assert.deepEqual([pool.size, modes], [1, []]);
  t.mock.timers.tick(1000);
  await until(() => submitted.length === 1, "an empty batch");
  worker.newBlock(block);
  await settled();
  assert.equal(modes.length, 1, "nor after a block");
  await pool.submit(Uint8Array.of(0));
  await until(() => modes.length === 2, "the other one unlocks it");
  assert.deepEqual(
    pool.schedule(100).map(([sequence]) => sequence),
    [0, 1],
  );
});

test("what the runtime leaves where it is it is offered again with the flush time-out, or with something new", async (t) => {
  const { modes, pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  const offered: number[] = [];
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    const request = value as { readonly inputs: readonly Uint8Array[] };
    offered.push(request.inputs.length);
    return sound(type, { ...request, inputs: [] }, options);
  };
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  worker.newBlock(block);
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "an empty batch");
  for (let i = 0; i < 3; i++) {
    worker.newBlock(block);
    await settled();
  }
  assert.equal(modes.length, 1);
  t.mock.timers.tick(1000);
  await until(() => modes.length === 2, "the flush time-out");
  worker.newBlock(block);
  await pool.submit(utf8("b"));
  await until(() => modes.length === 3, "something new");
  assert.deepEqual(offered, [1, 1, 2]);
});

test("the flush time-out makes an empty batch; not right before an epoch, not without a runtime", async (t) => {
  const { backend, runtime, submitted, worker } = setUp(t);
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  for (const hinder of [() => (backend.nextEpochHeight = 11), () => (runtime.isUp = false)]) {
    hinder();
    worker.newBlock(block);
    t.mock.timers.tick(1000);
    await settled();
    assert.equal(submitted.length, 0);
    [backend.nextEpochHeight, runtime.isUp] = [undefined, true];
  }
  worker.changed();
  await until(() => submitted.length === 1, "a commitment");
});

test("a runtime that fails is asked again after a while; contradictions in its answer are not committed to", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  let calls = 0;
  runtime.answer = async (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    calls++;
    if (calls === 1) throw new Error("the runtime is gone");
    const response = (await sound(type, value, options)) as ExecuteTxBatchResponse;
    if (calls > 2) return response;
    const header = { ...response.batch.header, stateRoot: "ab".repeat(32) as Hash };
    return { ...response, batch: { ...response.batch, header } };
  };
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  for (let i = 0; i < 10 && submitted.length === 0; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.deepEqual([calls, submitted.length], [3, 1]);
});

test("a transaction that the runtime does not survive is refused, and others go on", async (t) => {
  const { modes, pool, submitted, worker } = setUp(t);
  await pool.submit(DEADLY);
  worker.newBlock(testBlock(0n, alone));
  const goOn = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; !condition(); i++) {
      assert.ok(i < 10, "it goes on");
      await settled();
      t.mock.timers.tick(250);
    }
  };
  await goOn(() => submitted.length === 1);
  assert.deepEqual([modes.length, pool.size], [3, 1], "with whatever there was, alone, and a batch of nothing");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await goOn(() => pool.size === 0);
  assert.equal(modes.length, 4, "alone again");
  assert.equal(worker.givesMore, false, "batches stay small for a while");
  await pool.submit(utf8("b"));
  t.mock.timers.tick(250);
  await until(() => submitted.length === 2, "a commitment");
});

test("a runtime that fails at everything costs no transaction", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  let isBroken = true;
  const offered: number[] = [];
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    offered.push((value as { readonly inputs: readonly Uint8Array[] }).inputs.length);
    if (!isBroken) return sound(type, value, options);
    return Promise.reject(new Error("not today"));
  };
  await pool.submit(utf8("a"));
  worker.newBlock(testBlock(0n, alone));
  for (let i = 0; i < 20; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.deepEqual([offered.slice(0, 4), pool.size], [[1, 1, 0, 0], 1]);
  assert.equal(runtime.aborts, offered.length - 2, "its process is ended after each batch of nothing");
  isBroken = false;
  t.mock.timers.tick(250);
  await until(() => submitted.length === 1, "an empty batch");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await until(() => submitted.length === 2, "a commitment");
  assert.deepEqual(offered.slice(-2), [0, 1]);
});

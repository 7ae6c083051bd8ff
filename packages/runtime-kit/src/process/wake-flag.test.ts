import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { wakeUp } from "./wake-flag.ts";

const sleeper = `
  import { parentPort, workerData } from "node:worker_threads";
  const { armWake, awaitWake } = await import(workerData.module);
  const flag = new Int32Array(workerData.memory);
  armWake(flag);
  parentPort.postMessage("armed");
  awaitWake(flag);
  parentPort.postMessage(Atomics.load(flag, 0));
`;

test("a thread sleeps on when the notification of an earlier wake-up comes late", async () => {
  const memory = new SharedArrayBuffer(4);
  const flag = new Int32Array(memory);
  const module = new URL("wake-flag.ts", import.meta.url).href;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(sleeper)}`), {
    workerData: { memory, module },
  });
  try {
    const [armed] = await once(worker, "message");
    assert.equal(armed, "armed");
    // Until the thread was asleep, and it was notified of nothing.
    while (Atomics.notify(flag, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    wakeUp(flag);
    const [value] = await once(worker, "message");
    assert.equal(value, 1, "it woke up without anything to wake up for");
  } finally {
    await worker.terminate();
  }
});

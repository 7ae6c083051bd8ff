// A server to be treated badly, in a process of its own; it tells how it is.
//
//   node --expose-gc --conditions=wadi-source packages/rpc/test/served-process.ts SOCKET
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { RpcServer } from "../src/server.ts";
import { Sample } from "./sample-service.ts";

/** The processor time of the longest turn of the event loop, which does not depend on what else the machine does. */
let longestTurnMs = 0;
let turn = process.threadCpuUsage();
setInterval(() => {
  const { system, user } = process.threadCpuUsage(turn);
  turn = process.threadCpuUsage();
  longestTurnMs = Math.max(longestTurnMs, (system + user) / 1000);
}, 1);

const calls = new EventEmitter().setMaxListeners(0);
let openCalls = 0;
let ticks = 0;

function changeOpenCalls(by: number): void {
  openCalls += by;
  calls.emit("change");
}

const TICK_MS = 2;
const QUIET_TICKS = 25;

const item = new Uint8Array(10_000);
const server = new RpcServer();
server.add(Sample, {
  Size: (bytes) => bytes.length,
  async Wait(_, { signal }) {
    changeOpenCalls(1);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    changeOpenCalls(-1);
  },
  async *Ticks(_, { signal }) {
    changeOpenCalls(1);
    try {
      while (!signal.aborted) {
        ticks++;
        yield { item };
        await sleep(TICK_MS);
      }
    } finally {
      changeOpenCalls(-1);
    }
  },
  async CallsAre(count) {
    while (openCalls !== count) await once(calls, "change");
  },
  async Quiet() {
    for (let before = -1; before !== ticks;) {
      before = ticks;
      // Streams that are read tick by the same clock.
      for (let i = 0; i < QUIET_TICKS; i++) await sleep(TICK_MS);
    }
  },
  Health() {
    const health = { longestTurnMs: Math.round(longestTurnMs), openCalls };
    longestTurnMs = 0;
    globalThis.gc?.();
    turn = process.threadCpuUsage();
    return JSON.stringify({ ...health, residentBytes: process.memoryUsage.rss() });
  },
});
await server.listen(process.argv[2] ?? "");
process.stdout.write("ready\n");

// A server to be treated badly, in a process of its own; it tells how it is.
//
//   node --expose-gc --conditions=wadi-source packages/rpc/test/served-process.ts SOCKET
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

let openStreams = 0;
const item = new Uint8Array(10_000);
const server = new RpcServer();
server.add(Sample, {
  Size: (bytes) => bytes.length,
  Wait: (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  async *Ticks(_, { signal }) {
    openStreams++;
    try {
      while (!signal.aborted) {
        yield { item };
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    } finally {
      openStreams--;
    }
  },
  OpenStreams: () => openStreams,
  Health() {
    const health = { longestTurnMs: Math.round(longestTurnMs) };
    longestTurnMs = 0;
    globalThis.gc?.();
    turn = process.threadCpuUsage();
    return JSON.stringify({ ...health, residentBytes: process.memoryUsage.rss() });
  },
});
await server.listen(process.argv[2] ?? "");
process.stdout.write("ready\n");

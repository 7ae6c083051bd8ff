// A local network whose clients write as fast as they can; it tells of it, one JSON object a line.
//
//   node --conditions=wadi-source packages/localnet/test/localnet-process.ts BUNDLE DATA_DIR OPTIONS
import { flushCompileCache } from "node:module";

import { startLocalnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import type { NetworkEvent, ProcessOptions } from "./network-event.ts";

const [, , bundle = "", dataDir = "", text = "{}"] = process.argv;
const { bundlesFolder, clients, measure, name, provisioner } = JSON.parse(text) as ProcessOptions;

const say = (event: NetworkEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const net = await startLocalnet({ runtime: bundle, dataDir, bundlesFolder, provisioner });
void net.node.stopped.then(({ error }) => {
  say({ kind: "stopped", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
});
say({ kind: "ready", socket: net.socket, runtimeId: net.runtimeId });
// Else the next start compiles everything again: it is written at an exit, and there is none.
flushCompileCache();
if (measure === true) measureTurns();

/** Tells each second of the longest turn in it. */
function measureTurns(): void {
  let longest = { cpuMs: 0, ms: 0 };
  let since = { cpu: process.threadCpuUsage(), ms: performance.now() };
  setInterval(() => {
    const { system, user } = process.threadCpuUsage(since.cpu);
    const ms = performance.now() - since.ms;
    since = { cpu: process.threadCpuUsage(), ms: performance.now() };
    longest = { cpuMs: Math.max(longest.cpuMs, (system + user) / 1000), ms: Math.max(longest.ms, ms) };
  }, 1);
  setInterval(() => {
    const { cpuMs, ms } = longest;
    longest = { cpuMs: 0, ms: 0 };
    const residentBytes = process.memoryUsage.rss();
    say({ kind: "turns", cpuMs: Math.round(cpuMs), ms: Math.round(ms), residentBytes });
  }, 1000);
}

async function write(client: number): Promise<void> {
  const sender = `${name} ${client}`;
  for (let nonce = 0n; ; nonce++) {
    await net.submit(insertion(sender, nonce, `${sender} ${nonce}`, "written"));
    say({ kind: "final" });
  }
}
await Promise.all(Array.from({ length: clients }, (_, client) => write(client)));

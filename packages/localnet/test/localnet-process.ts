// A local network that is meant to be killed: clients write as fast as they can, and everything
// that became final is told, one JSON object a line.
//
//   node --conditions=wadi-source packages/localnet/test/localnet-process.ts BUNDLE DATA_DIR OPTIONS
import { flushCompileCache } from "node:module";
import { hashOf } from "@wadi/crypto";
import { roothash } from "@wadi/types";
import { must, toHex } from "@wadi/util";

import { startLocalnet } from "../src/localnet.ts";
import { getArguments, insertion } from "./key-value.ts";
import type { NetworkEvent, ProcessOptions } from "./network-event.ts";

const [, , bundle = "", dataDir = "", text = "{}"] = process.argv;
const { bundlesFolder, checkKeys, clients, fromRound, logLevel, measure, name, provisioner } = JSON.parse(
  text,
) as ProcessOptions;

const say = (event: NetworkEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const net = await startLocalnet({
  runtime: bundle,
  dataDir,
  bundlesFolder,
  provisioner,
  ...(logLevel && {
    log: {
      format: "logfmt",
      thresholds: { default: logLevel },
      write: (line: string) => void process.stderr.write(`${line}\n`),
    },
  }),
});
const { worker } = net;
void net.node.stopped.then(({ error }) => {
  say({ kind: "stopped", reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
});

function tellRound(annotated: roothash.AnnotatedBlock): void {
  const { header } = must(annotated.block);
  const transactions = worker.client.transactions({ header }).map(({ input, output }) => {
    return { hash: hashOf(input), output: toHex(output ?? new Uint8Array(0)) };
  });
  const { previousHash, stateRoot } = header;
  const round = Number(header.round);
  say({ kind: "round", round, hash: roothash.headerHash(header), previousHash, stateRoot, transactions });
}

for (let round = BigInt(fromRound); round <= worker.latest.block.header.round; round++) {
  tellRound(must(worker.history.block(round), "a round of the history"));
}
worker.watchBlocks(tellRound);
for (const key of checkKeys) {
  const value = Buffer.from(await net.query("get", getArguments(key))).toString("latin1");
  say({ kind: "value", key, found: value.includes("written") });
}
say({ kind: "ready", height: net.node.backend.latestHeight, socket: net.socket, runtimeId: net.runtimeId });
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
    const key = `${sender} ${nonce}`;
    const raw = insertion(sender, nonce, key, "written");
    const { output, round } = await net.submit(raw);
    say({ kind: "final", key, round: Number(round), hash: hashOf(raw), output: toHex(output) });
  }
}
await Promise.all(Array.from({ length: clients }, (_, client) => write(client)));

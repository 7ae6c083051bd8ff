// What a whole network does in a process that is up: latency, throughput, idle blocks, and the end.
import { setTimeout as sleep } from "node:timers/promises";
import { TurnProbe, benchLine } from "@wadi/testing";
import { must } from "@wadi/util";

import { insertion } from "../test/key-value.ts";
import { sampleBundle } from "../test/sample-bundle.ts";
import { startLocalnet, type Localnet } from "./localnet.ts";

const LATENCIES = 100;
const THROUGHPUT_MS = 5_000;
const IDLE_MS = 5_000;
/** The last ones fill batches of a thousand. */
const CLIENTS = [1, 10, 100, 1000];

/** A sender whose transactions follow each other. */
class Client {
  readonly #net: Localnet;
  readonly #sender: string;
  #nonce = 0n;

  constructor(net: Localnet, name: string) {
    this.#net = net;
    this.#sender = name;
  }

  /** Resolves when the transaction is final. */
  async insert(): Promise<void> {
    const nonce = this.#nonce++;
    await this.#net.submit(insertion(this.#sender, nonce, `key ${nonce % 100n}`, `${nonce}`));
  }
}

function median(values: readonly number[]): number {
  return must(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

async function latency(net: Localnet): Promise<void> {
  const client = new Client(net, "latency");
  const times: number[] = [];
  for (let i = 0; i < LATENCIES; i++) {
    const start = performance.now();
    await client.insert();
    times.push(performance.now() - start);
  }
  const ran = `median of ${LATENCIES}, one at a time, submit to final`;
  benchLine({ name: "localnet/latency", unit: "ms", value: median(times), ran, reference: 1012 });
}

async function throughput(net: Localnet, clients: number): Promise<void> {
  let count = 0;
  const start = performance.now();
  const run = async (client: Client): Promise<void> => {
    while (performance.now() - start < THROUGHPUT_MS) {
      await client.insert();
      count++;
    }
  };
  using probe = new TurnProbe();
  await Promise.all(Array.from({ length: clients }, (_, i) => run(new Client(net, `${clients} clients: ${i}`))));
  const turn = probe.take();
  const value = count / ((performance.now() - start) / 1000);
  const ran = "each client waits for finality";
  benchLine({ name: `localnet/throughput/${clients}`, unit: "ops/s", value, ran, reference: 45 });
  const held = `the longest turn of the event loop, in processor time; ${turn.ms.toFixed(0)} ms by the clock`;
  benchLine({ name: `localnet/turn/${clients}`, unit: "ms", value: turn.cpuMs, ran: held });
}

async function idle(net: Localnet): Promise<void> {
  const { backend } = net.node;
  const first = backend.latestHeight;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await sleep(IDLE_MS);
  const { system, user } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  const blocks = (backend.latestHeight - first) / seconds;
  benchLine({ name: "localnet/idle-blocks", unit: "ops/s", value: blocks, ran: "blocks made for nothing" });
  benchLine({ name: "localnet/idle-cpu", unit: "cpu-s", value: (system + user) / 1e6 / seconds, ran: "per second" });
}

async function measureAll(): Promise<void> {
  const net = await startLocalnet(sampleBundle());
  await idle(net);
  await latency(net);
  for (const clients of CLIENTS) await throughput(net, clients);
  const start = performance.now();
  await net[Symbol.asyncDispose]();
  benchLine({ name: "localnet/stop", unit: "ms", value: performance.now() - start, ran: "with its runtime" });
}

await measureAll();

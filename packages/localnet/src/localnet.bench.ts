// What a whole network does on this machine: from the start of a process to the first final
// transaction, latency, throughput, idle blocks, memory, and the end.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { bytes, encodeCbor, raw, struct, text, u64, u8 } from "@wadi/codec";
import { benchLine } from "@wadi/testing";
import { must, utf8 } from "@wadi/util";

import { startLocalnet, type Localnet } from "./localnet.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const STARTS = 3;
const LATENCIES = 100;
const THROUGHPUT_MS = 5_000;
const IDLE_MS = 5_000;
const TRANSACTIONS = 10_000;
const CLIENTS = 100;
const BYTES_PER_MB = 1e6;

/** One process of the second kind: starts a network, executes a transaction, ends. */
const CHILD = "--first-transaction";

const Call = struct("keyvalue.Call", { sender: bytes, nonce: u64, method: text, args: raw });
const Insert = struct("keyvalue.Insert", { key: text, value: text, generation: u64, churpId: u8 });

/** A sender whose transactions follow each other. */
class Client {
  readonly #net: Localnet;
  readonly #sender: Uint8Array;
  #nonce = 0n;

  constructor(net: Localnet, name: string) {
    this.#net = net;
    this.#sender = utf8(name);
  }

  /** Resolves when the transaction is final. */
  async insert(): Promise<void> {
    const nonce = this.#nonce++;
    const args = encodeCbor(Insert, { key: `key ${nonce % 100n}`, value: `${nonce}`, generation: 0n, churpId: 0 });
    await this.#net.submit(encodeCbor(Call, { sender: this.#sender, nonce, method: "insert", args }));
  }
}

function median(values: readonly number[]): number {
  return must(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

/** Resident memory of a process. */
function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(must(kilobytes)) * 1024;
}

/** The same with all processes below it: a runtime stands below its sandbox. */
function residentBytesOfTree(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  const below = children === "" ? [] : children.split(" ").map(Number);
  return below.reduce((sum, child) => sum + residentBytesOfTree(child), residentBytes(pid));
}

async function firstTransaction(bundle: string, folder: string): Promise<void> {
  const times = { fresh: [] as number[], again: [] as number[] };
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, "compile-cache") };
  for (let i = 0; i <= STARTS; i++) {
    const dataDir = join(folder, `start-${i}`);
    for (const kind of ["fresh", "again"] as const) {
      const start = performance.now();
      const args = ["--conditions=wadi-source", fileURLToPath(import.meta.url), CHILD, bundle, dataDir];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], env });
      await once(createInterface({ input: child.stdout }), "line");
      // The first one fills the compile cache.
      if (i > 0) times[kind].push(performance.now() - start);
      await once(child, "close");
    }
  }
  const reference = 63_000;
  benchLine({
    name: "localnet/first-transaction",
    unit: "ms",
    value: median(times.fresh),
    ran: "new folder",
    reference,
  });
  benchLine({ name: "localnet/restart-to-transaction", unit: "ms", value: median(times.again), ran: "same folder" });
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
  await Promise.all(Array.from({ length: clients }, (_, i) => run(new Client(net, `${clients} clients: ${i}`))));
  const value = count / ((performance.now() - start) / 1000);
  const ran = "each client waits for finality";
  benchLine({ name: `localnet/throughput/${clients}`, unit: "ops/s", value, ran, reference: 45 });
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

function memory(net: Localnet, when: string): void {
  globalThis.gc?.();
  const { pid } = net.worker.runtime as { readonly pid?: number };
  const node = residentBytes(process.pid) / BYTES_PER_MB;
  benchLine({
    name: `localnet/memory/${when}`,
    unit: "MB",
    value: node,
    ran: "resident, node process",
    reference: 906,
  });
  if (pid === undefined) return;
  const runtime = residentBytesOfTree(pid) / BYTES_PER_MB;
  benchLine({
    name: `localnet/runtime-memory/${when}`,
    unit: "MB",
    value: runtime,
    ran: "resident, runtime and sandbox",
  });
}

async function measureAll(bundle: string): Promise<void> {
  const net = await startLocalnet({ runtime: bundle });
  memory(net, "boot");
  await idle(net);
  await latency(net);
  for (const clients of [1, 10, CLIENTS]) await throughput(net, clients);
  const each = TRANSACTIONS / CLIENTS;
  const all = Array.from({ length: CLIENTS }, async (_, i) => {
    const client = new Client(net, `memory ${i}`);
    for (let n = 0; n < each; n++) await client.insert();
  });
  await Promise.all(all);
  memory(net, `${TRANSACTIONS / 1000}k`);
  const start = performance.now();
  await net[Symbol.asyncDispose]();
  benchLine({ name: "localnet/stop", unit: "ms", value: performance.now() - start, ran: "with its runtime" });
}

function sampleBundle(folder: string): string {
  const bundle = join(folder, "keyvalue.orc");
  const entry = join(root, "runtimes", "keyvalue", "src", "main.ts");
  const args = ["bundle", "create", "--entry", entry, "--id", `80${"00".repeat(31)}`, "--name", "keyvalue"];
  const { status, stderr } = spawnSync(join(root, "bin", "oasis-node"), [...args, "-o", bundle], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the sample bundle could not be built: ${stderr}`);
  return bundle;
}

const [, , mode, childBundle = "", dataDir = ""] = process.argv;
if (mode === CHILD) {
  const net = await startLocalnet({ runtime: childBundle, dataDir });
  await new Client(net, `${process.pid} ${Date.now()}`).insert();
  process.stdout.write("final\n");
  await net[Symbol.asyncDispose]();
} else {
  const folder = mkdtempSync(join(tmpdir(), "wadi-localnet-bench-"));
  try {
    const bundle = process.env["WADI_SAMPLE_BUNDLE"] ?? sampleBundle(folder);
    await firstTransaction(bundle, folder);
    await measureAll(bundle);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

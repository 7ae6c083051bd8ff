// Round trips over a real unix socket to a peer in another process that answers at once.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@wadi/codec";
import { benchLine } from "@wadi/testing";
import {
  body,
  EMPTY,
  Endpoint,
  ExecuteTxBatchRequest,
  ExecuteTxBatchResponse,
  type BodyValue,
} from "@wadi/runtime-protocol";
import { testHostInfo, testRuntimeInfo } from "../testing/test-runtime.ts";
import { connectRuntime, type RuntimeConnection } from "./connect-runtime.ts";
import { systemTimers } from "./system-timers.ts";

const TRANSACTIONS = 1000;
const TRANSACTION_BYTES = 1000;
const IDLE_RUNTIMES = 200;

/** One runtime of the other process: answers batches with as many bytes as they have, and anything else with nothing. */
function serve(path: string): void {
  new Endpoint(connect(path), {
    role: "guest",
    timers: systemTimers,
    handler: (request) => {
      if (request.type === "RuntimeInfoRequest") return body("RuntimeInfoResponse", testRuntimeInfo);
      if (request.type !== "RuntimeExecuteTxBatchRequest") return body("Empty", EMPTY);
      const txInputWriteLog = request.value.inputs.map((key) => ({ key, value: null }));
      return body("RuntimeExecuteTxBatchResponse", create(ExecuteTxBatchResponse, { txInputWriteLog }));
    },
  });
}

const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

interface Measured {
  readonly perSecond: number;
  /** Of this process. */
  readonly cpuMicrosecondsEach: number;
}

async function measure(count: number, inFlight: number, call: () => Promise<unknown>): Promise<Measured> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const cpu = cpuMicroseconds();
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: count / seconds, cpuMicrosecondsEach: (cpuMicroseconds() - cpu) / count };
}

function batch(): BodyValue<"RuntimeExecuteTxBatchRequest"> {
  const inputs = Array.from({ length: TRANSACTIONS }, (_, i) => new Uint8Array(TRANSACTION_BYTES).fill(i));
  return create(ExecuteTxBatchRequest, { inputs });
}

async function run(runtime: RuntimeConnection): Promise<void> {
  const ping = (): Promise<unknown> => runtime.ping();
  await measure(20_000, 64, ping);
  for (const inFlight of [1, 64]) {
    const { perSecond, cpuMicrosecondsEach } = await measure(20_000, inFlight, ping);
    const ran = `pings, ${inFlight} in flight, to another process`;
    benchLine({ name: `rhp/round-trips/${inFlight}`, unit: "ops/s", value: perSecond, ran });
    benchLine({ name: `rhp/round-trip/${inFlight}/host-cpu`, unit: "us", value: cpuMicrosecondsEach, ran });
  }
  const request = batch();
  const execute = (): Promise<unknown> => runtime.request("RuntimeExecuteTxBatchRequest", request);
  await measure(20, 1, execute);
  const { perSecond, cpuMicrosecondsEach } = await measure(100, 1, execute);
  const bytes = 2 * TRANSACTIONS * TRANSACTION_BYTES;
  const ran = "1,000 transactions of 1,000 bytes there, as a write log back";
  benchLine({ name: "rhp/batches/1MB", unit: "MB/s", value: (perSecond * bytes) / 1e6, ran });
  benchLine({ name: "rhp/batch/1MB/host-cpu", unit: "ms", value: cpuMicrosecondsEach / 1000, ran });
}

/** Adds idle runtimes and says what each costs the host, processes and buffers of the system aside. */
async function memoryEach(server: Server, path: string): Promise<number> {
  const connecting: Promise<RuntimeConnection>[] = [];
  const all = Promise.withResolvers<void>();
  const before = usedBytes();
  server.on("connection", (stream: Socket) => {
    connecting.push(connectTo(stream));
    if (connecting.length === IDLE_RUNTIMES) all.resolve();
  });
  const peers = fork(fileURLToPath(import.meta.url), [path, String(IDLE_RUNTIMES)]);
  await all.promise;
  const runtimes = await Promise.all(connecting);
  const bytes = (usedBytes() - before) / IDLE_RUNTIMES;
  for (const runtime of runtimes) runtime.close();
  await once(peers, "exit");
  return bytes;
}

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function connectTo(stream: Socket): Promise<RuntimeConnection> {
  return connectRuntime(stream, {
    hostInfo: testHostInfo,
    infoTimeoutMs: 30_000,
    handler: () => body("Empty", EMPTY),
  });
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "rhp-bench-"));
  const path = join(folder, "host.sock");
  const server = createServer().listen(path);
  await once(server, "listening");
  const peer = fork(fileURLToPath(import.meta.url), [path]);
  const [stream] = (await once(server, "connection")) as [Socket];
  const runtime = await connectTo(stream);
  await run(runtime);
  runtime.close();
  await once(peer, "exit");
  const ran = globalThis.gc ? "idle connections" : "idle connections, garbage included (no --expose-gc)";
  benchLine({ name: "rhp/memory-per-runtime", unit: "bytes", value: await memoryEach(server, path), ran });
  server.close();
  await rm(folder, { recursive: true });
}

const [path, count = "1"] = process.argv.slice(2);
if (path === undefined) await main();
else for (let i = 0; i < Number(count); i++) serve(path);

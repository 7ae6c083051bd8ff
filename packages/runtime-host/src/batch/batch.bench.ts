// What a host does for a batch, with a runtime that has its answer ready: request and answer over an
// in-memory stream, verification, commit of both trees. CPU time of the whole process, encoding and
// decoding at the runtime's end included. One JSON line per measurement.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openNodeDb } from "@wadi/mkvs";
import { body, type ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { TurnProbe, benchLine } from "@wadi/testing";
import { must } from "@wadi/util";
import { connectRuntime } from "../rhp/connect-runtime.ts";
import { computeBatch, testHeader, testRequest } from "../testing/test-batch.ts";
import { testHostInfo, testRuntime } from "../testing/test-runtime.ts";
import { inputRoot } from "./batch-tree.ts";
import { commitBatch, commitBatchInSlices } from "./commit-batch.ts";
import { executeBatch } from "./execute-batch.ts";
import { verifyBatch, verifyBatchInSlices } from "./verify-batch.ts";

const TRANSACTION_BYTES = 200;
const TURN_RUNS = 9;

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function batches(count: number, repeat: number): Promise<void> {
  const inputs = Array.from({ length: count }, (_, i) => {
    const input = Buffer.alloc(TRANSACTION_BYTES, i);
    input.writeUInt32BE(i);
    return input;
  });
  const response = computeBatch(inputs);
  const ioRoot = inputRoot(inputs);
  const { stream } = testRuntime(() => body("RuntimeExecuteTxBatchResponse", response));
  const runtime = await connectRuntime(stream, {
    hostInfo: testHostInfo,
    handler: () => {
      throw new Error("method not supported");
    },
  });
  const abortable = { request: runtime.request.bind(runtime), abort: () => Promise.resolve() };
  const seconds = { execute: 0, verify: 0, commit: 0 };
  const timed = async <T>(step: keyof typeof seconds, action: () => T | Promise<T>): Promise<T> => {
    const begun = cpuSeconds();
    const result = await action();
    seconds[step] += cpuSeconds() - begun;
    return result;
  };
  for (let i = 0; i < repeat; i++) {
    await using db = openNodeDb({ namespace: testHeader.namespace });
    const answer = await timed("execute", () =>
      executeBatch(abortable, testRequest, inputs, { timeoutMs: 60_000, ioRoot }),
    );
    const verified = await timed("verify", () => verifyBatch(answer, testRequest, { ioRoot, store: db }));
    await timed("commit", () => commitBatch(db, testHeader, verified));
  }
  await turnsOf(count, computeBatch(inputs));
  runtime.close();
  for (const [step, spent] of Object.entries(seconds)) {
    const ran = `${TRANSACTION_BYTES} bytes, one key and one tag per transaction`;
    benchLine({ name: `batch/${count}/${step}`, unit: "cpu-s", value: spent / repeat, ran });
  }
  const total = seconds.execute + seconds.verify + seconds.commit;
  benchLine({
    name: `batch/${count}/all`,
    unit: "ops/s",
    value: (count * repeat) / total,
    ran: "transactions per CPU second",
  });
}

/** How long the event loop is held up by a batch that is verified and stored on a disk, the median of some. */
async function turnsOf(count: number, response: ExecuteTxBatchResponse): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wadi-batch-bench-"));
  const turns: number[] = [];
  try {
    using probe = new TurnProbe();
    for (let i = 0; i < TURN_RUNS; i++) {
      const path = join(folder, `${i}`);
      await using db = openNodeDb({ namespace: testHeader.namespace, path, noFsync: true });
      await nextTurn();
      probe.take();
      const verified = await verifyBatchInSlices(response, testRequest, { store: db });
      await commitBatchInSlices(db, testHeader, verified);
      turns.push(probe.take().cpuMs);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const value = must(turns.toSorted((a, b) => a - b)[turns.length >> 1]);
  const ran = "verified and stored in slices: the longest turn, in processor time";
  benchLine({ name: `batch/${count}/turn`, unit: "ms", value, ran });
}

await batches(100, 20);
for (const [count, repeat] of [
  [1, 200],
  [100, 50],
  [1000, 20],
] as const) {
  await batches(count, repeat);
}

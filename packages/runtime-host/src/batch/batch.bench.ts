// What a host does for a batch, with a runtime that has its answer ready: request and answer over an
// in-memory stream, verification, commit of both trees. CPU time of the whole process, encoding and
// decoding at the runtime's end included. One JSON line per measurement.
import { openNodeDb } from "@wadi/mkvs";
import { body } from "@wadi/runtime-protocol";
import { benchLine } from "@wadi/testing";
import { connectRuntime } from "../rhp/connect-runtime.ts";
import { computeBatch, testHeader, testRequest } from "../testing/test-batch.ts";
import { testHostInfo, testRuntime } from "../testing/test-runtime.ts";
import { inputRoot } from "./batch-tree.ts";
import { commitBatch } from "./commit-batch.ts";
import { executeBatch } from "./execute-batch.ts";
import { verifyBatch } from "./verify-batch.ts";

const TRANSACTION_BYTES = 200;

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

await batches(100, 20);
for (const [count, repeat] of [
  [1, 200],
  [100, 50],
  [1000, 20],
] as const) {
  await batches(count, repeat);
}

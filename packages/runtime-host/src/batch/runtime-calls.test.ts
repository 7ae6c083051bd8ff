import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, struct, u64 } from "@wadi/codec";
import {
  body,
  EnclaveMessage,
  EnclaveRequest,
  ErrCallTimeout,
  type BodyValue,
  type RequestHandler,
} from "@wadi/runtime-protocol";
import { isError, utf8, WadiError } from "@wadi/util";
import { connectRuntime, type RuntimeConnection } from "../rhp/connect-runtime.ts";
import { testInputs, testRequest, testResponse } from "../testing/test-batch.ts";
import { testHostInfo, testRuntime } from "../testing/test-runtime.ts";
import { inputRoot } from "./batch-tree.ts";
import { executeBatch, scheduleBatch } from "./execute-batch.ts";
import { callLocally, checkTransactions, queryRuntime } from "./runtime-calls.ts";

function runtimeThat(handler: RequestHandler): Promise<RuntimeConnection> {
  const refuse: RequestHandler = () => {
    throw new Error("method not supported");
  };
  return connectRuntime(testRuntime(handler).stream, { hostInfo: testHostInfo, handler: refuse });
}

const noError = { module: "", code: 0, message: "" };

test("checks give one result per transaction", async () => {
  const results = [
    { error: noError, meta: null },
    { error: { module: "test", code: 7, message: "no" }, meta: null },
  ];
  const runtime = await runtimeThat(() => body("RuntimeCheckTxBatchResponse", { results }));
  const [valid, invalid] = await checkTransactions(runtime, testRequest, testInputs);
  assert.ok(valid?.ok && valid.meta.priority === 0n && valid.meta.sender.length === 0);
  assert.ok(invalid?.ok === false && invalid.error.message === "no");
  await assert.rejects(checkTransactions(runtime, testRequest, testInputs.slice(1)), {
    message: "runtime: internal error: malformed runtime response: incorrect number of results",
  });
  runtime.close();
});

test("queries", async () => {
  const runtime = await runtimeThat((request) => {
    assert.equal(request.type, "RuntimeQueryRequest");
    const { method, args, header } = request.value as BodyValue<"RuntimeQueryRequest">;
    if (method !== "echo") throw new Error("method not found");
    assert.equal(header.round, 41n);
    return body("RuntimeQueryResponse", { data: args });
  });
  assert.deepEqual(await queryRuntime(runtime, testRequest, { method: "echo", args: utf8("x") }), utf8("x"));
  await assert.rejects(queryRuntime(runtime, testRequest, { method: "nope", args: utf8("") }), {
    message: "method not found",
  });
  runtime.close();
});

test("local calls", async () => {
  const Number = struct("number", { value: u64 });
  const method = (name: string) => ({ name, args: Number, result: Number });
  const answers: Readonly<Record<string, (args: Uint8Array | null) => Uint8Array>> = {
    echo: (success) => encodeCbor(EnclaveMessage, { response: { body: { success, error: null } } }),
    fail: () => encodeCbor(EnclaveMessage, { response: { body: { success: null, error: "no" } } }),
    nothing: () => encodeCbor(EnclaveMessage, { response: { body: { success: null, error: null } } }),
    other: () => encodeCbor(EnclaveMessage, { response: null }),
    wrong: () =>
      encodeCbor(EnclaveMessage, { response: { body: { success: Uint8Array.of(0x61, 0x61), error: null } } }),
    garbage: () => Uint8Array.of(0xff),
  };
  const runtime = await runtimeThat((request) => {
    const { method: name, args } = decodeCbor(
      EnclaveRequest,
      (request.value as BodyValue<"RuntimeLocalRPCCallRequest">).request,
    );
    return body("RuntimeLocalRPCCallResponse", { response: answers[name]?.(args) ?? utf8("") });
  });
  assert.deepEqual(await callLocally(runtime, method("echo"), { value: 7n }), { value: 7n });
  const problems: Readonly<Record<string, RegExp>> = {
    fail: /rpc failure: 'no'/,
    nothing: /unknown rpc response status/,
    other: /message is not a response/,
    wrong: /failed to extract rpc response payload/,
    garbage: /malformed message envelope/,
  };
  for (const [name, problem] of Object.entries(problems)) {
    await assert.rejects(callLocally(runtime, method(name), { value: 7n }), problem, name);
  }
  runtime.close();
});

test("scheduling offers as many transactions as the runtime announced, execution all of them", async () => {
  const seen: { mode: number; inputs: number }[] = [];
  const runtime = await runtimeThat((request) => {
    const { mode, inputs } = request.value as BodyValue<"RuntimeExecuteTxBatchRequest">;
    seen.push({ mode, inputs: inputs.length });
    return body("RuntimeExecuteTxBatchResponse", testResponse());
  });
  const abortable = { request: runtime.request.bind(runtime), abort: () => assert.fail("not to be aborted") };
  const many = Array.from({ length: 300 }, (_, i) => utf8(`input ${i}`));
  await scheduleBatch(abortable, testRequest, many, { timeoutMs: 1000, initialBatchSize: 1000 });
  await scheduleBatch(abortable, testRequest, many, { timeoutMs: 1000, initialBatchSize: 5 });
  await executeBatch(abortable, testRequest, many, { timeoutMs: 1000, ioRoot: inputRoot(many) });
  assert.deepEqual(seen, [
    { mode: 1, inputs: 100 },
    { mode: 1, inputs: 5 },
    { mode: 0, inputs: 300 },
  ]);
  runtime.close();
});

test("a runtime that takes too long is aborted, one that fails is not", async () => {
  let aborts = 0;
  const failing = (error: Error) => ({
    request: () => Promise.reject(error),
    abort: () => Promise.resolve(void aborts++),
  });
  const options = { timeoutMs: 1, ioRoot: inputRoot(testInputs) };
  await assert.rejects(
    executeBatch(failing(new WadiError(ErrCallTimeout)), testRequest, testInputs, options),
    (e: Error) => {
      assert.equal(e.message, "batch processing aborted by context");
      return isError(e.cause, ErrCallTimeout);
    },
  );
  assert.equal(aborts, 1);
  await assert.rejects(executeBatch(failing(new Error("no")), testRequest, testInputs, options), { message: "no" });
  assert.equal(aborts, 1);
});

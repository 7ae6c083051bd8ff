// A thread that runs batches: asks the host through the main thread and waits, so runtime code and
// everything below it is plain synchronous code. Whatever blocks it, the main thread goes on
// answering, and ends the thread to abort a batch.
import * as codec from "@wadi/codec";
import { errorBody, type Body, type BodyValue, type HostRequestType, type ResponseType } from "@wadi/runtime-protocol";
import * as types from "@wadi/types";
import * as util from "@wadi/util";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { handleBatchRequest, isBatchRequest } from "../batch/handle.ts";
import { DEFAULT_MAX_BATCH_SIZE } from "../batch/schedule.ts";
import type { BatchServices, LogLevel } from "../batch/services.ts";
import type { BlockingHost } from "../host.ts";
import * as kit from "../public.ts";
import { GuestModule } from "../realm/guest-module.ts";
import { lockDown } from "../realm/lock-down.ts";
import { HostNodes } from "../state/host-nodes.ts";
import {
  packBody,
  unpackBody,
  type SharedNodes,
  type ThreadData,
  type ThreadReport,
  type ThreadRequest,
} from "./thread-messages.ts";
import { armWake, awaitWake } from "./wake-flag.ts";

const port = util.must(parentPort);
const { runtimeSource, answers, wake } = workerData as ThreadData;
const flag = new Int32Array(wake);

/** Modules that runtime code shares with the kit; all others are part of its script. */
const provided: Readonly<Record<string, unknown>> = {
  "@wadi/runtime-kit": kit,
  "@wadi/codec": codec,
  "@wadi/types": types,
  "@wadi/util": util,
};

function provide(name: string): unknown {
  if (Object.hasOwn(provided, name)) return provided[name];
  throw new TypeError(`${name} is not available in a runtime`);
}

function report(message: ThreadReport, ...transfer: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

function ask(request: Body): Body {
  armWake(flag);
  const bytes = packBody(request);
  report({ type: "ask", request: bytes }, bytes.buffer);
  awaitWake(flag);
  const received = receiveMessageOnPort(answers) as { readonly message: Uint8Array } | undefined;
  return unpackBody(util.must(received).message);
}

const host: BlockingHost = {
  request<R extends HostRequestType>(type: R, value: BodyValue<R>): BodyValue<ResponseType<R>> {
    const answer = ask({ type, value } as Body);
    if (answer.type === "Error") {
      const { module, code, message } = answer.value;
      throw util.errorFromWire(module, code, message);
    }
    return answer.value as BodyValue<ResponseType<R>>;
  },
};

const log: BatchServices["log"] = (level, message, fields = {}) =>
  report({ type: "log", record: { level, message, fields } });

function logger(level: LogLevel): (...parts: readonly unknown[]) => void {
  return (...parts) =>
    report({ type: "log", record: { level, message: parts.map(String).join(" "), module: "runtime/code" } });
}

const consoleOfRuntime = {
  debug: logger("debug"),
  log: logger("info"),
  info: logger("info"),
  warn: logger("warn"),
  error: logger("error"),
};

const nodes = new HostNodes();
const setClock = lockDown(consoleOfRuntime, Object.values(provided) as object[]);
const code = new GuestModule(runtimeSource, provide);

function timestampOf(request: Body): bigint {
  const header = "header" in request.value ? request.value.header : undefined;
  const block = "block" in request.value ? request.value.block : undefined;
  const found = header ?? (block as types.roothash.Block | undefined)?.header;
  return (found as types.roothash.Header | undefined)?.timestamp ?? 0n;
}

function answer({ info, request: bytes }: ThreadRequest): Body {
  const request = unpackBody(bytes);
  const services: BatchServices = { info, host, nodes, log };
  try {
    if (!isBatchRequest(request)) throw new TypeError(`${request.type} is not for a batch thread`);
    setClock(Number(timestampOf(request)) * 1000);
    return handleBatchRequest(code.instantiate(), request, services);
  } catch (e) {
    log("warn", "request failed", { request: request.type, err: e instanceof Error ? e.message : String(e) });
    return errorBody(e);
  }
}

port.on("message", (message: ThreadRequest | SharedNodes) => {
  if (message.type === "nodes") {
    nodes.addShared(message.nodes);
    return;
  }
  const bytes = packBody(answer(message));
  // First, so that nobody who has the answer is faster than they are.
  const shared = nodes.takeShared();
  if (shared !== undefined) report({ type: "nodes", nodes: shared }, shared.buffer);
  report({ type: "answer", answer: bytes }, bytes.buffer);
});

try {
  const { version, schedule } = code.instantiate();
  report({ type: "started", description: { version, maxBatchSize: schedule?.maxBatchSize ?? DEFAULT_MAX_BATCH_SIZE } });
} catch (e) {
  report({ type: "failed", message: e instanceof Error ? (e.stack ?? e.message) : String(e) });
  port.close();
}

// One batch thread and the requests that wait for it, in order.
import { EncodedBody, errorBody, type Body } from "@wadi/runtime-protocol";
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { HostInfo } from "../batch/services.ts";
import { BatchError } from "../errors.ts";
import type { LogRecord } from "./log.ts";
import { THREAD_LOADER, type CodeReport, type LoaderData } from "./thread-loader.ts";
import {
  packBody,
  unpackBody,
  type RuntimeDescription,
  type SharedNodes,
  type ThreadData,
  type ThreadReport,
  type ThreadRequest,
} from "./thread-messages.ts";
import { wakeUp } from "./wake-flag.ts";

export interface LaneOptions {
  /** The script of `batch-thread.ts`. */
  readonly threadSource: string;
  /** What V8 made of it before; see `onCode`. */
  readonly threadCode?: Uint8Array;
  /** The runtime's code. */
  readonly runtimeSource: string;
  /** Passes a request of runtime code on to the host. */
  askHost(request: Body): Promise<Body>;
  log(record: LogRecord): void;
  /** Takes the nodes of the state that a batch has made. */
  readonly onNodes?: (nodes: SharedNodes) => void;
  /** Takes what V8 made of the thread's script, once it has run. */
  readonly onCode?: (code: Uint8Array) => void;
}

/** The depth of calls must not depend on the machine's defaults. */
const STACK_SIZE_MB = 4;
/**
 * Of a thread. V8 would take up to 48 MB for what is mostly garbage of one transaction, and keep them.
 */
const YOUNG_GENERATION_MB = 12;

interface Job {
  readonly request: ThreadRequest;
  resolve(answer: EncodedBody): void;
  reject(error: unknown): void;
}

/** A thread and its end of the channel for answers. */
class BatchThread {
  readonly worker: Worker;
  readonly answers: MessagePort;
  readonly wake = new SharedArrayBuffer(4);
  readonly started = Promise.withResolvers<RuntimeDescription>();

  constructor({ onCode, runtimeSource, threadCode, threadSource }: LaneOptions) {
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadData & LoaderData = {
      threadSource,
      ...(threadCode && { threadCode }),
      ...(onCode && { reportCode: true }),
      runtimeSource,
      answers: port2,
      wake: this.wake,
    };
    this.worker = new Worker(THREAD_LOADER, {
      eval: true,
      workerData,
      transferList: [port2],
      execArgv: ["--no-warnings"],
      resourceLimits: { stackSizeMb: STACK_SIZE_MB, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.answers = port1;
    // Whoever wants to know awaits it; nobody need.
    this.started.promise.catch(() => undefined);
  }

  answer(body: Body): void {
    const bytes = packBody(body);
    this.answers.postMessage(bytes, [bytes.buffer]);
    wakeUp(new Int32Array(this.wake));
  }

  async end(): Promise<void> {
    this.answers.close();
    await this.worker.terminate();
  }
}

export class BatchLane {
  readonly #options: LaneOptions;
  readonly #waiting: Job[] = [];
  #current: Job | undefined;
  #thread: BatchThread | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Starts the thread if there is none; rejects if the runtime's code cannot be loaded. */
  start(): Promise<RuntimeDescription> {
    return this.#open().started.promise;
  }

  /** Gives the thread nodes that it need not ask for then; they change hands. */
  share(nodes: SharedNodes): void {
    this.#thread?.worker.postMessage(nodes, [nodes.nodes.buffer]);
  }

  /** The runtime's answer, which may be an error. Rejects if the batch is aborted or the thread dies. */
  async run(info: HostInfo, request: Body): Promise<EncodedBody> {
    const { promise, resolve, reject } = Promise.withResolvers<EncodedBody>();
    this.#waiting.push({ request: { type: "request", info, request: packBody(request) }, resolve, reject });
    this.#next();
    return await promise;
  }

  /** Ends the running batch; resolves when nothing of it runs any more. Those that wait go on after it. */
  async abort(): Promise<void> {
    if (this.#current === undefined) return;
    await this.#end(new BatchError("rhp/dispatcher", 1, "batch aborted"));
    this.#next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const error = new BatchError("rhp/dispatcher", 1, "runtime is shutting down");
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    await this.#end(error);
  }

  async #end(error: Error): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#fail(error);
    await thread?.end();
  }

  #fail(error: Error): void {
    const job = this.#current;
    this.#current = undefined;
    job?.reject(error);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#current = job;
    this.#open().worker.postMessage(job.request);
  }

  #open(): BatchThread {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new BatchThread(this.#options);
    this.#thread = thread;
    thread.worker.on("message", (message: ThreadReport | CodeReport) => this.#receive(thread, message));
    thread.worker.on("error", (e) => this.#lost(thread, e as Error));
    thread.worker.on("exit", (code) => this.#lost(thread, new Error(`batch thread ended with code ${code}`)));
    return thread;
  }

  /** The thread ended by itself: out of memory, or its code cannot be loaded. */
  #lost(thread: BatchThread, cause: Error): void {
    thread.started.reject(cause);
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    thread.answers.close();
    this.#fail(new BatchError("rhp/dispatcher", 1, `batch thread died: ${cause.message}`, { cause }));
    this.#next();
  }

  #receive(thread: BatchThread, message: ThreadReport | CodeReport): void {
    if (thread !== this.#thread) return;
    switch (message.type) {
      case "started":
        thread.started.resolve(message.description);
        return;
      case "code":
        this.#options.onCode?.(message.code);
        return;
      case "failed":
        thread.started.reject(new Error(message.message));
        return;
      case "log":
        this.#options.log(message.record);
        return;
      case "nodes":
        this.#options.onNodes?.(message);
        return;
      case "ask":
        void this.#ask(thread, unpackBody(message.request));
        return;
      case "answer":
        this.#finish(new EncodedBody(message.answer));
    }
  }

  async #ask(thread: BatchThread, request: Body): Promise<void> {
    const answer = await this.#options.askHost(request).catch((e: unknown) => errorBody(e));
    if (thread === this.#thread) thread.answer(answer);
  }

  #finish(answer: EncodedBody): void {
    const job = this.#current;
    this.#current = undefined;
    job?.resolve(answer);
    this.#next();
  }
}

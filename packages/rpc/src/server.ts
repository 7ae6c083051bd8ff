// The node's side of its services on a unix socket.
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import {
  performServerHandshake,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerOptions,
} from "node:http2";
import { connect, createServer, type Socket } from "node:net";
import { status } from "@grpc/grpc-js";
import { isDecodeError } from "@wadi/codec";
import { WadiError } from "@wadi/util";

import { Crowd } from "./crowd.ts";
import { OK, refusalOf, type CallStatus } from "./grpc-headers.ts";
import { framed } from "./messages.ts";
import { PacedConnection } from "./paced-connection.ts";
import { ServerCall, type CallContext } from "./server-call.ts";
import {
  decodeMessage,
  encodeMessage,
  type AnyMethod,
  type Methods,
  type Service,
  type StreamMethod,
  type UnaryMethod,
} from "./service.ts";
import { ErrRpc, statusOf, withStatus } from "./status.ts";

/** Connections without calls are closed after this time. */
const IDLE_MS = 600_000;

/** Milliseconds of a turn of the event loop for frames that arrive, and for what calls do. */
const ARRIVING_TURN_MS = 5;
const WORKING_TURN_MS = 10;

/** Calls of one connection, which may all end in one turn with it. */
const MAX_CALLS = 1024;

/** What the system takes as the name of a socket, less the zero byte at its end. */
const MAX_PATH_BYTES = 107;

const SESSION: ServerOptions = {
  // Go clients reset the streams that they leave, a thousand at once if it is so many.
  streamResetBurst: 10_000,
  streamResetRate: 1000,
  // What a session holds is bounded by the limits of its calls.
  maxSessionMemory: Number.MAX_SAFE_INTEGER,
};

type Awaitable<T> = T | Promise<T>;
/** Handlers of methods that answer nothing need not return anything. */
type Answer<A> = [A] extends [undefined] ? void : A;

/** What answers a method. */
export type HandlerOf<M> =
  M extends UnaryMethod<infer Q, infer A>
    ? (request: Q, call: CallContext) => Awaitable<Answer<A>>
    : M extends StreamMethod<infer Q, infer A>
      ? (request: Q, call: CallContext) => AsyncIterable<A>
      : never;

export type Handlers<M extends Methods> = { readonly [K in keyof M]: HandlerOf<M[K]> };

export interface RpcServerOptions {
  /** Told about each call that failed. */
  readonly onFailure?: (method: string, error: unknown) => void;
}

type AnyHandler = (request: unknown, call: CallContext) => unknown;

/** Serves services until it is closed. */
export class RpcServer implements AsyncDisposable {
  readonly #options: RpcServerOptions;
  readonly #services = new Set<string>();
  readonly #methods = new Map<string, (call: ServerCall) => void>();
  readonly #arriving = new Crowd(ARRIVING_TURN_MS);
  readonly #working = new Crowd(WORKING_TURN_MS);
  readonly #listener = createServer((socket) => this.#arriving.enter(() => this.#accept(socket)));
  readonly #sessions = new Map<ServerHttp2Session, PacedConnection>();
  #isClosing = false;

  constructor(options: RpcServerOptions = {}) {
    this.#options = options;
  }

  /** Full names of what is answered. */
  get methods(): ReadonlySet<string> {
    return new Set(this.#methods.keys());
  }

  /** Before `listen`. Methods without a handler are unknown to callers. */
  add<M extends Methods>({ name, methods }: Service<M>, handlers: Partial<Handlers<M>>): void {
    this.#services.add(name);
    for (const [key, method] of Object.entries(methods)) {
      const handler = handlers[key] as AnyHandler | undefined;
      if (handler === undefined) continue;
      const path = `/${name}/${key}`;
      const fail = (call: ServerCall, error: unknown): void => {
        this.#options.onFailure?.(path, error);
        call.end(statusOf(error));
      };
      const crowd = this.#working;
      this.#methods.set(
        path,
        method.kind === "stream" ? streaming(method, handler, fail, crowd) : single(method, handler, fail, crowd),
      );
    }
  }

  /**
   * Listens at a path, for this user only. A socket that a killed process left behind is replaced;
   * one that answers is not touched. Rejects with ErrRpc if the path is taken, too long for a socket,
   * or in a folder where none can be made.
   */
  async listen(path: string): Promise<void> {
    const lengthBytes = Buffer.byteLength(path);
    if (lengthBytes > MAX_PATH_BYTES) {
      const context = `listen ${path}: the path has ${lengthBytes} bytes, that of a socket may have ${MAX_PATH_BYTES}`;
      throw new WadiError(ErrRpc, { context });
    }
    await clearSocket(path);
    this.#listener.listen(path);
    await once(this.#listener, "listening").catch((e: Error) => {
      throw new WadiError(ErrRpc, { context: e.message, cause: e });
    });
    chmodSync(path, 0o700);
  }

  /** Lets calls end for so long, then ends them. */
  async close(graceMs = 5000): Promise<void> {
    this.#isClosing = true;
    if (!this.#listener.listening) return;
    const force = setTimeout(() => {
      for (const connection of this.#sessions.values()) connection.destroy();
    }, graceMs);
    const closed = once(this.#listener, "close");
    this.#listener.close();
    for (const session of this.#sessions.keys()) session.close();
    await closed;
    clearTimeout(force);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: Socket): void {
    if (this.#isClosing) {
      socket.destroy();
      return;
    }
    const connection = new PacedConnection(socket, this.#arriving);
    const session = performServerHandshake(connection, SESSION);
    this.#sessions.set(session, connection);
    // "close" follows.
    session.on("error", () => undefined);
    session.once("close", () => this.#sessions.delete(session));
    const open = openCalls(session);
    session.on("stream", (stream, headers) => {
      const call = new ServerCall(stream, headers, this.#working);
      const refusal = refusalOf(headers) ?? (open.count > MAX_CALLS ? TOO_MANY_CALLS : undefined);
      if (refusal === undefined) this.#begin(call, headers);
      else call.end(refusal);
    });
  }

  #begin(call: ServerCall, headers: IncomingHttpHeaders): void {
    const path = headers[":path"] ?? "";
    const begin = this.#methods.get(path);
    const encoding = headers["grpc-encoding"] ?? "identity";
    if (begin === undefined) {
      call.end({ code: status.UNIMPLEMENTED, message: this.#unknown(path) });
    } else if (encoding !== "identity") {
      const message = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
      call.end({ code: status.UNIMPLEMENTED, message });
    } else begin(call);
  }

  #unknown(path: string): string {
    const [, service = "", method = ""] = /^\/?(.*)\/([^/]*)$/.exec(path) ?? [];
    if (service === "") return `malformed method name: ${JSON.stringify(path)}`;
    return this.#services.has(service)
      ? `unknown method ${method} for service ${service}`
      : `unknown service ${service}`;
  }
}

const TOO_MANY_CALLS: CallStatus = {
  code: status.RESOURCE_EXHAUSTED,
  message: `more than ${MAX_CALLS} calls of one connection`,
};

/** Counts the open calls of a session, and closes it when it has had none for long. */
function openCalls(session: ServerHttp2Session): { readonly count: number } {
  const open = { count: 0 };
  const timer = setTimeout(() => {
    if (open.count === 0) session.close();
  }, IDLE_MS).unref();
  session.on("stream", (stream) => {
    open.count++;
    stream.once("close", () => {
      if (--open.count === 0) timer.refresh();
    });
  });
  session.once("close", () => clearTimeout(timer));
  return open;
}

/** Removes a socket that nobody serves. Throws if somebody does, or if it is something else. */
async function clearSocket(path: string): Promise<void> {
  if (!existsSync(path)) return;
  if (!lstatSync(path).isSocket()) throw new WadiError(ErrRpc, { context: `${path} is there and is no socket` });
  const isServed = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (isServed) throw new WadiError(ErrRpc, { context: `${path} is served by another process` });
  rmSync(path, { force: true });
}

type Fail = (call: ServerCall, error: unknown) => void;

function requestOf(method: AnyMethod, payload: Uint8Array): unknown {
  if (method.request === undefined) {
    // Only streams look at a payload that should not be there.
    if (method.kind === "unary" || payload.length === 0) return undefined;
    const text = "grpc: failed to unmarshal the received message: cbor: Unmarshal(nil)";
    throw withStatus(new Error(text), status.INTERNAL);
  }
  try {
    return decodeMessage(method.request, payload);
  } catch (e) {
    if (!isDecodeError(e)) throw e;
    throw withStatus(new Error(`grpc: error unmarshalling request: ${e.message}`, { cause: e }), status.INTERNAL);
  }
}

function single(method: UnaryMethod<unknown, unknown>, handler: AnyHandler, fail: Fail, crowd: Crowd) {
  const answer = async (call: ServerCall, payload: Uint8Array): Promise<void> => {
    if (call.isOver) return;
    try {
      const response = await handler(requestOf(method, payload), call);
      call.answer(encodeMessage(method.response, response));
    } catch (error) {
      fail(call, error);
    }
  };
  return (call: ServerCall): void => {
    call.receive("unary", (payload) => crowd.enter(() => void answer(call, payload)));
  };
}

/** Messages of a stream with their prefixes; one that goes to many readers is encoded once. */
function encoder({ response }: StreamMethod<unknown, unknown>): (item: unknown) => Buffer {
  const known = new WeakMap<object, Buffer>();
  return (item) => {
    if (typeof item !== "object" || item === null) return framed(encodeMessage(response, item));
    let message = known.get(item);
    if (message === undefined) known.set(item, (message = framed(encodeMessage(response, item))));
    return message;
  };
}

function streaming(method: StreamMethod<unknown, unknown>, handler: AnyHandler, fail: Fail, crowd: Crowd) {
  const encoded = encoder(method);
  const run = async (call: ServerCall, payload: Uint8Array): Promise<void> => {
    if (call.isOver) return;
    try {
      const items = handler(requestOf(method, payload), call) as AsyncIterable<unknown>;
      for await (const item of items) {
        if (call.isOver) return;
        await crowd.turn();
        await call.write(encoded(item));
      }
      call.end(OK);
    } catch (error) {
      if (!call.isOver) fail(call, error);
    }
  };
  return (call: ServerCall): void => {
    call.receive("stream", (payload) => crowd.enter(() => void run(call, payload)));
  };
}

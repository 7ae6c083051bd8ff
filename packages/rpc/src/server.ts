// The node's side of its services on a unix socket.
import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";
import {
  Server,
  ServerCredentials,
  status,
  type MethodDefinition,
  type StatusObject,
  type ServerWritableStream,
  type UntypedHandleCall,
  type handleUnaryCall,
} from "@grpc/grpc-js";
import { isDecodeError } from "@wadi/codec";
import { WadiError } from "@wadi/util";

import { Crowd } from "./crowd.ts";
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

/** Bytes of one message. */
export const MAX_MESSAGE_BYTES = 104_857_600;

/** So many calls are begun in one turn of the event loop, and so many messages of streams sent: some 0.1 ms each. */
const PER_TURN = 32;

interface Crowds {
  readonly calls: Crowd;
  readonly messages: Crowd;
}

/** What the system takes as the name of a socket, less the zero byte at its end. */
const MAX_PATH_BYTES = 107;

/** Beyond that a stream waits for its reader. */
const MAX_UNREAD_BYTES = 65_536;

/** What a handler knows of a call besides its request. */
export interface CallContext {
  /** Aborted when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
}

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
  readonly #server: Server;
  readonly #options: RpcServerOptions;
  readonly #methods = new Set<string>();
  readonly #crowds: Crowds = { calls: new Crowd(PER_TURN), messages: new Crowd(PER_TURN) };
  #path: string | undefined;

  constructor(options: RpcServerOptions = {}) {
    this.#options = options;
    this.#server = new Server({
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_connection_idle_ms": 600_000,
    });
  }

  /** Full names of what is answered. */
  get methods(): ReadonlySet<string> {
    return this.#methods;
  }

  /** Before `listen`. Methods without a handler are unknown to callers. */
  add<M extends Methods>({ name, methods }: Service<M>, handlers: Partial<Handlers<M>>): void {
    const definitions: Record<string, MethodDefinition<Buffer, Buffer>> = {};
    const calls: Record<string, UntypedHandleCall> = {};
    for (const [key, method] of Object.entries(methods)) {
      const handler = handlers[key] as AnyHandler | undefined;
      if (handler === undefined) continue;
      const path = `/${name}/${key}`;
      this.#methods.add(path);
      definitions[key] = definitionOf(path, method.kind === "stream");
      const fail = (error: unknown): Partial<StatusObject> => {
        this.#options.onFailure?.(path, error);
        return statusOf(error);
      };
      const crowds = this.#crowds;
      calls[key] =
        method.kind === "stream" ? streaming(method, handler, fail, crowds) : single(method, handler, fail, crowds);
    }
    this.#server.addService(definitions, calls);
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
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(bindFailure(error));
      });
    });
    this.#path = path;
    chmodSync(path, 0o700);
  }

  /** Lets calls end for so long, then ends them. */
  async close(graceMs = 5000): Promise<void> {
    const force = setTimeout(() => this.#server.forceShutdown(), graceMs);
    await new Promise<void>((resolve) => {
      this.#server.tryShutdown(() => resolve());
    });
    clearTimeout(force);
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
    this.#path = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The library puts what the system said between brackets into a sentence of its own. */
function bindFailure(error: Error): WadiError {
  const [, context = error.message] = /\[(.*)\]$/s.exec(error.message) ?? [];
  return new WadiError(ErrRpc, { context, cause: error });
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

const asBuffer = (bytes: Buffer): Buffer => bytes;

/** Payloads pass as they are, so that a bad one is answered by us. */
function definitionOf(path: string, responseStream: boolean): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: asBuffer,
    requestDeserialize: asBuffer,
    responseSerialize: asBuffer,
    responseDeserialize: asBuffer,
  };
}

type Fail = (error: unknown) => Partial<StatusObject>;

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

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One for all: making one takes longer than all else when a crowd of callers goes away. */
const CALLER_GONE = new DOMException("the caller went away", "AbortError");

/** A signal that is aborted when the call is cancelled. */
function signalOf(call: { on(event: "cancelled", listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort(CALLER_GONE));
  return controller.signal;
}

function single(
  method: UnaryMethod<unknown, unknown>,
  handler: AnyHandler,
  fail: Fail,
  crowds: Crowds,
): handleUnaryCall<Buffer, Buffer> {
  return (call, done) => {
    const answer = async (): Promise<void> => {
      try {
        const response = await handler(requestOf(method, call.request), { signal: signalOf(call) });
        done(null, buffer(encodeMessage(method.response, response)));
      } catch (error) {
        done(fail(error));
      }
    };
    crowds.calls.enter(() => void answer());
  };
}

/** Messages of a stream; one that goes to many readers is encoded once. */
function encoder({ response }: StreamMethod<unknown, unknown>): (item: unknown) => Buffer {
  const known = new WeakMap<object, Buffer>();
  return (item) => {
    if (typeof item !== "object" || item === null) return buffer(encodeMessage(response, item));
    let message = known.get(item);
    if (message === undefined) known.set(item, (message = buffer(encodeMessage(response, item))));
    return message;
  };
}

function streaming(method: StreamMethod<unknown, unknown>, handler: AnyHandler, fail: Fail, crowds: Crowds) {
  const encoded = encoder(method);
  return (call: ServerWritableStream<Buffer, Buffer>): void => {
    const signal = signalOf(call);
    const run = async (): Promise<void> => {
      if (signal.aborted) return;
      try {
        const items = handler(requestOf(method, call.request), { signal }) as AsyncIterable<unknown>;
        const unread = new Unread(call, signal);
        for await (const item of items) {
          if (signal.aborted) return;
          await crowds.messages.turn();
          await unread.write(encoded(item));
        }
        call.end();
      } catch (error) {
        if (!signal.aborted) call.emit("error", fail(error));
      }
    };
    crowds.calls.enter(() => void run());
  };
}

/** What was given to a stream and has not left it yet, so that a slow reader holds up its stream and nothing else. */
class Unread {
  readonly #call: ServerWritableStream<Buffer, Buffer>;
  readonly #signal: AbortSignal;
  #bytes = 0;
  #room = Promise.withResolvers<void>();

  constructor(call: ServerWritableStream<Buffer, Buffer>, signal: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#room.resolve(), { once: true });
  }

  /** Resolves when there is room for another message, or the call is over. */
  async write(message: Buffer): Promise<void> {
    this.#bytes += message.length;
    this.#call.write(message, () => {
      this.#bytes -= message.length;
      this.#room.resolve();
    });
    while (this.#bytes > MAX_UNREAD_BYTES && !this.#signal.aborted) {
      this.#room = Promise.withResolvers();
      await this.#room.promise;
    }
  }
}

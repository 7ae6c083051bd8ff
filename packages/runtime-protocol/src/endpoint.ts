// One side of a connection on a stream: calls as promises, requests to a handler.
import { errorFromWire, errorToWire, findCoded, WadiError } from "@wadi/util";
import {
  Connection,
  type ConnectionLimits,
  type ConnectionRole,
  type Effect,
  type IncomingRequest,
  type StrayMessage,
} from "./connection.ts";
import { ErrCallTimeout, ErrConnectionClosed, ErrTruncated, ErrUnexpectedResponse, ErrWriteTimeout } from "./errors.ts";
import type { EncodedBody } from "./messages/message.ts";
import { responseType, type Body, type BodyValue, type RequestType, type ResponseType } from "./messages/bodies.ts";

/** Both directions of a connection; sockets of `node:net` and other duplex streams fit. */
export interface ByteStream {
  /** `done` is called when the bytes were handed to the system. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** The clock of a process. */
export interface Timers {
  /** Milliseconds on a clock that does not go back. */
  now(): number;
  /** Calls `action` after `delayMs` unless the returned function is called before. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `action` when whoever else has input has had a turn. Default: `after(0, action)`. */
  nextTurn?(action: () => void): void;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RequestContext {
  /** Aborted when the connection ends. */
  readonly signal: AbortSignal;
}

/** Answers a request; what it throws is sent as an error. */
export type RequestHandler<Answer = Body> = (
  request: Body<RequestType>,
  context: RequestContext,
) => Promise<Answer> | Answer;

export interface EndpointOptions {
  readonly role: ConnectionRole;
  readonly timers: Timers;
  readonly handler: RequestHandler<Body | EncodedBody>;
  readonly limits?: Partial<ConnectionLimits>;
  /** Bytes that wait to be written from which on no request is read. Default 64 MiB. */
  readonly maxUnsentBytes?: number;
  /** How long one message may take to be written. Default 5 s. */
  readonly writeTimeoutMs?: number;
  /** Told of messages that are ignored. */
  onStray?(what: StrayMessage): void;
}

const WRITE_TIMEOUT_MS = 5000;
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

interface PendingCall {
  resolve(body: Body | null): void;
  reject(error: unknown): void;
}

/** Whether a body is a request, by its name. */
function isRequest(body: Body): body is Body<RequestType> {
  return body.type.endsWith("Request");
}

/** An error as a body. */
export function errorBody(error: unknown): Body<"Error"> {
  return { type: "Error", value: errorToWire(error) };
}

const methodNotSupported = errorBody(new Error("method not supported"));

export class Endpoint {
  readonly #stream: ByteStream;
  readonly #options: EndpointOptions;
  readonly #connection: Connection;
  readonly #calls = new Map<bigint, PendingCall>();
  readonly #aborter = new AbortController();
  readonly #closed = Promise.withResolvers<Error>();
  #reason: Error | undefined;
  #unsentBytes = 0;
  #sentFrames = 0;
  #isPaused = false;
  #isTurnAwaited = false;
  #cancelTurn: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;
  #cancelWriteCheck: (() => void) | undefined;

  /** Takes the stream over: nobody else may read, write or destroy it. */
  constructor(stream: ByteStream, options: EndpointOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#connection = new Connection(options.role, options.limits);
    stream.on("data", (chunk) => this.#perform(this.#connection.receive(chunk, options.timers.now())));
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#end());
    stream.on("error", (error) => this.close(new WadiError(ErrConnectionClosed, { cause: error })));
  }

  /** Resolves with the reason when the connection has ended. */
  get closed(): Promise<Error> {
    return this.#closed.promise;
  }

  get isClosed(): boolean {
    return this.#reason !== undefined;
  }

  /**
   * Sends a request and waits for its answer. Rejects with the error that the other side answers,
   * ErrCallTimeout, the signal's reason, ErrConnectionClosed, ErrNotReady, ErrMessageTooLarge and
   * EncodeError. Without a timeout and a signal it waits as long as the connection lasts.
   */
  async call(request: Body<RequestType>, options: CallOptions = {}): Promise<Body | null> {
    options.signal?.throwIfAborted();
    const { id, frame } = this.#connection.call(request);
    const answer = Promise.withResolvers<Body | null>();
    this.#calls.set(id, answer);
    this.#send(frame);
    const release = this.#limitCall(id, request.type, options);
    try {
      const body = await answer.promise;
      if (body?.type === "Error") throw errorFromWire(body.value.module, body.value.code, body.value.message);
      return body;
    } finally {
      release();
    }
  }

  /** Like `call`, with the content of the expected answer. Rejects with ErrUnexpectedResponse for another one. */
  async request<R extends RequestType>(
    type: R,
    value: BodyValue<R>,
    options: CallOptions = {},
  ): Promise<BodyValue<ResponseType<R>>> {
    const answer = await this.call({ type, value } as Body<RequestType>, options);
    // Runtimes written in Rust answer notifications with Empty.
    const isEmptyNotify = type === "RuntimeNotifyRequest" && answer?.type === "Empty";
    if (answer?.type !== responseType(type) && !isEmptyNotify) {
      throw new WadiError(ErrUnexpectedResponse, { context: `${answer?.type ?? "nothing"} to ${type}` });
    }
    return answer?.value as BodyValue<ResponseType<R>>;
  }

  /** Host side: the connection is initialized; from now on requests are handled. */
  ready(): void {
    if (this.#reason !== undefined) return;
    this.#perform(this.#connection.ready());
  }

  /** Ends the connection at once: calls are rejected with `reason`, handlers see their signal aborted. */
  close(reason: Error = new WadiError(ErrConnectionClosed)): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#cancelTurn?.();
    this.#cancelExpiry?.();
    this.#cancelWriteCheck?.();
    this.#connection.close();
    const error = findCoded(reason) === undefined ? new WadiError(ErrConnectionClosed, { cause: reason }) : reason;
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#aborter.abort(error);
    this.#stream.destroy();
    this.#closed.resolve(reason);
  }

  #end(): void {
    this.close(new WadiError(this.#connection.isAtBoundary ? ErrConnectionClosed : ErrTruncated));
  }

  /** Arms what may end a call early; returns what disarms it. */
  #limitCall(id: bigint, type: string, { timeoutMs, signal }: CallOptions): () => void {
    const giveUp = (error: unknown): void => {
      this.#connection.forget(id);
      this.#calls.get(id)?.reject(error);
      this.#calls.delete(id);
    };
    const abort = (): void => giveUp(signal?.reason);
    const cancelTimer =
      timeoutMs === undefined
        ? undefined
        : this.#options.timers.after(timeoutMs, () =>
            giveUp(new WadiError(ErrCallTimeout, { context: `${type} after ${timeoutMs} ms` })),
          );
    signal?.addEventListener("abort", abort, { once: true });
    return () => {
      cancelTimer?.();
      signal?.removeEventListener("abort", abort);
    };
  }

  /** Performs the effects of an input. */
  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(effect);
    this.#schedule();
  }

  #performOne(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#send(effect.frame);
        return;
      case "handle":
        void this.#handle(effect.request);
        return;
      case "deliver":
        this.#calls.get(effect.id)?.resolve(effect.body);
        this.#calls.delete(effect.id);
        return;
      case "stray":
        this.#options.onStray?.(effect.what);
        return;
      case "fail":
        this.close(effect.error);
    }
  }

  /** Sets the stream's flow and the clock for what the connection now waits for. */
  #schedule(): void {
    if (this.#reason !== undefined) return;
    const { timers, maxUnsentBytes = MAX_UNSENT_BYTES } = this.#options;
    const { isSaturated, isTurnOver, isTurnBegun } = this.#connection;
    if (isTurnBegun) this.#awaitTurn();
    const isFull = isSaturated || isTurnOver || this.#unsentBytes > maxUnsentBytes;
    if (isFull !== this.#isPaused) {
      this.#isPaused = isFull;
      if (isFull) this.#stream.pause();
      else this.#stream.resume();
    }
    const { deadline } = this.#connection;
    if (deadline === undefined || this.#cancelExpiry !== undefined) return;
    this.#cancelExpiry = timers.after(Math.max(0, deadline - timers.now()), () => {
      this.#cancelExpiry = undefined;
      this.#perform(this.#connection.expire(timers.now()));
    });
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    const { timers } = this.#options;
    const begin = (): void => {
      this.#isTurnAwaited = false;
      if (this.#reason === undefined) this.#perform(this.#connection.nextTurn(timers.now()));
    };
    if (timers.nextTurn === undefined) this.#cancelTurn = timers.after(0, begin);
    else timers.nextTurn(begin);
  }

  async #handle(request: IncomingRequest): Promise<void> {
    const answer = await this.#answer(request);
    if (this.#reason !== undefined) return;
    this.#perform([
      { type: "send", frame: this.#response(request, answer) },
      ...this.#connection.proceed(this.#options.timers.now()),
    ]);
  }

  async #answer({ body }: IncomingRequest): Promise<Body | EncodedBody> {
    if (body === null || !isRequest(body)) return methodNotSupported;
    try {
      return await this.#options.handler(body, { signal: this.#aborter.signal });
    } catch (e) {
      return errorBody(e);
    }
  }

  /** The answer's bytes, or those of an error where it has none (too large, not encodable). */
  #response(request: IncomingRequest, answer: Body | EncodedBody): Uint8Array {
    try {
      return this.#connection.respond(request, answer);
    } catch (e) {
      return this.#connection.respond(request, errorBody(e));
    }
  }

  #send(frame: Uint8Array): void {
    if (this.#reason !== undefined) return;
    this.#unsentBytes += frame.length;
    this.#stream.write(frame, () => {
      this.#unsentBytes -= frame.length;
      this.#sentFrames++;
      if (this.#isPaused) this.#schedule();
    });
    this.#checkWrites();
  }

  /** Ends the connection if in a whole period no message was written although one waits. */
  #checkWrites(): void {
    if (this.#cancelWriteCheck !== undefined || this.#unsentBytes === 0) return;
    const before = this.#sentFrames;
    const { timers, writeTimeoutMs = WRITE_TIMEOUT_MS } = this.#options;
    this.#cancelWriteCheck = timers.after(writeTimeoutMs, () => {
      this.#cancelWriteCheck = undefined;
      if (this.#unsentBytes > 0 && this.#sentFrames === before) this.close(new WadiError(ErrWriteTimeout));
      else this.#checkWrites();
    });
  }
}

// Calling services of a node.
import { Client, Metadata, credentials, status, type ServiceError } from "@grpc/grpc-js";

import { MAX_MESSAGE_BYTES } from "./messages.ts";
import {
  decodeMessage,
  encodeMessage,
  type AnyMethod,
  type Methods,
  type Service,
  type StreamMethod,
  type UnaryMethod,
} from "./service.ts";
import { errorOf } from "./status.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long the answer may take; without it for ever. */
  readonly timeoutMs?: number;
}

/** Functions for the methods of a service. They reject with the error of the other side. */
export type ClientOf<M extends Methods> = {
  readonly [K in keyof M]: M[K] extends UnaryMethod<infer Q, infer A>
    ? (...args: RequestArguments<Q>) => Promise<A>
    : M[K] extends StreamMethod<infer Q, infer A>
      ? (...args: RequestArguments<Q>) => AsyncIterable<A>
      : never;
};

type RequestArguments<Q> = [undefined] extends [Q]
  ? [request?: Q, options?: CallOptions]
  : [request: Q, options?: CallOptions];

/** A connection to a node; made at the first call and again after it broke. */
export class RpcConnection implements Disposable {
  readonly #client: Client;

  /** `unix:<path>` or `<host>:<port>` without TLS. */
  constructor(target: string) {
    this.#client = new Client(target, credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
      "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
      // Connections of different callers are not shared, so that closing one ends only its own calls.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  of<M extends Methods>({ name, methods }: Service<M>): ClientOf<M> {
    const calls = Object.entries(methods).map(([key, method]) => {
      const path = `/${name}/${key}`;
      return [
        key,
        (request: unknown, options?: CallOptions) =>
          method.kind === "unary"
            ? this.#unary(path, method, request, options)
            : this.#stream(path, method, request, options),
      ];
    });
    return Object.fromEntries(calls) as ClientOf<M>;
  }

  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #unary(path: string, method: AnyMethod, request: unknown, { signal, timeoutMs }: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        (value: unknown) => Buffer.from(encodeMessage(method.request, value)),
        received(method),
        request,
        new Metadata(),
        deadline(timeoutMs),
        (error, value) => {
          signal?.removeEventListener("abort", cancel);
          if (error === null) resolve(value?.value);
          else reject(failure(error, signal));
        },
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener("abort", cancel, { once: true });
      if (signal?.aborted === true) cancel();
    });
  }

  async *#stream(
    path: string,
    method: AnyMethod,
    request: unknown,
    { signal, timeoutMs }: CallOptions = {},
  ): AsyncGenerator<unknown> {
    const call = this.#client.makeServerStreamRequest(
      path,
      (value: unknown) => Buffer.from(encodeMessage(method.request, value)),
      received(method),
      request,
      new Metadata(),
      deadline(timeoutMs),
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const { value } of call as AsyncIterable<Received>) yield value;
    } catch (e) {
      throw isServiceError(e) ? failure(e, signal) : e;
    } finally {
      signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }
}

/** A message, which may be null; the transport takes null for no message. */
interface Received {
  readonly value: unknown;
}

function received({ response }: AnyMethod): (payload: Uint8Array) => Received {
  return (payload) => ({ value: response === undefined ? undefined : decodeMessage(response, payload) });
}

function deadline(timeoutMs: number | undefined): { deadline?: number } {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function isServiceError(e: unknown): e is ServiceError {
  return e instanceof Error && "code" in e && "metadata" in e;
}

function failure(error: ServiceError, signal: AbortSignal | undefined): unknown {
  if (error.code === status.CANCELLED && signal?.aborted === true) return signal.reason;
  return errorOf(error);
}

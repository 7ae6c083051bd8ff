// Services declared once: names and message types, from which servers and clients follow.
import { decodeOwnedCbor, encodeCbor, type Schema } from "@wadi/codec";

/** One request, one answer. */
export interface UnaryMethod<Q, A> {
  readonly kind: "unary";
  /** Undefined for methods that take nothing. */
  readonly request: Schema<Q> | undefined;
  /** Undefined for methods that answer nothing. */
  readonly response: Schema<A> | undefined;
}

/** One request, many answers. */
export interface StreamMethod<Q, A> {
  readonly kind: "stream";
  readonly request: Schema<Q> | undefined;
  readonly response: Schema<A>;
}

export type AnyMethod = UnaryMethod<unknown, unknown> | StreamMethod<unknown, unknown>;
export type Methods = Readonly<Record<string, AnyMethod>>;

export interface Service<M extends Methods> {
  /** As on the wire, such as `oasis-core.Staking`. */
  readonly name: string;
  readonly methods: M;
}

export function unary<Q, A>(request: Schema<Q>, response: Schema<A>): UnaryMethod<Q, A>;
export function unary<A>(request: undefined, response: Schema<A>): UnaryMethod<undefined, A>;
export function unary<Q>(request: Schema<Q>, response: undefined): UnaryMethod<Q, undefined>;
export function unary(request?: undefined, response?: undefined): UnaryMethod<undefined, undefined>;
export function unary(request?: Schema<unknown>, response?: Schema<unknown>): UnaryMethod<unknown, unknown> {
  return { kind: "unary", request, response };
}

export function stream<Q, A>(request: Schema<Q>, response: Schema<A>): StreamMethod<Q, A>;
export function stream<A>(request: undefined, response: Schema<A>): StreamMethod<undefined, A>;
export function stream(
  request: Schema<unknown> | undefined,
  response: Schema<unknown>,
): StreamMethod<unknown, unknown> {
  return { kind: "stream", request, response };
}

/** A service of the node under the prefix that all of them have. */
export function service<const M extends Methods>(name: string, methods: M): Service<M> {
  return { name: `oasis-core.${name}`, methods };
}

const NOTHING = new Uint8Array(0);

/** The payload of a message: nothing where there is no type. */
export function encodeMessage<T>(schema: Schema<T> | undefined, value: T): Uint8Array {
  return schema === undefined ? NOTHING : encodeCbor(schema, value);
}

/**
 * A message from its payload, as leniently as the reference reads them: unknown members and
 * trailing bytes are ignored, an empty payload and null are the zero value. What is large is not copied:
 * the value may hold views of the payload. Throws DecodeError.
 */
export function decodeMessage<T>(schema: Schema<T>, payload: Uint8Array): T {
  if (payload.length === 0 || (payload.length === 1 && payload[0] === 0xf6)) return schema.zero();
  return decodeOwnedCbor(schema, payload, "rpc");
}

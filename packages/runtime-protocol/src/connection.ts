// One side of a connection without its stream and clock (go/runtime/host/protocol/connection.go):
// received bytes, own calls and answers go in; bytes to send, answers and requests come out.
//
// Beyond the reference, what the other side can make this one keep is bounded: the requests that
// wait or are being handled, the items of a message, and messages that nobody asked for.
import { assert, WadiError } from "@wadi/util";
import { ErrConnectionClosed, ErrNotReady, ErrTooManyItems, ErrTooManyStrays } from "./errors.ts";
import { frame, FrameReader, MAX_RECEIVE_BYTES, MAX_SEND_BYTES } from "./framing.ts";
import { countItems } from "./item-count.ts";
import type { Body, RequestType } from "./messages/bodies.ts";
import { encodeMessage, messageTypes, parseMessage, type EncodedBody } from "./messages/message.ts";

export type ConnectionState = "initializing" | "ready" | "closed";

/** The host initializes before it serves; a guest (a runtime) serves from the start. */
export type ConnectionRole = "host" | "guest";

export interface ConnectionLimits {
  readonly receiveBytes: number;
  readonly sendBytes: number;
  /** CBOR items of an answer to a call, and for guests of any message. */
  readonly items: number;
  /** CBOR items of anything else that a host receives: what runtimes ask is short. */
  readonly requestItems: number;
  /** Requests of the other side that are held or being handled. */
  readonly openRequests: number;
  /** Their estimated size in memory; one request is always let in. */
  readonly openRequestBytes: number;
  /** How long a request waits for this side to become ready. */
  readonly holdMs: number;
  /** Messages that answer nothing, beyond the answers to calls given up. */
  readonly strays: number;
  /** Messages that are read before others get their turn; a large one counts for many. */
  readonly messagesPerTurn: number;
}

const defaultLimits: ConnectionLimits = {
  receiveBytes: MAX_RECEIVE_BYTES,
  sendBytes: MAX_SEND_BYTES,
  items: 1_000_000,
  requestItems: 20_000,
  openRequests: 1024,
  openRequestBytes: 128 * 1024 * 1024,
  holdMs: 5000,
  strays: 256,
  messagesPerTurn: 256,
};

/** What a decoded item takes in memory, on average and generously. */
const ITEM_BYTES = 128;
/** A message of this size in memory takes about as much time as two small ones. */
const TURN_BYTES = 16 * 1024;

/** A request of the other side, to be answered once with `respond`. */
export interface IncomingRequest {
  readonly id: bigint;
  /** Null if the message had no body that is known. */
  readonly body: Body | null;
  /** Estimated size in memory. */
  readonly sizeBytes: number;
}

/** What to do after an input. */
export type Effect =
  | { readonly type: "send"; readonly frame: Uint8Array }
  | { readonly type: "handle"; readonly request: IncomingRequest }
  /** The answer to the call of this id; null if it had no body that is known. */
  | { readonly type: "deliver"; readonly id: bigint; readonly body: Body | null }
  /** A message to log and ignore. */
  | { readonly type: "stray"; readonly what: StrayMessage }
  /** What was received is beyond repair: close the connection. Always the last effect. */
  | { readonly type: "fail"; readonly error: Error };

export interface StrayMessage {
  readonly problem: "unknown response" | "malformed message";
  readonly id: bigint;
}

export class Connection {
  readonly #limits: ConnectionLimits;
  /** Items of messages that are no answer. */
  readonly #otherItems: number;
  readonly #reader: FrameReader;
  readonly #calls = new Set<bigint>();
  readonly #held: { readonly request: IncomingRequest; readonly until: number }[] = [];
  #state: ConnectionState;
  #nextId = 0n;
  #openRequests = 0;
  #openBytes = 0;
  /** How many answers to nothing are still tolerated. */
  #straysLeft: number;
  /** How many small messages may still be read in this turn. */
  #turnLeft: number;

  constructor(role: ConnectionRole, limits: Partial<ConnectionLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#otherItems = role === "host" ? Math.min(this.#limits.items, this.#limits.requestItems) : this.#limits.items;
    this.#reader = new FrameReader(this.#limits.receiveBytes);
    this.#state = role === "host" ? "initializing" : "ready";
    this.#straysLeft = this.#limits.strays;
    this.#turnLeft = this.#limits.messagesPerTurn;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** True while no further message is read because too many requests are open. */
  get isSaturated(): boolean {
    return this.#openRequests >= this.#limits.openRequests || this.#openBytes >= this.#limits.openRequestBytes;
  }

  /** True if something was read since the turn began: then `nextTurn` is due after others had theirs. */
  get isTurnBegun(): boolean {
    return this.#turnLeft < this.#limits.messagesPerTurn;
  }

  /** True while no further message is read because it is the turn of others. */
  get isTurnOver(): boolean {
    return this.#turnLeft <= 0;
  }

  /** When `expire` has something to do, on the clock that `receive` is given. */
  get deadline(): number | undefined {
    return this.#held[0]?.until;
  }

  /** True if the stream may end here without having cut a message. */
  get isAtBoundary(): boolean {
    return this.#reader.isAtBoundary;
  }

  /**
   * Takes received bytes. Reads what they complete until the connection is saturated or the turn is
   * over; go on with `proceed` or `nextTurn`. It fails with DecodeError, ErrMessageTooLarge, ErrTooManyItems and ErrTooManyStrays.
   */
  receive(chunk: Uint8Array, nowMs: number): Effect[] {
    this.#reader.push(chunk);
    return this.proceed(nowMs);
  }

  /** Reads messages that were received while the connection was saturated. */
  proceed(nowMs: number): Effect[] {
    const effects: Effect[] = [];
    try {
      while (this.#state !== "closed" && !this.isSaturated && !this.isTurnOver) {
        const message = this.#reader.next();
        if (message === undefined) break;
        const effect = this.#read(message, nowMs);
        if (effect !== undefined) effects.push(effect);
      }
    } catch (e) {
      if (!(e instanceof WadiError)) throw e;
      effects.push({ type: "fail", error: e });
    }
    return effects;
  }

  /** Others had their turn: reads on. */
  nextTurn(nowMs: number): Effect[] {
    this.#turnLeft = this.#limits.messagesPerTurn;
    return this.proceed(nowMs);
  }

  #read(bytes: Uint8Array, nowMs: number): Effect | undefined {
    // An answer can only come while a call is open, so nothing else is decoded at length for nothing.
    const limit = this.#calls.size === 0 ? this.#otherItems : this.#limits.items;
    const items = countItems(bytes, limit);
    if (items > limit) throw new WadiError(ErrTooManyItems);
    const sizeBytes = bytes.length + items * ITEM_BYTES;
    this.#turnLeft -= 1 + Math.floor(sizeBytes / TURN_BYTES);
    const { id, messageType, body } = parseMessage(bytes);
    if (messageType === messageTypes.response && this.#calls.delete(id)) return { type: "deliver", id, body };
    if (items > this.#otherItems) throw new WadiError(ErrTooManyItems);
    switch (messageType) {
      case messageTypes.request:
        return this.#accept({ id, body, sizeBytes }, nowMs);
      case messageTypes.response:
        return this.#stray({ problem: "unknown response", id });
      default:
        return this.#stray({ problem: "malformed message", id });
    }
  }

  #accept(request: IncomingRequest, nowMs: number): Effect | undefined {
    this.#openRequests++;
    this.#openBytes += request.sizeBytes;
    if (this.#state === "ready") return { type: "handle", request };
    this.#held.push({ request, until: nowMs + this.#limits.holdMs });
    return undefined;
  }

  #stray(what: StrayMessage): Effect {
    if (--this.#straysLeft < 0) throw new WadiError(ErrTooManyStrays);
    return { type: "stray", what };
  }

  /**
   * Begins a call. Before the connection is ready only RuntimeInfoRequest is allowed (ErrNotReady).
   * Throws ErrConnectionClosed, ErrMessageTooLarge and EncodeError; then nothing was begun.
   */
  call(body: Body<RequestType>): { readonly id: bigint; readonly frame: Uint8Array } {
    if (this.#state === "closed") throw new WadiError(ErrConnectionClosed);
    if (this.#state !== "ready" && body.type !== "RuntimeInfoRequest") throw new WadiError(ErrNotReady);
    const id = this.#nextId;
    const bytes = this.#frame(id, messageTypes.request, body);
    this.#nextId++;
    this.#calls.add(id);
    return { id, frame: bytes };
  }

  /** Gives a call up; its answer will be ignored. */
  forget(id: bigint): void {
    if (this.#calls.delete(id)) this.#straysLeft++;
  }

  /** Answers a request, which ends it. Throws ErrMessageTooLarge and EncodeError; then it is still open. */
  respond(request: IncomingRequest, body: Body | EncodedBody): Uint8Array {
    const bytes = this.#frame(request.id, messageTypes.response, body);
    this.#openRequests--;
    this.#openBytes -= request.sizeBytes;
    return bytes;
  }

  #frame(id: bigint, messageType: number, body: Body | EncodedBody): Uint8Array {
    return frame(encodeMessage({ id, messageType, body }), this.#limits.sendBytes);
  }

  /** The host has initialized the connection: what was held is handled. */
  ready(): Effect[] {
    assert(this.#state === "initializing", `connection is ${this.#state}`);
    this.#state = "ready";
    return this.#held.splice(0).map(({ request }) => ({ type: "handle", request }));
  }

  /** Refuses what was held for too long. */
  expire(nowMs: number): Effect[] {
    const effects: Effect[] = [];
    while ((this.deadline ?? Infinity) <= nowMs) {
      const { request } = this.#held.shift() as { readonly request: IncomingRequest };
      const value = { module: ErrNotReady.module, code: ErrNotReady.code, message: ErrNotReady.text };
      effects.push({ type: "send", frame: this.respond(request, { type: "Error", value }) });
    }
    return effects;
  }

  /** Ends the connection. Returns the calls that will have no answer. */
  close(): bigint[] {
    this.#state = "closed";
    this.#held.length = 0;
    const calls = [...this.#calls];
    this.#calls.clear();
    return calls;
  }
}

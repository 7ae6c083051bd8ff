// One call on the server's side of an HTTP/2 stream: a request of one message, then an answer of any
// number of messages and a status (gRPC over HTTP/2).
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { status } from "@grpc/grpc-js";

import type { Crowd } from "./crowd.ts";
import { OK, answerTypeOf, timeoutMsOf, trailersOf, type CallStatus, type Refusal } from "./grpc-headers.ts";
import { MAX_MESSAGE_BYTES, MessageAssembler, MessageTooLong, PREFIX_BYTES, framed, prefixOf } from "./messages.ts";

/** What a handler knows of a call besides its request. */
export interface CallContext {
  /** Aborted when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
}

/** Beyond that a stream waits for its reader. */
const MAX_UNREAD_BYTES = 65_536;
/** Longer answers are not copied behind their prefix. */
const MAX_COPIED_BYTES = 16_384;
/** Longer times run out after the process. */
const MAX_TIMER_MS = 2_147_483_647;

/** One for all: making one takes longer than all else when a crowd of callers goes away. */
const CALLER_GONE = new DOMException("the caller went away", "AbortError");

export class ServerCall implements CallContext {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #crowd: Crowd;
  #deadline: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #isOver = false;
  #isAborted = false;
  #trailers: OutgoingHttpHeaders = {};
  #unreadBytes = 0;
  #whenRoom: (() => void) | undefined;

  /** `crowd`: whose turns those take whose callers go away. */
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, crowd: Crowd) {
    this.#stream = stream;
    this.#headers = headers;
    this.#crowd = crowd;
    // "close" follows.
    stream.on("error", () => undefined);
    stream.once("close", () => this.#leave());
    const timeoutMs = timeoutMsOf(headers) ?? Infinity;
    if (timeoutMs <= MAX_TIMER_MS) this.#deadline = setTimeout(() => this.#expire(), timeoutMs);
  }

  /** Whether nothing can be sent any more: the status was, or the caller went away. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(CALLER_GONE);
    }
    return this.#controller.signal;
  }

  /** Calls `begin` with the request's payload when all of it is there; ends the call if it is malformed. */
  receive(kind: "unary" | "stream", begin: (payload: Buffer) => void): void {
    const assembler = new MessageAssembler(MAX_MESSAGE_BYTES);
    let message: Buffer | undefined;
    this.#stream.on("data", (piece: Buffer) => {
      if (this.#isOver) return;
      try {
        for (const next of assembler.write(piece)) {
          if (message === undefined) message = next;
          else this.#refuse("cardinality violation: received multiple request messages for non-client-streaming RPC");
        }
      } catch (e) {
        if (!(e instanceof MessageTooLong)) throw e;
        this.end({ code: status.RESOURCE_EXHAUSTED, message: e.message });
      }
    });
    this.#stream.once("end", () => {
      if (this.#isOver) return;
      if (assembler.isWithin) this.#refuse("unexpected EOF");
      else if (message === undefined) this.end(NO_MESSAGE[kind]);
      else if (message[0] !== 0) this.#refuse("grpc: compressed flag set with identity or empty encoding");
      else begin(message.subarray(PREFIX_BYTES));
    });
  }

  /** Answers with one message and ends the call well. */
  answer(payload: Uint8Array): void {
    if (!this.#canSend()) return;
    this.#respond();
    this.#trailers = trailersOf(OK);
    this.#finish();
    if (payload.length <= MAX_COPIED_BYTES) {
      this.#stream.end(framed(payload));
    } else {
      this.#stream.write(prefixOf(payload.length));
      this.#stream.end(payload);
    }
  }

  /** Sends a message with its prefix. Resolves when there is room for another one, or the call is over. */
  async write(message: Buffer): Promise<void> {
    if (!this.#canSend()) return;
    if (!this.#stream.headersSent) this.#respond();
    const { length } = message;
    this.#unreadBytes += length;
    this.#stream.write(message, () => {
      this.#unreadBytes -= length;
      if (this.#unreadBytes <= MAX_UNREAD_BYTES) this.#whenRoom?.();
    });
    if (this.#unreadBytes > MAX_UNREAD_BYTES) await new Promise<void>((resolve) => (this.#whenRoom = resolve));
  }

  /** Ends the call with a status. Without a message before, it comes in the only headers. */
  end(callStatus: CallStatus | Refusal): void {
    if (!this.#canSend()) return;
    this.#finish();
    this.#trailers = trailersOf(callStatus);
    if (this.#stream.headersSent) {
      this.#stream.end();
      return;
    }
    const httpStatus = "httpStatus" in callStatus ? callStatus.httpStatus : 200;
    const headers = { ":status": httpStatus, "content-type": answerTypeOf(this.#headers), ...this.#trailers };
    this.#stream.respond(headers, { endStream: true });
    // The rest of the request is not wanted.
    if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  #refuse(message: string): void {
    this.end({ code: status.INTERNAL, message });
  }

  /** A stream can be gone before it says so. */
  #canSend(): boolean {
    return !this.#isOver && !this.#stream.destroyed && !this.#stream.closed;
  }

  #respond(): void {
    const headers = { ":status": 200, "content-type": answerTypeOf(this.#headers) };
    this.#stream.respond(headers, { waitForTrailers: true });
    this.#stream.once("wantTrailers", () => this.#stream.sendTrailers(this.#trailers));
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#whenRoom?.();
  }

  #expire(): void {
    if (this.#isOver) return;
    this.end({ code: status.DEADLINE_EXCEEDED, message: "context deadline exceeded" });
    this.#abort();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#crowd.enter(() => this.#abort());
  }

  #abort(): void {
    this.#isAborted = true;
    this.#controller?.abort(CALLER_GONE);
  }
}

/** What calls end with whose callers send nothing. */
const NO_MESSAGE: Readonly<Record<"unary" | "stream", CallStatus>> = {
  unary: { code: status.UNKNOWN, message: "EOF" },
  stream: {
    code: status.INTERNAL,
    message: "cardinality violation: received no request message from non-client-streaming RPC",
  },
};

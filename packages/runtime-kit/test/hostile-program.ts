// A runtime that serves its host well until a query tells it how to misbehave; the process stays that way
// until it ends. Between the kit's connection and its socket, so that it can do what the kit never would.
import { connect, type Socket } from "node:net";
import {
  FrameReader,
  encodeMessage,
  frame,
  messageTypes,
  parseMessage,
  type Body,
  type ByteStream,
  type ExecuteTxBatchResponse,
} from "@wadi/runtime-protocol";
import type { Hash } from "@wadi/types";

import { embeddedScripts } from "../src/process/main.ts";
import { serveHost } from "../src/process/serve.ts";

/** Queries whose method begins so say how to misbehave. */
const COMMAND = "misbehave/";
const FLOOD_REQUESTS = 2_000;
const WRONG_HASH = "ab".repeat(32) as Hash;

interface Message {
  readonly id: bigint;
  readonly messageType: number;
  readonly body: Body | null;
}

/** What it does when it is asked for a batch, instead of an answer. */
const deeds: Readonly<Record<string, (stream: HostileStream) => void>> = {
  garbage: ({ socket }) => socket.write(frame(Buffer.alloc(64, 0xff))),
  "deep-nesting": ({ socket }) => socket.write(frame(Buffer.alloc(100_000, 0x81))),
  "many-items": ({ socket }) =>
    socket.write(frame(Buffer.concat([Buffer.from("9a001e8480", "hex"), Buffer.alloc(2_000_000)]))),
  "huge-length": ({ socket }) => socket.write(Buffer.from("ffffffff", "hex")),
  "cut-frame": ({ socket }) => socket.write(Buffer.from("000fffff00", "hex")),
  "answers-to-nothing": (stream) => {
    for (let i = 0n; i < 1000n; i++) stream.send(1_000_000n + i, messageTypes.response, { type: "Empty", value: {} });
  },
  "hang-up": ({ socket }) => socket.destroy(),
  exit: () => process.exit(7),
  silence: () => undefined,
  /** Asks for as much as it is allowed to have open, for ever, and reads the answers. */
  flood: (stream) => {
    for (let i = 0; i < FLOOD_REQUESTS; i++) stream.ask();
    stream.answered = () => stream.ask();
  },
  /** Asks without ever reading an answer. */
  deaf: (stream) => {
    stream.socket.pause();
    for (let i = 0; i < FLOOD_REQUESTS; i++) stream.ask();
  },
  print: () => {
    const line = `${"x".repeat(500)}\n`.repeat(1000);
    const print = (): void => void process.stdout.write(line, print);
    print();
  },
};

type Header = ExecuteTxBatchResponse["batch"]["header"];

function withHeader(response: ExecuteTxBatchResponse, changes: Partial<Header>): ExecuteTxBatchResponse {
  const { batch } = response;
  return { ...response, batch: { ...batch, header: { ...batch.header, ...changes } } };
}

/** How it changes the answers that the kit gives. */
const changes: Readonly<Record<string, (response: ExecuteTxBatchResponse) => ExecuteTxBatchResponse>> = {
  "wrong-state-root": (response) => withHeader(response, { stateRoot: WRONG_HASH }),
  "wrong-io-root": (response) => withHeader(response, { ioRoot: WRONG_HASH }),
  "wrong-round": (response) => withHeader(response, { round: response.batch.header.round + 7n }),
  "no-roots": (response) => withHeader(response, { ioRoot: null, stateRoot: null }),
  "wrong-hashes": (response) => ({ ...response, txHashes: [WRONG_HASH, WRONG_HASH] }),
};

class HostileStream implements ByteStream {
  readonly socket: Socket;
  readonly #reader = new FrameReader();
  #mode = "";
  #asked = 1_000_000_000n;
  #listener: (chunk: Uint8Array) => void = () => undefined;
  /** Called for each answer to what `ask` has asked. */
  answered: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.#reader.push(chunk);
      for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next())
        this.#receive(message);
    });
  }

  send(id: bigint, messageType: number, body: Body): void {
    this.socket.write(frame(encodeMessage({ id, messageType, body })));
  }

  /** Asks the host for something that it has to look up and encode. */
  ask(): void {
    const body: Body = { type: "HostFetchConsensusBlockRequest", value: { height: 0n } };
    this.send(this.#asked++, messageTypes.request, body);
  }

  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
    return this.socket.write(this.#changed(bytes), done);
  }

  on(event: "data" | "end" | "close" | "error", listener: (argument: never) => void): unknown {
    if (event === "data") this.#listener = listener as (chunk: Uint8Array) => void;
    // One that is closed by this side goes on living.
    else if (event === "end") this.socket.on("end", listener as () => void);
    return this;
  }

  pause(): unknown {
    return this.socket.pause();
  }

  resume(): unknown {
    return this.socket.resume();
  }

  destroy(): unknown {
    return this.socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    const message = parseMessage(bytes) as Message;
    const { body, id, messageType } = message;
    if (messageType === messageTypes.response && id >= 1_000_000_000n) {
      this.answered();
      return;
    }
    if (body?.type === "RuntimeQueryRequest" && body.value.method.startsWith(COMMAND)) {
      this.#mode = body.value.method.slice(COMMAND.length);
      const value = { data: new Uint8Array(0) };
      this.send(id, messageTypes.response, { type: "RuntimeQueryResponse", value });
      return;
    }
    const deed = body?.type === "RuntimeExecuteTxBatchRequest" ? deeds[this.#mode] : undefined;
    if (deed !== undefined) deed(this);
    else this.#listener(frame(Buffer.from(bytes)));
  }

  /** What is written is one message at a time. */
  #changed(bytes: Uint8Array): Uint8Array {
    if (this.#mode === "") return bytes;
    const { body, id, messageType } = parseMessage(bytes.subarray(4)) as Message;
    const other = body === null ? undefined : this.#changedBody(body);
    return other === undefined ? bytes : frame(encodeMessage({ id, messageType, body: other }));
  }

  #changedBody(body: Body): Body | undefined {
    if (this.#mode === "wrong-kind" && body.type === "RuntimeExecuteTxBatchResponse") {
      return { type: "RuntimeConsensusSyncResponse", value: {} };
    }
    if (this.#mode === "no-results" && body.type === "RuntimeCheckTxBatchResponse") {
      return { type: "RuntimeCheckTxBatchResponse", value: { results: [] } };
    }
    const change = changes[this.#mode];
    if (change === undefined || body.type !== "RuntimeExecuteTxBatchResponse") return undefined;
    return { type: body.type, value: change(body.value) };
  }
}

export async function main(): Promise<never> {
  // A process whose connection is gone is ended by its host.
  setInterval(() => undefined, 1000);
  await serveHost(() => new HostileStream(connect(process.env["OASIS_WORKER_HOST"] ?? "")), embeddedScripts());
  return await new Promise<never>(() => undefined);
}

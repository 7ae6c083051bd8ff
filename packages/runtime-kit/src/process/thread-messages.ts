// Between the main thread, which has the connection, and a thread that runs batches. Bodies cross
// as CBOR: one buffer that changes hands instead of a copy of every byte string.
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { BodySchema, type Body } from "@wadi/runtime-protocol";
import type { Version } from "@wadi/types";
import { must } from "@wadi/util";
import type { MessagePort } from "node:worker_threads";
import type { HostInfo } from "../batch/services.ts";
import type { LogRecord } from "./log.ts";

/** What a batch thread is started with. */
export interface ThreadData {
  /** The runtime's code, see `GuestModule`. */
  readonly runtimeSource: string;
  /** Answers of the host. */
  readonly answers: MessagePort;
  /** One 32-bit number: set to 1 and notified when an answer is there. */
  readonly wake: SharedArrayBuffer;
}

export interface RuntimeDescription {
  readonly version: Version;
  readonly maxBatchSize: number;
}

export interface ThreadRequest {
  readonly type: "request";
  readonly info: HostInfo;
  readonly request: Uint8Array;
}

/** Nodes of the state that another thread has made (`HostNodes.takeShared`). */
export interface SharedNodes {
  readonly type: "nodes";
  readonly nodes: Uint8Array<ArrayBuffer>;
}

export type ThreadReport =
  | { readonly type: "started"; readonly description: RuntimeDescription }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "log"; readonly record: LogRecord }
  | { readonly type: "ask"; readonly request: Uint8Array }
  | { readonly type: "answer"; readonly answer: Uint8Array }
  | SharedNodes;

/** A body in a buffer of its own. */
export function packBody(body: Body): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeCbor(BodySchema, body));
}

export function unpackBody(bytes: Uint8Array): Body {
  return must(decodeCbor(BodySchema, bytes, "rpc"));
}

// What a runtime is made of: a format of transactions, typed methods and queries, and what happens
// around the transactions of a block. The values are built with `defineRuntime`, `method` and
// `query`; running them is in `batch/`.
import type { Schema } from "@wadi/codec";
import type { CheckTxMetadata } from "@wadi/runtime-protocol";
import type { Address, roothash, Version } from "@wadi/types";
import type { BlockContext, CallContext, QueryContext } from "./context.ts";
import type { CallError } from "./errors.ts";

/** A call as a transaction names it. `args` is one CBOR item; empty stands for null. */
export interface NamedCall {
  readonly method: string;
  readonly args: Uint8Array;
}

/** What became of a call: the CBOR of its result, or why it failed. */
export type Outcome =
  | { readonly ok: true; readonly result: Uint8Array }
  | { readonly ok: false; readonly error: CallError };

/** How transactions are written, who may send them, and how outcomes are told. */
export interface TransactionFormat<Tx> {
  /** Reads an input. A CallError refuses the transaction, a BatchError the batch that has it. */
  decode(input: Uint8Array): Tx;
  call(tx: Tx): NamedCall;
  /** Who sends it, for `context.caller`; believed as soon as `authenticate` has returned. */
  caller?(tx: Tx): Address;
  /**
   * Decides whether the sender may do this now and accounts for it (nonce, fee). Its changes stay
   * even if the call fails. Also run by checks, whose changes are dropped: see `context.isCheck`.
   * A NotYetError lets a check succeed, and a scheduler leave the transaction in the pool.
   */
  authenticate(context: CallContext, tx: Tx): void;
  /** What the pool of transactions wants to know, before `authenticate`. */
  metadata?(context: CallContext, tx: Tx): Partial<CheckTxMetadata>;
  /** The output of a transaction. */
  encode(outcome: Outcome): Uint8Array;
}

/** A method with its types joined to one function over bytes. */
export interface Method {
  /** Runs the call or, in checks, only what can be said in advance. */
  run(context: CallContext, args: Uint8Array): Uint8Array;
}

export interface MethodParts<Args, Result> {
  readonly args: Schema<Args>;
  readonly result: Schema<Result>;
  /** Refuses arguments without changing anything, in checks as well as before the call. */
  validate?(context: CallContext, args: Args): void;
  /** Must be synchronous. Not run by checks. */
  call(context: CallContext, args: Args): Result;
}

export interface Query {
  run(context: QueryContext, args: Uint8Array): Uint8Array;
}

export interface QueryParts<Args, Result> {
  readonly args: Schema<Args>;
  readonly result: Schema<Result>;
  /** Must be synchronous. Changes to the state are dropped. */
  call(context: QueryContext, args: Args): Result;
}

/** A transaction that may go into the batch. */
export interface Candidate<Tx> {
  readonly input: Uint8Array;
  readonly tx: Tx;
}

export interface ScheduleOptions<Tx> {
  /** Transactions of a batch, at most; also how many the host offers at first. Default 100. */
  readonly maxBatchSize?: number;
  /** The order in which the offered transactions are tried; default: as offered. */
  order?(candidates: readonly Candidate<Tx>[]): readonly Candidate<Tx>[];
  /** Asks the host for more when the batch is not full. Default true. */
  readonly fetchMore?: boolean;
}

/** Messages from the consensus layer, which a block takes from the front of the queue. */
export interface IncomingMessages {
  readonly queue: readonly roothash.IncomingMessage[];
  /** Runs `input` as a transaction without an entry in the block; undefined if it cannot be read. */
  run(input: Uint8Array): Outcome | undefined;
}

export interface RuntimeDefinition<Tx = unknown> {
  readonly version: Version;
  readonly transactions: TransactionFormat<Tx>;
  readonly methods: Readonly<Record<string, Method>>;
  readonly queries?: Readonly<Record<string, Query>>;
  readonly schedule?: ScheduleOptions<Tx>;
  /** Before everything else in a block; `context.messageResults` is there. */
  beginBlock?(context: BlockContext): void;
  /** Handles a prefix of the queue and returns its length. Default: none. */
  incomingMessages?(context: BlockContext, messages: IncomingMessages): number;
  /** After all transactions of a block. */
  endBlock?(context: BlockContext): void;
  /** The error of a method that does not exist, by default one of the kit. */
  unknownMethod?(name: string): CallError;
}

// Transactions: checks, batches and queries (go/runtime/host/protocol/types.go).
import { bytes, enumeration, list, named, nullable, optional, struct, text, u32, u64, type TypeOf } from "@wadi/codec";
import { WriteLogEntries } from "@wadi/mkvs";
import { consensus, EpochTime, Hash, RawSignature, roothash } from "@wadi/types";
import { ErrorBody } from "./common.ts";

/** Input, context of the latest block, and how many messages the batch may emit. */
export const CheckTxBatchRequest = struct("protocol.RuntimeCheckTxBatchRequest", {
  consensusBlock: consensus.LightBlock,
  inputs: list(bytes),
  block: roothash.Block,
  epoch: EpochTime,
  maxMessages: u32,
});
export type CheckTxBatchRequest = TypeOf<typeof CheckTxBatchRequest>;

export const CheckTxMetadata = struct("protocol.CheckTxMetadata", {
  priority: optional(u64),
  sender: optional(bytes),
  senderSeq: optional(u64),
  senderStateSeq: optional(u64),
});
export type CheckTxMetadata = TypeOf<typeof CheckTxMetadata>;

/** Error code 0 means that the transaction is valid. */
export const CheckTxResult = struct("protocol.CheckTxResult", {
  error: ErrorBody,
  meta: optional(nullable(CheckTxMetadata)),
});
export type CheckTxResult = TypeOf<typeof CheckTxResult>;

/** One result per input. */
export const CheckTxBatchResponse = struct("protocol.RuntimeCheckTxBatchResponse", { results: list(CheckTxResult) });
export type CheckTxBatchResponse = TypeOf<typeof CheckTxBatchResponse>;

/** A u8; see `executionModes`. */
export const ExecutionMode = enumeration("protocol.ExecutionMode", "u8", undefined);
export type ExecutionMode = number;

/** `schedule` lets the runtime choose, drop and fetch transactions. */
export const executionModes = { execute: 0, schedule: 1 } as const;

export const ExecuteTxBatchRequest = struct("protocol.RuntimeExecuteTxBatchRequest", {
  mode: optional(ExecutionMode),
  consensusBlock: consensus.LightBlock,
  /** Results of the last successful round's messages. */
  roundResults: nullable(roothash.RoundResults),
  /** Root of the inputs' tree; zeros in schedule mode. */
  ioRoot: Hash,
  inputs: list(bytes),
  inMessages: named("in_msgs", optional(list(roothash.IncomingMessage))),
  /** The block on which the batch builds. */
  block: roothash.Block,
  epoch: EpochTime,
  maxMessages: u32,
});
export type ExecuteTxBatchRequest = TypeOf<typeof ExecuteTxBatchRequest>;

/** What a batch computed; `rakSig` is over the CBOR of `header`. */
export const ComputedBatch = struct("protocol.ComputedBatch", {
  header: roothash.ComputeResultsHeader,
  ioWriteLog: WriteLogEntries,
  stateWriteLog: WriteLogEntries,
  rakSig: RawSignature,
  messages: list(roothash.Message),
});
export type ComputedBatch = TypeOf<typeof ComputedBatch>;

export const ExecuteTxBatchResponse = struct("protocol.RuntimeExecuteTxBatchResponse", {
  batch: ComputedBatch,
  txHashes: optional(list(Hash)),
  /** Transactions to drop from the pool. */
  txRejectHashes: optional(list(Hash)),
  txInputRoot: optional(Hash),
  txInputWriteLog: optional(WriteLogEntries),
});
export type ExecuteTxBatchResponse = TypeOf<typeof ExecuteTxBatchResponse>;

export const QueryRequest = struct("protocol.RuntimeQueryRequest", {
  consensusBlock: consensus.LightBlock,
  header: roothash.Header,
  epoch: EpochTime,
  maxMessages: u32,
  method: text,
  args: optional(bytes),
});
export type QueryRequest = TypeOf<typeof QueryRequest>;

export const QueryResponse = struct("protocol.RuntimeQueryResponse", { data: optional(bytes) });
export type QueryResponse = TypeOf<typeof QueryResponse>;

// Messages of the runtime client. Reference: go/runtime/client/api/api.go.
import { bytes, list, nullable, optional, struct, text, u32, u64, type TypeOf } from "@wadi/codec";
import { Hash, Namespace } from "@wadi/types";

import { ComponentIdText } from "./component.ts";

/** The latest round. */
export const ROUND_LATEST = 0xffff_ffff_ffff_ffffn;

export const SubmitTxRequest = struct("runtime/client.SubmitTxRequest", { runtimeId: Namespace, data: bytes });
export type SubmitTxRequest = TypeOf<typeof SubmitTxRequest>;

export const CheckTxError = struct("runtime/client.CheckTxError", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});

export const SubmitTxMetaResponse = struct("runtime/client.SubmitTxMetaResponse", {
  data: optional(nullable(bytes)),
  round: optional(u64),
  batchOrder: optional(u32),
  checkTxError: optional(nullable(CheckTxError)),
});
export type SubmitTxMetaResponse = TypeOf<typeof SubmitTxMetaResponse>;

export const RoundRequest = struct("runtime/client.GetBlockRequest", { runtimeId: Namespace, round: u64 });
export type RoundRequest = TypeOf<typeof RoundRequest>;

export const PlainEvent = struct("runtime/client.PlainEvent", { key: bytes, value: bytes });

export const TransactionWithResults = struct("runtime/client.TransactionWithResults", {
  tx: bytes,
  result: nullable(bytes),
  events: optional(nullable(list(nullable(PlainEvent)))),
});
export type TransactionWithResults = TypeOf<typeof TransactionWithResults>;

export const RuntimeEvent = struct("runtime/client.Event", { key: bytes, value: bytes, txHash: Hash });
export type RuntimeEvent = TypeOf<typeof RuntimeEvent>;

export const QueryRequest = struct("runtime/client.QueryRequest", {
  runtimeId: Namespace,
  component: optional(nullable(ComponentIdText)),
  round: u64,
  method: text,
  args: nullable(bytes),
});
export type QueryRequest = TypeOf<typeof QueryRequest>;

export const QueryResponse = struct("runtime/client.QueryResponse", { data: nullable(bytes) });
export type QueryResponse = TypeOf<typeof QueryResponse>;

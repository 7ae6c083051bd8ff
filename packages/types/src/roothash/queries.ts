// Query arguments of the roothash service. Reference: go/roothash/api/api.go.
import { i64Number, optional, struct, u32, u64, type TypeOf } from "@wadi/codec";

import { Namespace } from "../scalars/namespace.ts";

export const RuntimeRequest = struct("roothash.RuntimeRequest", {
  runtimeId: Namespace,
  height: i64Number,
});
export type RuntimeRequest = TypeOf<typeof RuntimeRequest>;

export const RoundRootsRequest = struct("roothash.RoundRootsRequest", {
  runtimeId: Namespace,
  height: i64Number,
  round: u64,
});
export type RoundRootsRequest = TypeOf<typeof RoundRootsRequest>;

export const InMessageQueueRequest = struct("roothash.InMessageQueueRequest", {
  runtimeId: Namespace,
  height: i64Number,
  offset: optional(u64),
  limit: optional(u32),
});
export type InMessageQueueRequest = TypeOf<typeof InMessageQueueRequest>;

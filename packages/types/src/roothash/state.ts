// State of a runtime in consensus. Reference: go/roothash/api/api.go, results.go, liveness.go.
import {
  arrayStruct,
  bool,
  i64,
  i64Number,
  list,
  named,
  nullable,
  optional,
  raw,
  struct,
  text,
  u32,
  u64,
  type TypeOf,
} from "@wadi/codec";

import { present } from "../present.ts";
import { Runtime } from "../registry/runtime.ts";
import { Hash } from "../scalars/hash.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Committee } from "../scheduler/committee.ts";
import { Block } from "./block.ts";
import { Pool } from "./commitment.ts";

/** Outcome of one runtime message; success has neither module nor code. */
export const MessageEvent = struct("roothash.MessageEvent", {
  module: optional(text),
  code: optional(u32),
  index: optional(u32),
  result: optional(raw),
});
export type MessageEvent = TypeOf<typeof MessageEvent>;

export const RoundResults = struct("roothash.RoundResults", {
  messages: optional(list(present(MessageEvent))),
  goodComputeEntities: optional(list(PublicKey)),
  badComputeEntities: optional(list(PublicKey)),
});
export type RoundResults = TypeOf<typeof RoundResults>;

/** An array on the wire, not a map. */
export const RoundRoots = arrayStruct("roothash.RoundRoots", {
  stateRoot: named("StateRoot", Hash),
  ioRoot: named("IORoot", Hash),
});
export type RoundRoots = TypeOf<typeof RoundRoots>;

export const LivenessStatistics = struct("roothash.LivenessStatistics", {
  totalRounds: u64,
  goodRounds: nullable(list(u64)),
  finalizedProposals: nullable(list(u64)),
  missedProposals: nullable(list(u64)),
});
export type LivenessStatistics = TypeOf<typeof LivenessStatistics>;

/** Everything consensus keeps about a runtime; also the answer of GetRuntimeState. */
export const RuntimeState = struct("roothash.RuntimeState", {
  runtime: nullable(Runtime),
  suspended: optional(bool),
  genesisBlock: nullable(Block),
  lastBlock: nullable(Block),
  lastBlockHeight: i64Number,
  lastNormalRound: u64,
  lastNormalHeight: i64Number,
  committee: optional(nullable(Committee)),
  commitmentPool: optional(nullable(Pool)),
  /** Block height at which the round times out; round_timeout is unbounded, therefore bigint. */
  timeout: optional(i64),
  livenessStats: optional(nullable(LivenessStatistics)),
});
export type RuntimeState = TypeOf<typeof RuntimeState>;

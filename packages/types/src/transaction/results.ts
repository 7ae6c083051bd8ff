// Results of transactions. Reference: go/consensus/api/transaction/results/results.go.
import { list, nullable, optional, struct, text, u32, u64, type TypeOf } from "@wadi/codec";

import { Event as GovernanceEvent } from "../governance/events.ts";
import { present } from "../present.ts";
import { Event as RegistryEvent } from "../registry/events.ts";
import { Event as RoothashEvent } from "../roothash/events.ts";
import { Event as StakingEvent } from "../staking/events.ts";

/** All empty on success. */
export const ResultError = struct("results.ResultError", {
  module: optional(text),
  code: optional(u32),
  message: optional(text),
});
export type ResultError = TypeOf<typeof ResultError>;

/** Exactly one member is set; other modules have no event here. */
export const Event = struct("results.Event", {
  staking: optional(nullable(StakingEvent)),
  registry: optional(nullable(RegistryEvent)),
  roothash: optional(nullable(RoothashEvent)),
  governance: optional(nullable(GovernanceEvent)),
});
export type Event = TypeOf<typeof Event>;

/** One per transaction; `error` is always present. */
export const Result = struct("results.Result", {
  error: ResultError,
  events: nullable(list(present(Event))),
  gasUsed: optional(u64),
});
export type Result = TypeOf<typeof Result>;

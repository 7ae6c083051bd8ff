// What the registry keeps about a node beside its descriptor. Reference: go/registry/api/status.go.
import { bool, list, map, nullable, optional, struct, u8, type TypeOf } from "@wadi/codec";

import { Node } from "../node/node.ts";
import { present } from "../present.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Namespace } from "../scalars/namespace.ts";

/** Consecutive failures of a node in a runtime and the epoch its suspension ends. */
export const Fault = struct("registry.Fault", {
  failures: optional(u8),
  suspendedUntil: optional(EpochTime),
});
export type Fault = TypeOf<typeof Fault>;

export const NodeStatus = struct("registry.NodeStatus", {
  expirationProcessed: bool,
  /** 2^64-1: forever. */
  freezeEndTime: EpochTime,
  /** 2^64-1: never. */
  electionEligibleAfter: EpochTime,
  faults: optional(map(Namespace, present(Fault))),
});
export type NodeStatus = TypeOf<typeof NodeStatus>;

export const NodeList = struct("registry.NodeList", {
  nodes: nullable(list(present(Node))),
});
export type NodeList = TypeOf<typeof NodeList>;

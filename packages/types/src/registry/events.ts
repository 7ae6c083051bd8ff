// Events of the registry. Reference: go/registry/api/api.go.
import { bool, i64Number, nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { Entity } from "../entity/entity.ts";
import { Node } from "../node/node.ts";
import { Hash } from "../scalars/hash.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";
import { Runtime } from "./runtime.ts";

export const RuntimeStartedEvent = struct("registry.RuntimeStartedEvent", {
  runtime: nullable(Runtime),
});
export type RuntimeStartedEvent = TypeOf<typeof RuntimeStartedEvent>;

export const RuntimeSuspendedEvent = struct("registry.RuntimeSuspendedEvent", {
  runtimeId: Namespace,
});
export type RuntimeSuspendedEvent = TypeOf<typeof RuntimeSuspendedEvent>;

export const EntityEvent = struct("registry.EntityEvent", {
  entity: nullable(Entity),
  isRegistration: bool,
});
export type EntityEvent = TypeOf<typeof EntityEvent>;

export const NodeEvent = struct("registry.NodeEvent", {
  node: nullable(Node),
  isRegistration: bool,
});
export type NodeEvent = TypeOf<typeof NodeEvent>;

export const NodeUnfrozenEvent = struct("registry.NodeUnfrozenEvent", {
  nodeId: PublicKey,
});
export type NodeUnfrozenEvent = TypeOf<typeof NodeUnfrozenEvent>;

/** Marks the start of an epoch's node list; its attribute value is the text `1`. */
export const NodeListEpochEvent = struct("registry.NodeListEpochEvent", {});
export type NodeListEpochEvent = TypeOf<typeof NodeListEpochEvent>;

/** Exactly one of the members after `tx_hash` is set. */
export const Event = struct("registry.Event", {
  height: optional(i64Number),
  /** The empty hash (not zeros) for events of block processing. */
  txHash: optional(Hash),
  runtimeStarted: optional(nullable(RuntimeStartedEvent)),
  runtimeSuspended: optional(nullable(RuntimeSuspendedEvent)),
  entity: optional(nullable(EntityEvent)),
  node: optional(nullable(NodeEvent)),
  nodeUnfrozen: optional(nullable(NodeUnfrozenEvent)),
});
export type Event = TypeOf<typeof Event>;

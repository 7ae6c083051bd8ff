// Query arguments of the registry service. Reference: go/registry/api/api.go.
import { bool, bytes, i64Number, nullable, optional, struct, type TypeOf } from "@wadi/codec";

import { PublicKey } from "../scalars/keys.ts";
import { Namespace } from "../scalars/namespace.ts";

export const IDQuery = struct("registry.IDQuery", {
  height: i64Number,
  id: PublicKey,
});
export type IDQuery = TypeOf<typeof IDQuery>;

export const NamespaceQuery = struct("registry.NamespaceQuery", {
  height: i64Number,
  id: Namespace,
});
export type NamespaceQuery = TypeOf<typeof NamespaceQuery>;

export const GetRuntimeQuery = struct("registry.GetRuntimeQuery", {
  height: i64Number,
  id: Namespace,
  includeSuspended: optional(bool),
});
export type GetRuntimeQuery = TypeOf<typeof GetRuntimeQuery>;

export const GetRuntimesQuery = struct("registry.GetRuntimesQuery", {
  height: i64Number,
  includeSuspended: bool,
});
export type GetRuntimesQuery = TypeOf<typeof GetRuntimesQuery>;

export const ConsensusAddressQuery = struct("registry.ConsensusAddressQuery", {
  height: i64Number,
  address: nullable(bytes),
});
export type ConsensusAddressQuery = TypeOf<typeof ConsensusAddressQuery>;

// Query arguments of the staking service. Reference: go/staking/api/api.go.
import { i64Number, struct, type TypeOf } from "@wadi/codec";

import { Address } from "../scalars/address.ts";
import { ThresholdKind } from "./kinds.ts";

export const OwnerQuery = struct("staking.OwnerQuery", {
  height: i64Number,
  owner: Address,
});
export type OwnerQuery = TypeOf<typeof OwnerQuery>;

export const AllowanceQuery = struct("staking.AllowanceQuery", {
  height: i64Number,
  owner: Address,
  beneficiary: Address,
});
export type AllowanceQuery = TypeOf<typeof AllowanceQuery>;

export const ThresholdQuery = struct("staking.ThresholdQuery", {
  height: i64Number,
  kind: ThresholdKind,
});
export type ThresholdQuery = TypeOf<typeof ThresholdQuery>;

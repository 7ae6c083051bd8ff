// Reference: go/consensus/api/transaction/gas.go.
import { map, text, u64 } from "@wadi/codec";

/** Gas, u64. */
export const Gas = u64;
export type Gas = bigint;

/** Name of a gas operation, e.g. `transfer`. */
export const Op = text;
export type Op = string;

/** Gas operation to its cost; an operation that is not listed is free. */
export const Costs = map(Op, Gas);
export type Costs = ReadonlyMap<Op, Gas>;

// Reference: go/beacon/api/api.go.
import { u64 } from "@wadi/codec";

/** Epoch number. */
export const EpochTime = u64;
export type EpochTime = bigint;

/** "No epoch"; also "forever" and "never" in node status. */
export const EPOCH_INVALID: EpochTime = (1n << 64n) - 1n;

/** The largest valid epoch. */
export const EPOCH_MAX: EpochTime = EPOCH_INVALID - 1n;

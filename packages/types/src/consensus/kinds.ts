// Enumerations of the consensus service. Reference: go/consensus/api/api.go.
import { enumeration, u8 } from "@wadi/codec";

export const statusStates = { ready: 0, syncing: 1 } as const;

export const StatusState = enumeration("consensus.StatusState", "u8", { 0: "ready", 1: "syncing" });
export type StatusState = number;

/** Bits of `FeatureMask`. */
export const features = { services: 1, fullNode: 2, archiveNode: 4 } as const;

/** What the service offers, a u8 bit mask. */
export const FeatureMask = u8;
export type FeatureMask = number;

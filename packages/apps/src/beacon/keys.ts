// State keys of the beacon. Reference: go/consensus/cometbft/apps/beacon/state/state.go, state_vrf.go.
import type { Schema } from "@wadi/codec";
import { EpochTime, beacon } from "@wadi/types";

import { stateKey } from "../framework/state-key.ts";
import { cborValue, rawValue, type ValueFormat } from "../framework/state-value.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

export const keys = {
  /** The epoch and the block it began with. */
  epoch: stateKey(0x40, "current epoch", {}, strict(beacon.EpochTimeState)),
  /** The scheduled transition; there may be none only with mock time keeping. */
  futureEpoch: stateKey(0x41, "future epoch", {}, strict(beacon.EpochTimeState)),
  beacon: stateKey(0x42, "random beacon", {}, rawValue),
  parameters: stateKey(0x43, "beacon parameters", {}, strict(beacon.ConsensusParameters)),
  /** VRF with mock time keeping: the epoch that was asked for and waits for proofs. */
  pendingMockEpoch: stateKey(0x45, "pending mock epoch", {}, strict(EpochTime)),
  vrfState: stateKey(0x46, "VRF state", {}, strict(beacon.VRFState)),
} as const;

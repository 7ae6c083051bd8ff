// What others ask about the beacon at a height. Reference: go/consensus/cometbft/apps/beacon/query.go.
import { beacon, epoch, futureEpoch, parameters, vrfState } from "./state.ts";

/** Answers about one state. */
export const beaconQueries = {
  /** Refuses with (`beacon`, 2) before the first transition. */
  beacon,
  /** With the height it began at. */
  epoch,
  /** Undefined where no transition is scheduled. */
  futureEpoch,
  consensusParameters: parameters,
  vrfState,
} as const;

// Who signed how many blocks of an epoch. Reference: go/consensus/cometbft/apps/staking/state/state.go.
import { map, named, struct, u64, type TypeOf } from "@wadi/codec";
import { PublicKey } from "@wadi/types";

/** The reference gave the members no wire names, so that they are capitalized. */
export const EpochSigning = struct("staking.EpochSigning", {
  /** Blocks. */
  total: named("Total", u64),
  /** Votes of each entity; one with several validators is counted for each. */
  byEntity: named("ByEntity", map(PublicKey, u64)),
});
export type EpochSigning = TypeOf<typeof EpochSigning>;

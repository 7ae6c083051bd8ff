// Consensus section of the genesis document and consensus parameters. Reference: go/consensus/genesis/genesis.go.
import { bool, duration, list, nullable, optional, struct, text, u64, type TypeOf } from "@wadi/codec";

import { PublicKey } from "../scalars/keys.ts";
import { Costs } from "../transaction/gas.ts";
import { Version } from "../version/version.ts";

/** Consensus parameters; durations are nanoseconds. */
export const Parameters = struct("consensusGenesis.Parameters", {
  timeoutCommit: duration,
  skipTimeoutCommit: bool,
  emptyBlockInterval: duration,
  maxTxSize: u64,
  maxBlockSize: u64,
  maxBlockGas: u64,
  maxEvidenceSize: u64,
  minGasPrice: optional(u64),
  stateCheckpointInterval: u64,
  stateCheckpointNumKept: optional(u64),
  stateCheckpointChunkSize: optional(u64),
  gasCosts: optional(Costs),
  publicKeyBlacklist: optional(list(PublicKey)),
  featureVersion: optional(nullable(Version)),
});
export type Parameters = TypeOf<typeof Parameters>;

/** `backend` must be `tendermint` to run. */
export const Genesis = struct("consensusGenesis.Genesis", {
  backend: text,
  params: Parameters,
});
export type Genesis = TypeOf<typeof Genesis>;

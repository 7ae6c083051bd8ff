// Status of the consensus service. Reference: go/consensus/api/api.go.
import { bool, float64, i64Number, list, nullable, optional, struct, text, time, u64, type TypeOf } from "@wadi/codec";

import { ConsensusAddress } from "../node/address.ts";
import { Address } from "../scalars/address.ts";
import { EpochTime } from "../scalars/epoch.ts";
import { Hash } from "../scalars/hash.ts";
import { PublicKey } from "../scalars/keys.ts";
import { Root } from "../storage/root.ts";
import { Version } from "../version/version.ts";
import { FeatureMask, StatusState } from "./kinds.ts";

export const P2PStatus = struct("consensus.P2PStatus", {
  pubKey: PublicKey,
  peerId: text,
  addresses: nullable(list(ConsensusAddress)),
  peers: nullable(list(text)),
});
export type P2PStatus = TypeOf<typeof P2PStatus>;

/** Status of a node's consensus service. */
export const Status = struct("consensus.Status", {
  status: StatusState,
  version: Version,
  backend: text,
  features: FeatureMask,
  latestHeight: i64Number,
  latestHash: Hash,
  latestTime: time,
  latestEpoch: EpochTime,
  latestStateRoot: Root,
  latestBlockSize: optional(u64),
  genesisHeight: i64Number,
  genesisHash: Hash,
  lastRetainedHeight: i64Number,
  lastRetainedHash: Hash,
  chainContext: text,
  isValidator: bool,
  p2p: optional(nullable(P2PStatus)),
});
export type Status = TypeOf<typeof Status>;

export const Vote = struct("consensus.Vote", {
  nodeId: PublicKey,
  entityId: PublicKey,
  entityAddress: Address,
  votingPower: u64,
});
export type Vote = TypeOf<typeof Vote>;

export const Votes = struct("consensus.Votes", {
  votingPower: u64,
  /** The only float of the protocol. */
  ratio: float64,
  votes: nullable(list(Vote)),
});
export type Votes = TypeOf<typeof Votes>;

/** Debugging view of the round in progress. */
export const NextBlockState = struct("consensus.NextBlockState", {
  height: i64Number,
  numValidators: u64,
  votingPower: u64,
  prevotes: Votes,
  precommits: Votes,
});
export type NextBlockState = TypeOf<typeof NextBlockState>;

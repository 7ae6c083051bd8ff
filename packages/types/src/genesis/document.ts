// The genesis document. Reference: go/genesis/api/api.go.
import { bytes, i64, map, nullable, optional, struct, text, time, type TypeOf } from "@wadi/codec";

import { Genesis as BeaconGenesis } from "../beacon/beacon.ts";
import { Genesis as ConsensusGenesisGenesis } from "../consensus/genesis.ts";
import { Genesis as GovernanceGenesis } from "../governance/parameters.ts";
import { Genesis as KeymanagerGenesis } from "../keymanager/genesis.ts";
import { Genesis } from "../registry/genesis.ts";
import { Genesis as RoothashGenesis } from "../roothash/parameters.ts";
import { Genesis as SchedulerGenesis } from "../scheduler/parameters.ts";
import { Genesis as StakingGenesis } from "../staking/genesis.ts";
import { Genesis as VaultGenesis } from "../vault/parameters.ts";

/** The genesis document. */
export const Document = struct("genesis.Document", {
  /** Initial block height; bigint because a document may state any. */
  height: i64,
  genesisTime: time,
  /** Free text. CometBFT's chain ID is derived from the chain context instead. */
  chainId: text,
  registry: Genesis,
  roothash: RoothashGenesis,
  staking: StakingGenesis,
  keymanager: KeymanagerGenesis,
  scheduler: SchedulerGenesis,
  beacon: BeaconGenesis,
  governance: GovernanceGenesis,
  vault: optional(nullable(VaultGenesis)),
  consensus: ConsensusGenesisGenesis,
  /** Ignored by the protocol but hashed; null and empty differ. */
  extraData: nullable(map(text, nullable(bytes))),
});
export type Document = TypeOf<typeof Document>;

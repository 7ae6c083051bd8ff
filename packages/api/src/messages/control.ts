// What `control status` shows, and what else the node's controller takes and gives.
// Reference: go/control/api/api.go, go/worker/{common,compute/executor,storage}/api, go/p2p/api.
import {
  bool,
  enumeration,
  i64Number,
  list,
  map,
  nullable,
  optional,
  struct,
  text,
  time,
  u16,
  u64,
  type TypeOf,
} from "@wadi/codec";
import {
  Hash,
  Namespace,
  PublicKey,
  Version,
  consensus,
  node,
  registry,
  roothash,
  scheduler,
  storage,
  upgrade,
} from "@wadi/types";

import { ComponentStatus } from "./component.ts";
import { PeerId } from "./peer-id.ts";

export const DebugStatus = struct("control.DebugStatus", { enabled: bool, allowRoot: bool });
export type DebugStatus = TypeOf<typeof DebugStatus>;

export const IdentityStatus = struct("control.IdentityStatus", {
  node: PublicKey,
  consensus: PublicKey,
  tls: PublicKey,
});
export type IdentityStatus = TypeOf<typeof IdentityStatus>;

export const LightClientStatus = struct("consensus.LightClientStatus", {
  latestHeight: i64Number,
  latestHash: Hash,
  latestTime: time,
  oldestHeight: i64Number,
  oldestHash: Hash,
  oldestTime: time,
  peerIds: nullable(list(text)),
});
export type LightClientStatus = TypeOf<typeof LightClientStatus>;

/** The first state that applies, in the order of the reference's checks; see `committeeStates`. */
export const committeeStates = {
  ready: 0,
  waitingConsensusSync: 1,
  waitingRuntimeRegistry: 2,
  waitingKeymanager: 3,
  waitingHostedRuntime: 4,
  waitingHistoryReindex: 5,
  waitingWorkersInit: 6,
  runtimeSuspended: 7,
} as const;
export const CommitteeState = enumeration("worker/common.StatusState", "u8", {
  0: "ready",
  1: "waiting for consensus sync",
  2: "waiting for runtime registry descriptor",
  3: "waiting for available keymanager",
  4: "waiting for hosted runtime provision",
  5: "waiting for history reindex",
  6: "waiting for workers to initialize",
  7: "runtime suspended",
});

export const executorStates = { ready: 0, waitingRuntime: 1, waitingTrustSync: 2 } as const;
export const ExecutorState = enumeration("worker/compute/executor.StatusState", "u8", {
  0: "ready",
  1: "waiting for runtime readiness",
  2: "waiting for trust sync",
});

export const LivenessStatus = struct("worker/common.LivenessStatus", {
  totalRounds: u64,
  liveRounds: u64,
  finalizedProposals: u64,
  missedProposals: u64,
});

/** Beyond the reference: a call that the runtime has not answered for a while. */
export const CallStatus = struct("worker/common.CallStatus", {
  call: text,
  since: time,
  seconds: u64,
  /** After which it is given up. */
  limitSeconds: optional(u64),
});

/** Beyond the reference: what is wrong, and since when. */
export const FaultStatus = struct("worker/common.FaultStatus", { fault: text, since: time, times: u64 });

export const HostStatus = struct("worker/common.HostStatus", {
  versions: nullable(list(Version)),
  calls: optional(list(CallStatus)),
  faults: optional(list(FaultStatus)),
});
export type HostStatus = TypeOf<typeof HostStatus>;

export const CommitteeStatus = struct("worker/common.Status", {
  status: CommitteeState,
  activeVersion: nullable(Version),
  latestRound: u64,
  latestHeight: i64Number,
  executorRoles: nullable(scheduler.byteList(scheduler.Role)),
  /** 2^64-1 for a node that is no member. */
  schedulerRank: u64,
  liveness: optional(nullable(LivenessStatus)),
  peers: nullable(list(text)),
  host: HostStatus,
});
export type CommitteeStatus = TypeOf<typeof CommitteeStatus>;

export const ReindexStatus = struct("runtime/history.ReindexStatus", {
  batchSize: u16,
  lastHeight: i64Number,
  startHeight: i64Number,
  endHeight: i64Number,
  eta: time,
});

export const IndexerStatus = struct("runtime/history.IndexerStatus", {
  status: text,
  lastRound: u64,
  reindexStatus: optional(nullable(ReindexStatus)),
});
export type IndexerStatus = TypeOf<typeof IndexerStatus>;

export const StorageStatus = struct("worker/storage.Status", { status: text, lastFinalizedRound: u64 });
export type StorageStatus = TypeOf<typeof StorageStatus>;

export const RuntimeStatus = struct("control.RuntimeStatus", {
  descriptor: nullable(registry.Runtime),
  latestRound: u64,
  latestHash: Hash,
  latestTime: roothash.Timestamp,
  latestStateRoot: storage.Root,
  genesisRound: u64,
  genesisHash: Hash,
  lastRetainedRound: u64,
  lastRetainedHash: Hash,
  committee: nullable(CommitteeStatus),
  executor: optional(nullable(struct("worker/compute/executor.Status", { status: ExecutorState }))),
  storage: optional(nullable(StorageStatus)),
  indexer: optional(nullable(IndexerStatus)),
  provisioner: optional(text),
  components: optional(list(ComponentStatus)),
});
export type RuntimeStatus = TypeOf<typeof RuntimeStatus>;

export const RegistrationStatus = struct("control.RegistrationStatus", {
  lastAttemptSuccessful: bool,
  lastAttemptErrorMessage: optional(text),
  lastAttempt: time,
  lastRegistration: time,
  descriptor: optional(nullable(node.Node)),
  nodeStatus: optional(nullable(registry.NodeStatus)),
});
export type RegistrationStatus = TypeOf<typeof RegistrationStatus>;

export const P2PStatus = struct("p2p.Status", {
  pubKey: PublicKey,
  peerId: PeerId,
  addresses: nullable(list(node.Address)),
  numPeers: i64Number,
  numConnections: i64Number,
  protocols: map(text, i64Number),
  topics: map(text, i64Number),
});
export type P2PStatus = TypeOf<typeof P2PStatus>;

export const SeedStatus = struct("control.SeedStatus", {
  chainContext: text,
  addresses: nullable(list(text)),
  nodePeers: nullable(list(text)),
});
export type SeedStatus = TypeOf<typeof SeedStatus>;

/** Without what only key manager nodes show. */
export const Status = struct("control.Status", {
  softwareVersion: text,
  mode: text,
  debug: optional(nullable(DebugStatus)),
  identity: IdentityStatus,
  consensus: optional(nullable(consensus.Status)),
  lightClient: optional(nullable(LightClientStatus)),
  runtimes: optional(map(Namespace, RuntimeStatus)),
  registration: optional(nullable(RegistrationStatus)),
  pendingUpgrades: optional(list(nullable(upgrade.PendingUpgrade))),
  p2p: optional(nullable(P2PStatus)),
  seed: optional(nullable(SeedStatus)),
});
export type Status = TypeOf<typeof Status>;

// What the worker of a runtime is made of.
import type { ChainContext, Signer } from "@wadi/crypto";
import type { KvStore } from "@wadi/kv";
import type { NodeDb } from "@wadi/mkvs";
import type { CompositeRuntime, HostServices } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import type { Namespace, registry } from "@wadi/types";

import type { ConsensusPort } from "./consensus-port.ts";
import type { SignedCommitments } from "./executor/signed-commitments.ts";
import type { PruneOptions } from "./history/pruner.ts";
import type { PeerNetwork } from "./peer-network.ts";
import type { PoolConfig } from "./txpool/transaction-pool.ts";

export interface RuntimeWorkerOptions {
  readonly runtimeId: Namespace;
  readonly chain: ChainContext;
  readonly consensus: ConsensusPort;
  readonly peers: PeerNetwork;
  /** Blocks of the runtime. */
  readonly history: KvStore;
  /** State and transactions of its rounds. */
  readonly storage: NodeDb;
  /** Makes the hosted runtime with the versions that the node has; the services answer its requests. */
  readonly host: (services: Pick<HostServices, "runtimeStorage" | "transactions">) => CompositeRuntime;
  /** How many epochs before its own the next version is started; 0 is not at all. */
  readonly preWarmEpochs?: bigint;
  /** Told of the runtime's descriptor and the epoch of the next block, where one of them changed. */
  readonly onDescriptor?: (descriptor: registry.Runtime, epoch: bigint) => void;
  /** The node key; a node without one takes no part in committees. */
  readonly executor?: Signer;
  /** What it committed to before it was started. */
  readonly signed?: SignedCommitments;
  readonly pool?: PoolConfig;
  /** Heights that are looked at in one go when the history is made. */
  readonly indexBatch?: number;
  /** Old rounds that go; default: none. */
  readonly prune?: PruneOptions;
  readonly log: Logger;
  /** Told when the node becomes able to work for the runtime, or stops to be. */
  readonly onAvailability?: (isAvailable: boolean) => void;
}

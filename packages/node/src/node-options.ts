// What a node is told when it is started.
import type { DebugSwitches } from "@wadi/apps";
import type { ValidatorOptions } from "@wadi/consensus";
import type { NodeIdentity, Signer } from "@wadi/crypto";
import type { Logging } from "@wadi/telemetry";
import type { Namespace, PublicKey, genesis, node, registry } from "@wadi/types";
import type { RegistrationOptions, RuntimeWorkerOptions } from "@wadi/workers";

/** What operators decide about the workers of runtimes. */
export type WorkerSettings = Pick<RuntimeWorkerOptions, "indexBatch" | "pool" | "preWarmEpochs" | "prune">;

export interface NodeOptions {
  readonly document: genesis.Document;
  readonly dataDir: string;
  readonly mode: "validator" | "compute" | "client";
  /** Whether it registers as a validator; always so in mode `validator`. */
  readonly validator?: boolean;
  /** Bundles of the runtimes that the node hosts. */
  readonly bundles: readonly string[];
  /** Where they are unpacked; nodes may share it. Default: in the data directory. */
  readonly bundlesFolder?: string;
  /** Runtimes besides those of the bundles; theirs are added later or come from registries. */
  readonly runtimes?: readonly Namespace[];
  /** URLs that are asked for the bundles of deployments; default: none. */
  readonly registries?: readonly string[];
  /** URLs that are asked first, by runtime. */
  readonly runtimeRegistries?: ReadonlyMap<Namespace, readonly string[]>;
  /** What the on-chain component of a runtime is told of this node, see `encodeLocalConfig`; default: nothing. */
  readonly localConfigs?: ReadonlyMap<Namespace, ReadonlyMap<string, Uint8Array>>;
  /** Of a bundle from a registry. */
  readonly maxBundleBytes?: number;
  /** Of all runtimes' workers. */
  readonly workers?: WorkerSettings;
  /** Whose node it is; without an owner it is not registered. */
  readonly entityId?: PublicKey;
  /** Default: that of the data directory, made where there is none. */
  readonly identity?: NodeIdentity;
  /** Default: `internal.sock` in the data directory. */
  readonly socket?: string;
  readonly provisioner?: "sandboxed" | "unconfined";
  readonly sandboxBinary?: string;
  readonly addresses: {
    readonly p2pAddresses: readonly node.Address[];
    readonly consensusAddresses: readonly node.ConsensusAddress[];
  };
  readonly debug?: DebugSwitches & {
    readonly allowTestKeys?: boolean;
    /** Whether root may run it, for its status; default: yes, as nothing here asks. */
    readonly allowRoot?: boolean;
  };
  /** Offers the service that sets epochs, signed with this key. */
  readonly debugSigner?: Signer;
  readonly quotes: registry.QuoteVerifier;
  readonly engine?: ValidatorOptions["engine"];
  readonly logging: Logging;
  /** The lock of the data directory, if the caller has it; the node releases it. */
  readonly lock?: Disposable;
  /**
   * What a request to shut down does: leave the registry first, as others count on the node until
   * its registration expires (default), or stop at once, where there are no others.
   */
  readonly shutDown?: "deregister" | "at-once";
  /** Stay a validator while a runtime is down; default: the registration expires, as with the reference. */
  readonly renewsUnready?: boolean;
  /** Consensus states that are kept; all of them by default. */
  readonly prune?: ValidatorOptions["prune"];
  /** What each of the large databases, of consensus and of runtimes, may hold in memory. */
  readonly memory?: Required<Pick<ValidatorOptions, "cacheBytes" | "residentBytes">>;
  readonly halt?: ValidatorOptions["halt"];
  readonly minGasPrice?: bigint;
  /** Of the node's own transactions. */
  readonly fees?: ValidatorOptions["fees"];
  readonly upkeep?: ValidatorOptions["upkeep"];
  /** Of the consensus state; default: true. */
  readonly makesCheckpoints?: boolean;
  readonly supplementarySanity?: ValidatorOptions["supplementarySanity"];
  /** Told in each epoch how far a node is that leaves the registry before it stops. */
  readonly onLeaving?: NonNullable<RegistrationOptions["onLeaving"]>;
  /** Ends the start: what was started is stopped, and the start rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of each step when it is done. */
  readonly onStep?: (step: StartStep) => void;
}

/** What a node has behind it while it starts: the chain goes on, the socket answers, its bundles are unpacked. */
export type StartStep = "consensus" | "services" | "unpacked";

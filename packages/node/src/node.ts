// A node: its parts put together, started in order and stopped in the reverse one.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RuntimeStatus, Status } from "@wadi/api";
import { encodeCbor } from "@wadi/codec";
import { registryApp, schedulerApp, type DebugSwitches } from "@wadi/apps";
import type { StopReason } from "@wadi/comet";
import { addressOfKey } from "@wadi/comet-types";
import { runValidator, type ConsensusBackend, type ValidatorNode, type ValidatorOptions } from "@wadi/consensus";
import { MemorySigner, loadOrCreateIdentity, stakingAddress, type NodeIdentity, type Signer } from "@wadi/crypto";
import { localLimits } from "@wadi/runtime-host";
import { RpcServer } from "@wadi/rpc";
import type { Logging } from "@wadi/telemetry";
import {
  EpochTime,
  type consensus,
  staking,
  node,
  transaction,
  type Namespace,
  type PublicKey,
  type genesis,
  type registry,
} from "@wadi/types";
import { must } from "@wadi/util";
import {
  RegistrationWorker,
  type RuntimeWorker,
  type ConsensusPort,
  type RegistrationOptions,
  type RegistrationReport,
} from "@wadi/workers";

import { openBundles, type NodeBundles } from "./bundles.ts";
import { consensusLog } from "./consensus-log.ts";
import { consensusPort } from "./consensus-port.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { bundlesFolder, launchRecords, launcherOf } from "./hosted-runtime.ts";
import { openWorker, type WorkerSettings } from "./open-worker.ts";
import { SyncWatch } from "./sync-watch.ts";
import { openNodeStore, registrationFlag } from "./registration-flag.ts";
import { addApplicationServices, type CommitmentListener } from "./services/applications.ts";
import { addConsensusService } from "./services/consensus.ts";
import { addControlService, addDebugService } from "./services/control.ts";
import { addRuntimeClientService } from "./services/runtime-client.ts";
import { addStorageWorkerService } from "./services/storage-worker.ts";

/** What the version of the reference is that this node behaves like. */
export const SOFTWARE_VERSION = "26.1";

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
  readonly debug?: DebugSwitches & { readonly allowTestKeys?: boolean };
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
  /** Told of each step when it is done. */
  readonly onStep?: (step: StartStep) => void;
}

/** What a node has behind it while it starts: the chain goes on, the socket answers. */
export type StartStep = "consensus" | "services";

/** A zero time, for what has not happened. */
const NEVER = { seconds: -62_135_596_800n, nanos: 0 };

export class RunningNode implements AsyncDisposable {
  readonly consensus: ConsensusPort;
  readonly backend: ConsensusBackend;
  readonly workers: ReadonlyMap<Namespace, RuntimeWorker>;
  readonly registration: RegistrationWorker;
  readonly identity: NodeIdentity;
  readonly socket: string;
  readonly ready: Promise<void>;
  /** Settles when the node cannot go on, and when it stopped making blocks by itself. */
  readonly stopped: Promise<StopReason>;
  readonly #validator: ValidatorNode;
  readonly #sync: SyncWatch;
  readonly #bundles: NodeBundles;
  readonly #commitmentListeners: Set<CommitmentListener>;
  readonly #options: NodeOptions;
  readonly #resources: AsyncDisposableStack;
  readonly #shutDown = Promise.withResolvers<void>();
  #isReady = false;
  #methods: ReadonlySet<string> = new Set();

  private constructor(parts: {
    readonly consensus: ConsensusPort;
    readonly stopped: Promise<StopReason>;
    readonly workers: ReadonlyMap<Namespace, RuntimeWorker>;
    readonly registration: RegistrationWorker;
    readonly identity: NodeIdentity;
    readonly validator: ValidatorNode;
    readonly sync: SyncWatch;
    readonly bundles: NodeBundles;
    readonly commitmentListeners: Set<CommitmentListener>;
    readonly options: NodeOptions;
    readonly resources: AsyncDisposableStack;
  }) {
    const { consensus: port, options, registration } = parts;
    this.consensus = port;
    this.stopped = parts.stopped;
    this.backend = port.backend;
    this.workers = parts.workers;
    this.registration = registration;
    this.identity = parts.identity;
    this.socket = options.socket ?? join(options.dataDir, "internal.sock");
    this.#validator = parts.validator;
    this.#sync = parts.sync;
    this.#bundles = parts.bundles;
    this.#commitmentListeners = parts.commitmentListeners;
    this.#options = options;
    this.#resources = parts.resources;
    // Others count on a committee's member, so that it is ready when it is registered.
    const { synced } = parts.sync;
    this.ready = synced.then(async () => {
      if (options.mode === "compute") await registration.registered;
      this.#isReady = true;
    });
    // The flag may be from an earlier run.
    void registration.deregistered.then(() => this.#shutDown.resolve());
  }

  /**
   * Starts a node. Rejects with what is wrong with the data directory, the genesis document, a
   * bundle or the sandbox; nothing runs then.
   */
  static async start(options: NodeOptions): Promise<RunningNode> {
    const { dataDir, document, logging, mode } = options;
    await using resources = new AsyncDisposableStack();
    resources.use(options.lock ?? lockDataDirectory(dataDir));
    const records = launchRecords(dataDir, logging);
    const identity = options.identity ?? loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });
    const bundles = resources.use(
      await openBundles(
        {
          dataDir,
          folder: options.bundlesFolder ?? bundlesFolder(dataDir),
          paths: options.bundles,
          runtimeIds: options.runtimes ?? [],
          registries: options.registries ?? [],
          runtimeRegistries: options.runtimeRegistries ?? new Map(),
          ...(options.maxBundleBytes === undefined ? {} : { maxBundleBytes: options.maxBundleBytes }),
        },
        logging.logger("runtime/bundle/manager"),
      ),
    );
    // The programs load their code while the chain is brought up.
    const launchers = new Map(
      [...bundles.runtimeIds].map((id) => [
        id,
        resources.use(launcherOf(bundles.registry.components(id), { ...options, records })),
      ]),
    );

    const commitmentListeners = new Set<CommitmentListener>();
    const validator = resources.use(
      await runValidator({
        document,
        dataDir,
        identity,
        quotes: options.quotes,
        events: consensusLog(logging),
        provesVrf: options.entityId !== undefined,
        onExecutorCommitment: (runtimeId, commitment) =>
          commitmentListeners.forEach((listener) => listener(runtimeId, commitment)),
        ...(options.debug && { debug: options.debug }),
        ...(options.engine && { engine: options.engine }),
        ...(options.prune && { prune: options.prune }),
        ...options.memory,
        ...(options.fees && { fees: options.fees }),
        ...(options.upkeep && { upkeep: options.upkeep }),
        makesCheckpoints: options.makesCheckpoints ?? true,
        ...(options.supplementarySanity && { supplementarySanity: options.supplementarySanity }),
        ...(options.halt && { halt: options.halt }),
        ...(options.minGasPrice === undefined ? {} : { local: { minGasPrice: options.minGasPrice } }),
      }),
    );
    options.onStep?.("consensus");
    const failure = Promise.withResolvers<StopReason>();
    const sync = new SyncWatch(validator, identity.consensus.publicKey);
    const isSynced = (): boolean => sync.isSynced;
    const port = consensusPort(validator, identity, isSynced, (error) => failure.resolve({ error }));
    const values = resources.use(openNodeStore(dataDir));
    const registration = resources.use(
      new RegistrationWorker({
        consensus: port,
        keys: { ...identity, tls: tlsSigner(identity) },
        ...(options.entityId === undefined ? {} : { entityId: options.entityId }),
        addresses: options.addresses,
        softwareVersion: SOFTWARE_VERSION,
        log: logging.logger("worker/registration"),
        random: Math.random,
        renewsUnready: options.renewsUnready === true,
        ...(options.onLeaving && { onLeaving: options.onLeaving }),
        flag: registrationFlag(values),
      }),
    );
    if (mode === "validator" || options.validator === true) {
      registration.provide(node.roles.validator).isAvailable = true;
    }

    const workers = new Map<Namespace, RuntimeWorker>();
    for (const [runtimeId, launcher] of launchers) {
      const parts = { runtimeId, launcher, bundles, consensus: port, registration, identity, options, resources };
      workers.set(runtimeId, resources.use(openWorker(parts)));
    }
    const running = new RunningNode({
      consensus: port,
      stopped: Promise.race([validator.stopped, failure.promise]),
      workers,
      registration,
      identity,
      validator,
      sync,
      bundles,
      commitmentListeners,
      options,
      resources: resources.move(),
    });
    try {
      await running.#serve();
      return running;
    } catch (e) {
      await running[Symbol.asyncDispose]();
      throw e;
    }
  }

  /** Full names of the methods that the socket answers. */
  get methods(): ReadonlySet<string> {
    return this.#methods;
  }

  status(): Status {
    const { debug, document: _, mode } = this.#options;
    const { consensus: consensusKey, node: nodeKey, tls } = this.identity;
    const runtimes = [...this.workers].map(
      ([id, worker]) => [id, { ...worker.status(), ...this.#hosting(worker) }] as const,
    );
    return {
      softwareVersion: SOFTWARE_VERSION,
      mode,
      debug: debug?.dontBlameOasis === true ? { enabled: true, allowRoot: true } : null,
      identity: { node: nodeKey.publicKey, consensus: consensusKey.publicKey, tls: tls.key.publicKey },
      consensus: this.#consensusStatus(),
      lightClient: null,
      runtimes: new Map(runtimes),
      registration: registrationStatus(this.registration.report()),
      pendingUpgrades: this.#validator.host.upgrades.pendingUpgrades(),
      p2p: null,
      seed: null,
    };
  }

  /**
   * Takes in a bundle; versions that a deployment names are run from its epoch on. Rejects with what
   * is wrong with it.
   */
  async addBundle(path: string): Promise<void> {
    const { manifest, manifestHash } = await this.#bundles.manager.add(path, { limits: localLimits });
    const fields = { runtime_id: manifest.id, manifest_hash: manifestHash };
    const log = this.#options.logging.logger("runtime/bundle/manager");
    if (this.#bundles.runtimeIds.has(manifest.id)) log.info("bundle added", fields);
    else log.warn("a bundle was added of a runtime that the node does not follow", fields);
  }

  /**
   * Begins another epoch; only where the beacon is the debugging one. In an epoch for which no validator
   * is registered no block can be made, never again: a leap over registrations goes from one to the next.
   */
  async setEpoch(epoch: bigint): Promise<void> {
    for (let now = this.#epoch(); now < epoch; now = this.#epoch()) {
      const reach = this.#registeredUntil();
      if (reach === undefined || reach >= epoch) break;
      if (reach > now) await this.#beginEpoch(reach);
      else await this.#makeBlock();
    }
    await this.#beginEpoch(epoch);
  }

  async #beginEpoch(epoch: bigint): Promise<void> {
    const call = { method: transaction.methods.setEpoch.name, body: encodeCbor(EpochTime, epoch) };
    await this.consensus.submit(this.#debugSigner, call);
    // The epoch begins with the next block, which may need something to be made for.
    while (this.#epoch() < epoch) await this.#makeBlock();
  }

  /** The last epoch for which there is a validator; undefined where no node is registered as one. */
  #registeredUntil(): bigint | undefined {
    const nodes = registryApp.registryQueries.nodes(this.backend.machine.stateAt(0));
    return nodes
      .filter(({ roles }) => (roles & node.roles.validator) !== 0)
      .map(({ expiration }) => expiration)
      .reduce<bigint | undefined>((last, one) => (last === undefined || one > last ? one : last), undefined);
  }

  /** Makes a block by having nothing done. */
  async #makeBlock(): Promise<void> {
    const to = stakingAddress(this.#debugSigner.publicKey);
    const body = encodeCbor(staking.Transfer, { to, amount: 0n });
    await this.consensus.submit(this.#debugSigner, { method: transaction.methods.stakingTransfer.name, body });
  }

  get #debugSigner(): Signer {
    return must(this.#options.debugSigner, "no key to set epochs with");
  }

  /** Resolves when somebody asked the node to shut down and it is time to dispose of it. */
  get shutDownRequested(): Promise<void> {
    return this.#shutDown.promise;
  }

  /** Leaves the registry; whoever runs the node then stops it. */
  async shutDown(): Promise<void> {
    const leaves = this.#options.shutDown !== "at-once" && this.#options.entityId !== undefined;
    const log = this.#options.logging.logger("worker/registration");
    if (leaves && this.backend.machine.lastHeight === 0) {
      log.warn("not deregistering: the node has no block of the chain, so nothing can be said to the network");
    } else if (leaves && this.#isOnlyValidator) {
      log.warn("not deregistering: the network has no other validator and would stand still");
    } else if (leaves) {
      this.registration.deregister();
      await this.registration.deregistered;
    }
    this.#shutDown.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Epochs, and with them the end of registrations, come with blocks. */
  get #isOnlyValidator(): boolean {
    const { machine } = this.backend;
    if (machine.lastHeight === 0) return false;
    const validators = schedulerApp.schedulerQueries.validators(machine.stateAt(0));
    return validators.length === 1 && this.#consensusStatus().isValidator;
  }

  #hosting({ runtime: { runtimeId } }: RuntimeWorker): Pick<RuntimeStatus, "components" | "provisioner"> {
    const { provisioner = "sandboxed" } = this.#options;
    const components = this.#bundles.registry.components(runtimeId).map(({ component, isDetached }) => {
      const { disabled, kind, name, version } = component;
      return { kind, name, version, detached: isDetached, disabled };
    });
    return { provisioner: `composite{none: ${provisioner === "sandboxed" ? "sandbox" : provisioner}}`, components };
  }

  #epoch(): bigint {
    return this.backend.status().latestEpoch;
  }

  #consensusStatus(): consensus.Status {
    const { publicKey: pubKey } = this.identity.p2p;
    const { consensusAddresses: addresses } = this.#options.addresses;
    // The engine names peers as it names validators: by the first bytes of their key's hash.
    return { ...this.backend.status(), p2p: { pubKey, peerId: addressOfKey(pubKey), addresses, peers: [] } };
  }

  async #serve(): Promise<void> {
    const { logging } = this.#options;
    const log = logging.logger("grpc/internal");
    const server = new RpcServer({
      onFailure: (method, error) => log.debug("request failed", { method, err: error as Error }),
    });
    const { upgrades } = this.#validator.host;
    const sources = {
      backend: this.backend,
      subscribe: this.consensus.subscribe,
      watchCommitments: this.#watchCommitments,
    };
    addApplicationServices(server, sources);
    addConsensusService(server, {
      ...sources,
      stateDatabase: this.consensus.stateDatabase,
      submit: (raw, signal) => this.#validator.submit(raw, signal),
      submitNoWait: (raw) => this.#validator.submitNoWait(raw),
      submitEvidence: (evidence) => this.#validator.engine.addEvidence(evidence),
      status: () => this.#consensusStatus(),
    });
    addRuntimeClientService(server, this.consensus, this.workers);
    if (this.workers.size > 0) addStorageWorkerService(server, this.workers);
    addControlService(server, {
      status: () => this.status(),
      isSynced: () => this.#sync.isSynced,
      isReady: () => this.#isReady,
      synced: this.#sync.synced,
      ready: this.ready,
      shutDown: () => this.shutDown(),
      addBundle: (path) => this.addBundle(path),
      upgradeBinary: (descriptor) => upgrades.submitDescriptor(descriptor),
      cancelUpgrade: (descriptor) => upgrades.cancelUpgrade(descriptor),
    });
    if (this.#options.debugSigner !== undefined) {
      addDebugService(server, {
        setEpoch: (epoch) => this.setEpoch(epoch),
        waitNodesRegistered: (count, signal) => this.#nodesRegistered(count, signal),
      });
    }
    this.#methods = server.methods;
    await server.listen(this.socket);
    this.#resources.use(server);
    this.#options.onStep?.("services");
    logging.logger("grpc/internal").info("gRPC server started", { network: "unix", address: this.socket });
    if (!this.#sync.isSynced) {
      const text = "waiting for peers: the chain goes on without this node, which cannot connect to others yet";
      logging.logger("consensus").warn(text, { height: this.backend.machine.lastHeight });
    }
    for (const worker of this.workers.values()) await worker.start();
    this.#resources.defer(this.consensus.subscribe(() => this.registration.blockCommitted()));
    this.registration.blockCommitted();
  }

  readonly #watchCommitments = (listener: CommitmentListener): (() => void) => {
    this.#commitmentListeners.add(listener);
    return () => this.#commitmentListeners.delete(listener);
  };

  async #nodesRegistered(count: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { machine } = this.backend;
      if (machine.lastHeight > 0 && registryApp.registryQueries.nodes(machine.stateAt(0)).length >= count) return;
      await sleep(20, undefined, { signal });
    }
  }
}

/** The key of the node's certificate as a signer of registrations. */
function tlsSigner({ tls }: NodeIdentity): Signer {
  return new MemorySigner(tls.key.exportSeed());
}

function registrationStatus(report: RegistrationReport): NonNullable<Status["registration"]> {
  const time = (ms: number | undefined) =>
    ms === undefined ? NEVER : { seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 };
  return {
    lastAttemptSuccessful: report.lastAttemptSuccessful,
    lastAttemptErrorMessage: report.lastAttemptErrorMessage,
    lastAttempt: time(report.lastAttempt),
    lastRegistration: time(report.lastRegistration),
    descriptor: report.descriptor ?? null,
    nodeStatus: report.nodeStatus ?? null,
  };
}

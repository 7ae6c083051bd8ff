// Everything of one runtime on this node: the hosted process, blocks, state, transactions, and the
// executor where the node takes part. Reference: go/worker/common/committee/node.go.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { LastSyncedRound, RuntimeStatus } from "@wadi/api";
import type { ChainContext, Signer } from "@wadi/crypto";
import type { KvStore } from "@wadi/kv";
import { DatabaseSyncer, RootType, Tree, readTags, readTransactions, type NodeDb } from "@wadi/mkvs";
import {
  queryRuntime,
  syncConsensus,
  type CompositeRuntime,
  type HostServices,
  type RuntimeEvent,
} from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import { registry, roothash, serviceErrors, type Hash, type Namespace, type Version, type node } from "@wadi/types";
import { WadiError, must } from "@wadi/util";

import { AwaitedResults, type TransactionResult } from "./client/awaited-results.ts";
import type { ConsensusNews, ConsensusPort } from "./consensus-port.ts";
import { ExecutorWorker } from "./executor/executor-worker.ts";
import type { SignedCommitments } from "./executor/signed-commitments.ts";
import { HistoryStore } from "./history/history-store.ts";
import { Indexer } from "./history/indexer.ts";
import { HistoryPruner, type PruneOptions } from "./history/pruner.ts";
import type { PeerNetwork } from "./peer-network.ts";
import { runtimeBlockAt, type RuntimeBlock } from "./runtime-block.ts";
import { DEFAULT_PRE_WARM_EPOCHS, DeployedVersions } from "./deployed-versions.ts";
import { RuntimeFaults, type FaultKind } from "./runtime-faults.ts";
import { runtimeStatus } from "./runtime-status.ts";
import { lastSyncedRound } from "./storage/last-synced.ts";
import { RuntimeStorage } from "./storage/runtime-storage.ts";
import { TransactionPool, defaultPoolConfig, type PoolConfig } from "./txpool/transaction-pool.ts";

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

/** How long between attempts to complete a round. */
const SYNC_RETRY_MS = 1000;
/** How long the runtime may take to follow a height of consensus. */
const SYNC_TIMEOUT_MS = 10_000;

/** Blocks of which something is told, in order. */
type BlockListener = (block: roothash.AnnotatedBlock) => void;

export class RuntimeWorker implements AsyncDisposable {
  readonly runtime: CompositeRuntime;
  readonly pool: TransactionPool;
  readonly history: HistoryStore;
  readonly storage: RuntimeStorage;
  readonly #options: RuntimeWorkerOptions;
  readonly #indexer: Indexer;
  readonly #executor: ExecutorWorker | undefined;
  readonly #versions: DeployedVersions;
  readonly #pruner: HistoryPruner | undefined;
  readonly #awaited = new AwaitedResults();
  readonly #faults = new RuntimeFaults();
  readonly #listeners = new Set<BlockListener>();
  readonly #stop = new AbortController();
  /** Blocks whose state is not here yet, oldest first. */
  readonly #unsynced: roothash.AnnotatedBlock[] = [];
  #syncing: Promise<void> | undefined;
  /** The newest height that the runtime is to be told of while it is told of another. */
  #untold: number | undefined;
  #isTelling = false;
  /** The last block whose state is here, with what belongs to its height. */
  #last: RuntimeBlock | undefined;
  #unsubscribe: (() => void) | undefined;
  #isRunning = false;
  #isTrustSynced = false;
  #isStarted = false;

  constructor(options: RuntimeWorkerOptions) {
    const { consensus, executor: signer, log, runtimeId, storage } = options;
    this.#options = options;
    const { backend } = consensus;
    const chain = {
      get lastHeight() {
        return backend.machine.lastHeight;
      },
      get firstKeptHeight() {
        return backend.lastRetainedHeight;
      },
      stateAt: (height: number) => backend.machine.stateAt(height),
    };
    this.history = new HistoryStore(options.history, runtimeId);
    this.#indexer = new Indexer(chain, runtimeId, this.history);
    this.storage = new RuntimeStorage(storage, runtimeId, (source, destination, signal) =>
      options.peers.fetchDiff(source, destination, signal),
    );
    this.pool = new TransactionPool(
      options.pool ?? defaultPoolConfig,
      () => {
        const context = this.#last?.request;
        return context === undefined || !this.#isRunning ? undefined : { runtime: this.runtime, context };
      },
      {
        accepted: () => this.#executor?.changed(),
        dropped: (hash, error) => this.#awaited.fail(hash, error),
        checked: (error) => this.#outcome("check", "transactions could not be checked", error),
      },
      log,
    );
    this.runtime = options.host({
      runtimeStorage: new DatabaseSyncer(storage),
      transactions: {
        nextTransactions: (limit) => (this.#executor?.givesMore === false ? [] : this.pool.scheduleExtra(limit)),
      },
    });
    this.#versions = new DeployedVersions(consensus, this.runtime, {
      isCompute: signer !== undefined,
      preWarmEpochs: options.preWarmEpochs ?? DEFAULT_PRE_WARM_EPOCHS,
      ...(options.onDescriptor && { onDescriptor: options.onDescriptor }),
    });
    const lastNormalRound = (): bigint | undefined => this.#last?.state.lastNormalRound;
    this.#pruner =
      options.prune && new HistoryPruner({ history: this.history, storage, lastNormalRound, log }, options.prune);
    this.runtime.watch((event) => this.#runtimeEvent(event));
    if (signer !== undefined) {
      const { chain: context, peers } = options;
      this.#executor = new ExecutorWorker({
        consensus,
        runtime: this.runtime,
        pool: this.pool,
        storage,
        peers,
        signer,
        runtimeId,
        chain: context,
        ...(options.signed && { signed: options.signed }),
        onBatch: (error) => this.#outcome("batch", "a batch came to nothing", error),
        log,
      });
    }
  }

  /** Makes the history, then follows the chain and runs the runtime. The runtime must be registered. */
  async start(): Promise<void> {
    const { consensus, indexBatch = 1000 } = this.#options;
    for (const _ of this.#indexer.reindex(indexBatch)) {
      await nextTurn();
      this.#stop.signal.throwIfAborted();
    }
    // From here on without a wait: no block can come between.
    this.#unsubscribe = consensus.subscribe((news) => this.#consensusBlock(news));
    this.#unsynced.push(...this.#notCompleted());
    this.#isStarted = true;
    this.#versions.update();
    this.runtime.start();
    this.#pruner?.start();
    this.#sync();
  }

  /** Calls `listener` with every further block whose state is here. */
  watchBlocks(listener: BlockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The latest block whose state is here. Throws (`runtime/client`, 1) before the first. */
  get latest(): RuntimeBlock {
    if (this.#last === undefined) throw new WadiError(serviceErrors.ErrRuntimeClientNotFound);
    return this.#last;
  }

  /** The runtime's state in consensus as of the last height. */
  latestState(): roothash.RuntimeState {
    const { consensus, runtimeId } = this.#options;
    return runtimeBlockAt(consensus, runtimeId, consensus.backend.latestHeight).state;
  }

  /** Waits until the transaction is executed; rejects where its check fails. */
  async submit(raw: Uint8Array, signal?: AbortSignal): Promise<TransactionResult> {
    signal?.throwIfAborted();
    this.#stop.signal.throwIfAborted();
    // Waiting begins before the check ends: the block may be there right after it.
    const { giveUp, result } = this.#awaited.wait(raw);
    const abort = (): void => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      // Who gives up does not wait for the check either.
      await Promise.race([this.pool.submit(raw), result]);
      return await result;
    } catch (e) {
      giveUp(e);
      throw e;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Asks the runtime about the state of a round. */
  query(at: RuntimeBlock, method: string, args: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return queryRuntime(this.runtime, at.request, { method, args }, signal === undefined ? {} : { signal });
  }

  /** The transactions of a block with what they gave. */
  transactionTree({ header }: roothash.Block): Tree {
    const { ioRoot: hash, namespace, round: version } = header;
    return new Tree(this.storage.database, { namespace, version, type: RootType.io, hash });
  }

  transactions(block: roothash.Block): ReturnType<typeof readTransactions> {
    return readTransactions(this.transactionTree(block));
  }

  tags(block: roothash.Block): ReturnType<typeof readTags> {
    return readTags(this.transactionTree(block));
  }

  /** What the node registers for the runtime: the version in force and the one that is ready for its epoch. */
  registration(): readonly node.Runtime[] {
    if (!this.#isRunning) return [];
    return this.#versions.registered().map(({ capabilityTee: tee, version }) => {
      return { id: this.#options.runtimeId, version, capabilities: { tee }, extraInfo: null };
    });
  }

  get activeVersion(): Version | undefined {
    const last = this.#last;
    return last && registry.activeDeployment(last.descriptor, last.epoch)?.version;
  }

  /** The last round whose state is here, with its roots. */
  get lastSynced(): LastSyncedRound {
    return lastSyncedRound(this.storage, this.history);
  }

  status(): RuntimeStatus {
    const { consensus, runtimeId } = this.#options;
    return runtimeStatus({
      runtimeId,
      consensus,
      history: this.history,
      indexer: this.#indexer,
      storage: this.storage,
      last: this.#last && { round: this.#last.block.header.round, height: this.#last.height },
      activeVersion: this.activeVersion,
      versions: this.runtime.ronl.versions,
      isStarted: this.#isStarted,
      isRunning: this.#isRunning,
      isTrustSynced: this.#isTrustSynced,
      nodeId: this.#executor?.nodeId,
      calls: this.runtime.callsInFlight,
      faults: this.#faults.all,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    this.#awaited.giveUpAll(this.#stop.signal.reason);
    this.#unsubscribe?.();
    this.#indexer.stop();
    this.storage.stop();
    await this.#pruner?.[Symbol.asyncDispose]();
    this.#executor?.[Symbol.dispose]();
    this.pool[Symbol.dispose]();
    await this.runtime[Symbol.asyncDispose]();
    await this.#executor?.ended;
    await this.#syncing;
    this.#closeHistory();
  }

  #closeHistory(): void {
    try {
      this.history[Symbol.dispose]();
    } catch (error) {
      this.#options.log.warn("the newest rounds could not be written; the next start finds them in consensus", {
        err: error as Error,
      });
    }
  }

  #consensusBlock({
    events,
    height,
  }: {
    readonly height: number;
    readonly events: ConsensusNews["events"] | undefined;
  }): void {
    if (height === 0 || this.#stop.signal.aborted) return;
    const { runtimeId } = this.#options;
    const block = this.#indexer.add(height);
    if (block !== undefined) {
      this.#unsynced.push(block);
      this.#sync();
    }
    for (const event of events?.roothash ?? []) {
      if (event.runtimeId === runtimeId) this.#executor?.roothashEvent(event);
    }
    this.#versions.update(events?.registry);
    if (this.#isRunning) this.#tellHeight(height);
  }

  /** Brings the runtime's light client along; the newest height counts. */
  #tellHeight(height: number): void {
    if (this.#isTelling) {
      this.#untold = height;
      return;
    }
    this.#isTelling = true;
    void this.#tellHeights(height);
  }

  async #tellHeights(first: number): Promise<void> {
    const { signal } = this.#stop;
    for (let height: number | undefined = first; height !== undefined && this.#isRunning; height = this.#untold) {
      this.#untold = undefined;
      try {
        await syncConsensus(this.runtime, BigInt(height), { timeoutMs: SYNC_TIMEOUT_MS, signal });
        this.#faults.succeeded("consensus");
        if (this.#isRunning && !this.#isTrustSynced) {
          this.#isTrustSynced = true;
          this.#availability();
        }
      } catch (error) {
        if (signal.aborted) break;
        const what = "the runtime did not follow consensus";
        this.#options.log.warn(what, { height, err: error as Error });
        this.#faults.failed("consensus", what, error as Error);
      }
    }
    this.#isTelling = false;
  }

  #runtimeEvent(event: RuntimeEvent): void {
    const { consensus, log } = this.#options;
    switch (event.type) {
      case "started":
        log.info("the runtime runs", {
          version: `${event.version.major}.${event.version.minor}.${event.version.patch}`,
        });
        this.#isRunning = true;
        this.#faults.succeeded("process");
        if (consensus.backend.machine.lastHeight > 0) this.#tellHeight(consensus.backend.machine.lastHeight);
        this.pool.check();
        this.#executor?.changed();
        break;
      case "failedToStart":
        log.error("the runtime did not start", { err: event.error });
        this.#faults.failed("process", "the runtime did not start", event.error);
        this.#down();
        break;
      case "stopped":
        if (!this.#stop.signal.aborted) log.warn("the runtime has stopped", { reason: event.reason });
        // One that is replaced by another version stops without one.
        if (event.reason !== undefined) this.#faults.failed("process", `the runtime has stopped: ${event.reason}`);
        this.#down();
        break;
      case "updated":
      case "configUpdated":
        this.#availability();
        break;
    }
  }

  #outcome(kind: FaultKind, what: string, error: Error | undefined): void {
    if (error === undefined) this.#faults.succeeded(kind);
    else if (!this.#stop.signal.aborted) this.#faults.failed(kind, what, error);
  }

  #down(): void {
    this.#isRunning = false;
    this.#isTrustSynced = false;
    this.#availability();
  }

  #availability(): void {
    this.#options.onAvailability?.(this.#isRunning && this.#isTrustSynced && this.#last !== undefined);
  }

  /** Completes the rounds of blocks, one after the other. */
  #sync(): void {
    this.#syncing ??= this.#syncAll().finally(() => (this.#syncing = undefined));
  }

  async #syncAll(): Promise<void> {
    const { log } = this.#options;
    for (let next = this.#unsynced[0]; next !== undefined; next = this.#unsynced[0]) {
      if (this.#stop.signal.aborted) return;
      try {
        await this.#complete(must(next.block));
        this.#unsynced.shift();
        this.#synced(next);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log.warn("a round could not be completed", { round: next.block?.header.round, err: error as Error });
        await sleep(SYNC_RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  /** What an earlier run indexed and did not complete, and the last block in any case: it is built upon. */
  #notCompleted(): Iterable<roothash.AnnotatedBlock> {
    const latest = this.history.latest?.block?.header.round;
    if (latest === undefined) return [];
    const { lastSynced } = this.storage;
    if (lastSynced === undefined) return this.history.from(0n);
    return this.history.from(lastSynced < latest ? lastSynced + 1n : latest);
  }

  async #complete({ header }: roothash.Block): Promise<void> {
    if (this.storage.state !== "syncing rounds") this.storage.initialize(this.#genesisHeader());
    if (this.storage.has(header)) return;
    const previous = this.history.block(header.round - 1n)?.block?.header;
    await this.storage.sync(header, previous ?? this.#genesisHeader(), this.#stop.signal);
  }

  #genesisHeader(): roothash.Header {
    const { consensus, runtimeId } = this.#options;
    const { state } = runtimeBlockAt(consensus, runtimeId, consensus.backend.latestHeight);
    return must(state.genesisBlock).header;
  }

  #synced(annotated: roothash.AnnotatedBlock): void {
    const { consensus, runtimeId, log } = this.#options;
    const block = must(annotated.block);
    const wasFirst = this.#last === undefined;
    try {
      this.#last = runtimeBlockAt(consensus, runtimeId, annotated.consensusHeight);
    } catch (error) {
      // Its height is pruned; only blocks that are behind have that.
      log.debug("the height of a block is not kept", { height: annotated.consensusHeight, err: error as Error });
      return;
    }
    this.pool.setIncoming(this.#last.request.incoming);
    // What the block holds leaves the pool before anything is checked again.
    this.#executor?.endRound(block.header);
    this.#lookForResults(block);
    for (const listener of this.#listeners) listener(annotated);
    this.pool.recheck(block.header.round, block.header.headerType === roothash.headerTypes.epochTransition);
    this.pool.check();
    // Older blocks come in quick succession at the start; only the last one is built upon.
    if (this.#unsynced.length === 0) this.#executor?.newBlock(this.#last);
    if (wasFirst) this.#availability();
  }

  #lookForResults(block: roothash.Block): void {
    if (this.#awaited.size === 0) return;
    const found: readonly Hash[] = this.#awaited.look(block.header.round, this.transactionTree(block));
    if (found.length > 0) this.pool.used(found);
  }
}

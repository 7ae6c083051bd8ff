// Everything of one runtime on this node: the hosted process, blocks, state, transactions, and the
// executor where the node takes part. Reference: go/worker/common/committee/node.go.
//
// A block of consensus goes through it in this order: the indexer finds the runtime's new block, RoundSync
// completes its round, clients are told of their transactions, the pool checks anew, and the executor
// begins the next round. The hosted runtime is told of the height beside that.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LastSyncedRound, RuntimeStatus } from "@wadi/api";
import { DatabaseSyncer } from "@wadi/mkvs";
import type { CompositeRuntime } from "@wadi/runtime-host";
import { consensus, registry, roothash, serviceErrors, type Version, type node } from "@wadi/types";
import { WadiError, isError, must } from "@wadi/util";

import { ClientWorker } from "./client/client-worker.ts";
import type { ConsensusNews } from "./consensus-port.ts";
import { DEFAULT_PRE_WARM_EPOCHS, DeployedVersions } from "./deployed-versions.ts";
import { ExecutorWorker } from "./executor/executor-worker.ts";
import { HistoryStore } from "./history/history-store.ts";
import { Indexer } from "./history/indexer.ts";
import { HistoryPruner } from "./history/pruner.ts";
import { HostWatch } from "./hosting/host-watch.ts";
import { runtimeBlockAt, type RuntimeBlock } from "./runtime-block.ts";
import { RuntimeFaults, type FaultKind } from "./runtime-faults.ts";
import { runtimeStatus } from "./runtime-status.ts";
import type { RuntimeWorkerOptions } from "./runtime-worker-options.ts";
import { lastRetainedBlock, lastSyncedRound } from "./storage/last-synced.ts";
import { RoundSync } from "./storage/round-sync.ts";
import { RuntimeStorage } from "./storage/runtime-storage.ts";
import { TransactionPool, defaultPoolConfig } from "./txpool/transaction-pool.ts";

/** Blocks of which something is told, in order. */
type BlockListener = (block: roothash.AnnotatedBlock) => void;

/** Heights that are looked at in one go when the history is made. */
const INDEX_BATCH = 1000;

/**
 * Nothing runs before `start`. Disposing of it stops the hosted runtime and whatever else was begun, also
 * after a start that failed or is under way; the stores stay whoever's opened them.
 */
export class RuntimeWorker implements AsyncDisposable {
  readonly runtime: CompositeRuntime;
  readonly pool: TransactionPool;
  readonly history: HistoryStore;
  readonly storage: RuntimeStorage;
  readonly client: ClientWorker;
  readonly #options: RuntimeWorkerOptions;
  readonly #indexer: Indexer;
  readonly #host: HostWatch;
  readonly #rounds: RoundSync;
  readonly #executor: ExecutorWorker | undefined;
  readonly #versions: DeployedVersions;
  readonly #pruner: HistoryPruner | undefined;
  readonly #faults = new RuntimeFaults();
  readonly #listeners = new Set<BlockListener>();
  readonly #stop = new AbortController();
  readonly #initialized = Promise.withResolvers<void>();
  /** The last block whose state is here, with what belongs to its height. */
  #last: RuntimeBlock | undefined;
  #unsubscribe: (() => void) | undefined;
  #isStarted = false;
  #disposal: Promise<void> | undefined;

  constructor(options: RuntimeWorkerOptions) {
    const { executor: signer, log, peers, runtimeId, storage } = options;
    const { backend } = options.consensus;
    this.#options = options;
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
      peers.fetchDiff(source, destination, signal),
    );
    this.pool = new TransactionPool(
      options.pool ?? defaultPoolConfig,
      () => {
        const context = this.#last?.request;
        return context === undefined || !this.#host.isRunning ? undefined : { runtime: this.runtime, context };
      },
      {
        accepted: () => this.#executor?.changed(),
        dropped: (hash, error) => this.client.dropped(hash, error),
        publish: (raw) => options.peers.publishTransaction(runtimeId, raw),
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
    this.client = new ClientWorker({ pool: this.pool, runtime: this.runtime, storage });
    this.#versions = new DeployedVersions(options.consensus, this.runtime, {
      isCompute: signer !== undefined,
      preWarmEpochs: options.preWarmEpochs ?? DEFAULT_PRE_WARM_EPOCHS,
      ...(options.onDescriptor && { onDescriptor: options.onDescriptor }),
    });
    const lastNormalRound = (): bigint | undefined => this.#last?.state.lastNormalRound;
    this.#pruner =
      options.prune && new HistoryPruner({ history: this.history, storage, lastNormalRound, log }, options.prune);
    this.#host = new HostWatch({
      runtime: this.runtime,
      isExecutor: signer !== undefined,
      lastHeight: () => backend.machine.lastHeight,
      started: () => {
        this.pool.check();
        this.#executor?.changed();
      },
      changed: () => this.#tellAvailability(),
      faults: this.#faults,
      log,
    });
    this.#rounds = new RoundSync({
      history: this.history,
      storage: this.storage,
      genesis: () => must(this.latestState().genesisBlock).header,
      completed: (block, isLast) => this.#completed(block, isLast),
      log,
    });
    if (signer !== undefined) {
      this.#executor = new ExecutorWorker({
        consensus: options.consensus,
        runtime: this.runtime,
        pool: this.pool,
        storage,
        peers,
        signer,
        runtimeId,
        chain: options.chain,
        ...(options.signed && { signed: options.signed }),
        onBatch: (error) => this.#outcome("batch", "a batch came to nothing", error),
        log,
      });
    }
  }

  /**
   * Makes the history, then follows the chain and runs the runtime, which must be registered. Rejects with
   * ErrHistory for a history that cannot be used, with the signal's reason, and where the worker is
   * disposed of meanwhile.
   */
  async start({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { consensus: port, indexBatch = INDEX_BATCH } = this.#options;
    for (const _ of this.#indexer.reindex(indexBatch)) {
      await nextTurn();
      this.#stop.signal.throwIfAborted();
      signal?.throwIfAborted();
    }
    // From here on without a wait: no block can come between.
    const unsubscribe = port.subscribe((news) => this.#consensusBlock(news));
    const unwatch = port.watchCommitments((id, commitment) => {
      if (id === this.#options.runtimeId) this.#executor?.commitmentObserved(commitment);
    });
    this.#unsubscribe = () => {
      unsubscribe();
      unwatch();
    };
    this.#isStarted = true;
    this.#versions.update();
    this.runtime.start();
    this.#pruner?.start();
    this.#rounds.start();
  }

  /** Resolves when the runtime is registered and the state of a block is here; never where that does not come. */
  get initialized(): Promise<void> {
    return this.#initialized.promise;
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

  /** The same as a list, which is empty before the first. */
  get lastBlock(): readonly roothash.AnnotatedBlock[] {
    return this.#last === undefined ? [] : [{ consensusHeight: this.#last.height, block: this.#last.block }];
  }

  /** The runtime's state in consensus as of the last height. */
  latestState(): roothash.RuntimeState {
    const { consensus: port, runtimeId } = this.#options;
    return runtimeBlockAt(port, runtimeId, port.backend.latestHeight).state;
  }

  /** Whether the consensus state of a height may go as far as this runtime is concerned. */
  mayPrune(height: number): boolean {
    return this.#indexer.mayPrune(height);
  }

  /** What the node registers for the runtime: the version in force and the one that is ready for its epoch. */
  registration(): readonly node.Runtime[] {
    if (!this.#host.isRunning) return [];
    return this.#versions.registered().map(({ capabilityTee: tee, version }) => {
      return { id: this.#options.runtimeId, version, capabilities: { tee }, extraInfo: null };
    });
  }

  get activeVersion(): Version | undefined {
    const last = this.#last;
    return last && registry.activeDeployment(last.descriptor, last.epoch)?.version;
  }

  /** The first block that is kept with its state. */
  get lastRetained(): roothash.Block | undefined {
    return lastRetainedBlock(this.storage, this.history);
  }

  /** The last round whose state is here, with its roots. */
  get lastSynced(): LastSyncedRound {
    return lastSyncedRound(this.storage, this.history);
  }

  status(): RuntimeStatus {
    const { consensus: port, runtimeId } = this.#options;
    const { isRunning, isSuited, isTrustSynced } = this.#host;
    return runtimeStatus({
      runtimeId,
      consensus: port,
      history: this.history,
      indexer: this.#indexer,
      storage: this.storage,
      last: this.#last && { round: this.#last.block.header.round, height: this.#last.height },
      activeVersion: this.activeVersion,
      versions: this.runtime.ronl.versions,
      isStarted: this.#isStarted,
      isRunning,
      isSuited,
      isTrustSynced,
      nodeId: this.#executor?.nodeId,
      calls: this.runtime.callsInFlight,
      faults: this.#faults.all,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    // The last first. What was begun ends before the history is written for the last time.
    await using parts = new AsyncDisposableStack();
    parts.defer(() => this.#closeHistory());
    parts.use(this.#rounds);
    parts.defer(() => this.#executor?.ended);
    parts.use(this.runtime);
    parts.use(this.#host);
    parts.use(this.pool);
    parts.use(this.#executor);
    parts.use(this.#pruner);
    // From here on nothing new is begun.
    this.client[Symbol.dispose]();
    this.#unsubscribe?.();
    this.#indexer.stop();
    this.storage.stop();
  }

  #closeHistory(): void {
    try {
      this.history[Symbol.dispose]();
    } catch (error) {
      const text = "the newest rounds could not be written; the next start finds them in consensus";
      this.#options.log.warn(text, { err: error as Error });
    }
  }

  #consensusBlock({ events, height }: ConsensusNews): void {
    if (height === 0 || this.#stop.signal.aborted) return;
    const { runtimeId } = this.#options;
    if (this.#indexer.add(height) !== undefined) this.#rounds.update();
    for (const event of events.roothash) {
      if (event.runtimeId === runtimeId) this.#executor?.roothashEvent(event);
    }
    this.#versions.update(events.registry);
    this.#host.heightCommitted(height);
  }

  #outcome(kind: FaultKind, what: string, error: Error | undefined): void {
    if (error === undefined) this.#faults.succeeded(kind);
    else if (!this.#stop.signal.aborted) this.#faults.failed(kind, what, error);
  }

  #tellAvailability(): void {
    this.#options.onAvailability?.(this.#host.canWork && this.#last !== undefined);
  }

  /** The state of a block is here. */
  #completed(annotated: roothash.AnnotatedBlock, isLast: boolean): void {
    const { consensus: port, log, runtimeId } = this.#options;
    const block = must(annotated.block);
    const wasFirst = this.#last === undefined;
    try {
      this.#last = runtimeBlockAt(port, runtimeId, annotated.consensusHeight);
    } catch (error) {
      // Its height is pruned: only blocks that are behind have that, and those of a runtime that stands still.
      if (!isError(error, consensus.ErrVersionNotFound)) throw error;
      log.debug("the height of a block is not kept", { height: annotated.consensusHeight, err: error as Error });
      return;
    }
    this.pool.setIncoming(this.#last.request.incoming);
    // What the block holds leaves the pool before anything is checked again.
    this.#executor?.endRound(block.header);
    this.client.blockCompleted(block);
    for (const listener of this.#listeners) listener(annotated);
    this.pool.recheck(block.header.round, block.header.headerType === roothash.headerTypes.epochTransition);
    this.pool.check();
    // Older blocks come in quick succession at the start; only the last one is built upon.
    if (isLast) this.#executor?.newBlock(this.#last);
    if (!wasFirst) return;
    this.#initialized.resolve();
    this.#tellAvailability();
  }
}

// A node without event loop: the engine of @wadi/comet-core on a disk and a clock that the test
// moves. It runs alone.
import {
  BlockExecutor,
  BlockStore,
  CachingVerifier,
  ConsensusEngine,
  DEFAULT_MEMPOOL_CONFIG,
  evidenceStorage,
  EvidencePool,
  handshake,
  Mempool,
  openState,
  storedChain,
  PrivateValidator,
  StateStore,
  txLimits,
  WriteAheadLog,
  type Application,
  type AppliedBlock,
  type EngineConfig,
  type EngineDatabase,
  type EngineGenesis,
  type EngineOutput,
  type Now,
  type SignStateStorage,
  type TimeoutInfo,
  type WalFault,
  type WalFiles,
  type WalOptions,
} from "@wadi/comet-core";
import { engineVerifier } from "@wadi/comet-types";
import { KeyCache, verifyEd25519, type Signer } from "@wadi/crypto";

export interface SyncNodeOptions {
  readonly database: EngineDatabase;
  readonly wal: WalFiles;
  readonly walOptions?: WalOptions;
  readonly signState: SignStateStorage;
  readonly application: Application;
  readonly genesis: EngineGenesis;
  readonly config: EngineConfig;
  readonly signer?: Signer;
  readonly hasNoPeers?: boolean;
  readonly clock: { time: bigint; ms: number };
}

const keys = new KeyCache();
const verifier = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
const NO_MEMPOOL = { recheck: () => true, reap: () => [], update: () => undefined };

export class SyncNode {
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly engine: ConsensusEngine;
  readonly mempool: Mempool;
  readonly applied: AppliedBlock[] = [];
  readonly outputs: EngineOutput[] = [];
  readonly logFault: WalFault | undefined;
  readonly #clock: { time: bigint; ms: number };
  #timer: (TimeoutInfo & { readonly atMs: number }) | undefined;

  constructor(options: SyncNodeOptions) {
    const { database, application, genesis, clock } = options;
    this.#clock = clock;
    this.blocks = new BlockStore(database);
    this.states = new StateStore(database);
    const { blocks, states } = this;
    const caching = new CachingVerifier(verifier);
    const wal = new WriteAheadLog(options.wal, options.walOptions);
    this.logFault = wal.open(clock.time);
    const stored = openState({ blocks, states }, genesis);
    const evidence = new EvidencePool(
      { storage: evidenceStorage(database), chain: storedChain(this), verifier: caching },
      stored,
    );
    const common = { application, blocks, states, verifier: caching, evidence };
    const executor = new BlockExecutor({ ...common, mempool: NO_MEMPOOL });
    const state = handshake({ ...common, genesis, executor }, stored);
    this.mempool = new Mempool(application, DEFAULT_MEMPOOL_CONFIG, txLimits(state), state.lastBlockHeight);
    const privateValidator = options.signer && new PrivateValidator(options.signer, options.signState);
    const now = (): Now => ({ ...clock });
    const parts = {
      ...common,
      executor: new BlockExecutor({ ...common, mempool: this.mempool }),
      wal,
      privateValidator,
      hasNoPeers: options.hasNoPeers ?? false,
      now,
    };
    this.engine = new ConsensusEngine(parts, options.config, state);
  }

  start(): void {
    this.#take(this.engine.start());
  }

  /** Does the next thing there is to do; false if there is none. */
  step(): boolean {
    this.#advance(1);
    if (this.engine.hasWork) {
      this.#take(this.engine.proceed());
      return true;
    }
    if (this.mempool.takeAvailable()) {
      this.#take(this.engine.handle({ kind: "txs-available" }));
      return true;
    }
    const timer = this.#timer;
    if (timer === undefined || this.engine.isStopped) return false;
    this.#timer = undefined;
    this.#advance(Math.max(0, timer.atMs - this.#clock.ms));
    const { durationMs, height, round, step } = timer;
    this.#take(this.engine.handle({ kind: "timeout", timeout: { durationMs, height, round, step } }));
    return true;
  }

  /** Runs until the chain has this height. */
  runTo(height: number): void {
    for (let i = 0; i < 200 * height + 1000; i++) {
      if (this.blocks.height >= height) return;
      if (!this.step()) throw new Error(`nothing to do at height ${this.blocks.height}`);
    }
    throw new Error(`no progress at height ${this.blocks.height}`);
  }

  #advance(ms: number): void {
    this.#clock.ms += ms;
    this.#clock.time += BigInt(ms) * 1_000_000n;
  }

  #take(outputs: readonly EngineOutput[]): void {
    for (const output of outputs) {
      this.outputs.push(output);
      if (output.kind === "block") this.applied.push(output.applied);
      if (output.kind === "schedule-timeout") {
        this.#timer = { ...output.timeout, atMs: this.#clock.ms + output.timeout.durationMs };
      }
    }
  }
}

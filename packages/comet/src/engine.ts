// The consensus engine of a node: the state machine of @wadi/comet-core on a clock, a disk and a
// network.
import {
  BlockExecutor,
  BlockStore,
  CachingVerifier,
  ConsensusEngine,
  DEFAULT_MEMPOOL_CONFIG,
  evidenceStorage,
  EvidencePool,
  handshakeSteps,
  Mempool,
  openState,
  storedChain,
  PrivateValidator,
  StagingDatabase,
  StateStore,
  txLimits,
  WriteAheadLog,
  type Application,
  type AppliedBlock,
  type EngineConfig,
  type EngineGenesis,
  type EngineInput,
  type EngineOutput,
  type EvidenceAddition,
  type MempoolConfig,
  type Now,
  type ReplayProgress,
  type RoundBroadcast,
  type RoundView,
  type TimeoutInfo,
  type TransactionSource,
  type TxOutcome,
  type WalFault,
} from "@wadi/comet-core";
import { engineVerifier, type EngineState, type EngineVerifier, type Evidence, type TimeNs } from "@wadi/comet-types";
import { KeyCache, verifyEd25519, type Signer } from "@wadi/crypto";
import { WadiError } from "@wadi/util";
import { ErrNotRunning } from "./errors.ts";
import { Reactor } from "./reactor.ts";
import { SignatureThreadUser } from "./signature-thread.ts";
import type { EngineStorage } from "./storage.ts";
import { noTransport, type PeerId, type Transport } from "./transport.ts";

export interface EngineOptions {
  /** Closed with the engine. */
  readonly storage: EngineStorage;
  readonly application: Application;
  readonly genesis: EngineGenesis;
  readonly config: EngineConfig;
  /** The consensus key; a node without one only follows. */
  readonly signer?: Signer;
  /** Closed with the engine. Without one the node has no peers. */
  readonly transport?: Transport;
  readonly mempool?: MempoolConfig;
  readonly verifier?: EngineVerifier;
}

/** What happens in an engine, for whoever wants to know. */
export type EngineNotice =
  /** A block is final and stored. */
  | { readonly kind: "block"; readonly applied: AppliedBlock }
  | Extract<EngineOutput, { kind: "event" | "peer-error" | "not-signed" }>
  /** The end of the log was no record; it was copied and cut away. */
  | { readonly kind: "log-repaired"; readonly fault: WalFault }
  /** At the start the application is brought to the height of the stored blocks. */
  | ({ readonly kind: "replayed" } & ReplayProgress);

/** Why an engine stopped by itself; without error the application wanted it. */
export interface StopReason {
  readonly error?: unknown;
}

/** What waits for company, in the log and for the database, is written at least so often. */
const FLUSH_INTERVAL_MS = 2000;
/** Timers of more wrap around. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Transactions that are checked again in one turn of the event loop. */
const RECHECKS_PER_TURN = 64;

const NO_MEMPOOL: TransactionSource = { recheck: () => true, reap: () => [], update: () => undefined };

function realVerifier(): EngineVerifier {
  const keys = new KeyCache();
  return engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
}

const wallTime = (): TimeNs => BigInt(Date.now()) * 1_000_000n;
const now = (): Now => ({ time: wallTime(), ms: performance.now() });
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The peer that a vote came from which we now tell that we have: it knows, as it has sent it. */
function giverOf(news: RoundBroadcast, input: EngineInput | undefined): PeerId | undefined {
  if (news.kind !== "has-vote" || input?.kind !== "message" || input.message.kind !== "vote") return undefined;
  const { height, round, type, validatorIndex } = input.message.vote;
  const { value } = news;
  const isIt =
    value.index === validatorIndex && value.type === type && value.round === round && value.height === height;
  return isIt ? input.peer : undefined;
}

/** The parts that exist while the engine runs. */
interface Running {
  readonly consensus: ConsensusEngine;
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  readonly reactor: Reactor;
}

export class Engine implements AsyncDisposable {
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly #database: StagingDatabase;
  /** Settles when the engine has stopped by itself. It never rejects. */
  readonly stopped: Promise<StopReason>;
  readonly #options: EngineOptions;
  readonly #transport: Transport;
  readonly #thread = new SignatureThreadUser();
  readonly #listeners = new Set<(notice: EngineNotice) => void>();
  readonly #resolveStopped: (reason: StopReason) => void;
  #running: Running | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #work: NodeJS.Immediate | undefined;
  #recheck: NodeJS.Immediate | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#transport = options.transport ?? noTransport();
    this.#database = new StagingDatabase(options.storage.database);
    this.blocks = new BlockStore(this.#database);
    this.states = new StateStore(this.#database);
    const { promise, resolve } = Promise.withResolvers<StopReason>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
  }

  /**
   * Brings application and stores together, replays the log and takes part. Throws what these
   * steps throw (errors of the modules `cometbft/...`, of the store, of the application), and
   * ErrNotRunning if it is disposed of meanwhile; after an error the engine is to be disposed of.
   */
  async start(): Promise<void> {
    const { application, config, genesis, signer, storage } = this.#options;
    const { blocks, states } = this;
    const verifier = new CachingVerifier(this.#options.verifier ?? realVerifier());
    const wal = new WriteAheadLog(storage.wal);
    const fault = wal.open(wallTime());
    if (fault !== undefined) this.#notify({ kind: "log-repaired", fault });

    const stored = openState({ blocks, states }, genesis);
    const evidence = new EvidencePool(
      { storage: evidenceStorage(this.#database), chain: storedChain(this), verifier },
      stored,
    );
    const common = { application, blocks, states, verifier, evidence };
    const handshakeParts = { ...common, genesis, executor: new BlockExecutor({ ...common, mempool: NO_MEMPOOL }) };
    const state = await this.#handshake(handshakeSteps(handshakeParts, stored));

    const mempoolConfig = this.#options.mempool ?? DEFAULT_MEMPOOL_CONFIG;
    const checker = this.#txChecker(application);
    const mempool = new Mempool(checker, mempoolConfig, txLimits(state), state.lastBlockHeight);
    const executor = new BlockExecutor({ ...common, mempool });
    const privateValidator = signer && new PrivateValidator(signer, storage.signState);
    const hasNoPeers = this.#options.transport === undefined;
    const consensus = new ConsensusEngine(
      { executor, blocks, wal, verifier, privateValidator, evidence, hasNoPeers, now },
      config,
      state,
    );
    const reactor = new Reactor({
      transport: this.#transport,
      blocks,
      mempool,
      evidence,
      initialHeight: state.initialHeight,
      // Another verifier than the network's own decides for itself.
      ahead: this.#options.verifier === undefined ? { thread: this.#thread, verifier } : undefined,
      view: () => consensus.view,
      nowMs: () => performance.now(),
      deliver: (peer, message) => this.#handle({ kind: "message", peer, message }),
      checked: () => this.#offerTransactions(),
      failed: (error) => this.#stop({ error }),
    });
    this.#running = { consensus, mempool, evidence, reactor };
    this.#flushTimer = setInterval(() => this.#guard(() => this.#flush()), FLUSH_INTERVAL_MS);
    let outputs: readonly EngineOutput[];
    try {
      outputs = consensus.start();
    } catch (error) {
      this.#stop({ error });
      throw error;
    }
    this.#transport.start(reactor);
    this.#guard(() => this.#carryOut(outputs));
  }

  /** The application as the mempool sees it: its failure is the node's, not that of whoever sent the transaction. */
  #txChecker(application: Application): Pick<Application, "checkTx"> {
    return {
      checkTx: (tx, kind) => {
        try {
          return application.checkTx(tx, kind);
        } catch (error) {
          this.#stop({ error });
          throw error;
        }
      },
    };
  }

  async #handshake(steps: ReturnType<typeof handshakeSteps>): Promise<EngineState> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      this.#notify({ kind: "replayed", ...step.value });
      await nextTurn();
      if (this.#isClosing) throw new WadiError(ErrNotRunning, { context: "closed while it started" });
    }
  }

  #must(): Running {
    if (this.#running === undefined) throw new WadiError(ErrNotRunning);
    return this.#running;
  }

  /** The state after the last block. Throws ErrNotRunning before `start`. */
  get state(): EngineState {
    return this.#must().consensus.state;
  }

  /** The round state; not to be kept. Throws ErrNotRunning. */
  get view(): RoundView {
    return this.#must().consensus.view;
  }

  /** Throws ErrNotRunning. */
  get mempool(): Mempool {
    return this.#must().mempool;
  }

  /** Throws ErrNotRunning. */
  get evidence(): EvidencePool {
    return this.#must().evidence;
  }

  get peers(): readonly PeerId[] {
    return this.#running?.reactor.peers ?? [];
  }

  /**
   * Tells a listener of everything that happens, during the call that makes it happen: for a block
   * right after it was applied. A listener must not throw: that stops the engine. Returns how to
   * end it.
   */
  subscribe(listener: (notice: EngineNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(notice: EngineNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }

  /** See Mempool. Throws ErrNotRunning. */
  txSizeRefusal(sizeBytes: number): TxOutcome | undefined {
    return this.#must().mempool.sizeRefusal(sizeBytes);
  }

  /** Checks a transaction and puts it into the mempool. Throws ErrNotRunning. */
  checkTx(tx: Uint8Array): TxOutcome {
    const { mempool, reactor } = this.#must();
    const outcome = mempool.checkTx(tx);
    if (outcome.kind === "added") {
      reactor.wake();
      // Not in this call: the caller first learns that the transaction is in.
      setImmediate(() => this.#offerTransactions());
    }
    return outcome;
  }

  /**
   * Takes in evidence of misbehaviour that is valid by itself; it goes to peers and into a block.
   * Throws a WadiError if it proves nothing, and ErrNotRunning.
   */
  addEvidence(piece: Evidence): EvidenceAddition {
    const { evidence, reactor } = this.#must();
    const addition = evidence.add(piece);
    if (addition === "added") reactor.wake();
    return addition;
  }

  #offerTransactions(): void {
    if (this.#running?.mempool.takeAvailable() === true) this.#handle({ kind: "txs-available" });
  }

  #handle(input: EngineInput): void {
    const { consensus } = this.#must();
    this.#guard(() => this.#carryOut(consensus.handle(input), input));
  }

  /** Runs what may fail with the disk or the application: then the engine stops. */
  #guard(body: () => void): void {
    if (this.#isClosing) return;
    try {
      body();
    } catch (error) {
      this.#stop({ error });
    }
  }

  #carryOut(outputs: readonly EngineOutput[], input?: EngineInput): void {
    const { consensus, reactor } = this.#must();
    for (const output of outputs) {
      switch (output.kind) {
        case "schedule-timeout":
          this.#schedule(output.timeout);
          break;
        case "broadcast":
          reactor.broadcast(output.message, giverOf(output.message, input));
          break;
        case "block":
          this.#notify(output);
          this.#checkAgain();
          break;
        case "peer-error":
          this.#notify(output);
          reactor.disconnect(output.peer, output.error);
          break;
        case "event":
        case "not-signed":
          this.#notify(output);
          break;
        case "conflicting-votes":
          break;
        case "stop":
          this.#stop(output.error === undefined ? {} : { error: output.error });
          break;
      }
    }
    reactor.wake();
    if (!consensus.hasWork || this.#work !== undefined) return;
    this.#work = setImmediate(() => {
      this.#work = undefined;
      this.#guard(() => this.#carryOut(consensus.proceed()));
    });
  }

  #schedule(timeout: TimeoutInfo): void {
    clearTimeout(this.#timer);
    const durationMs = Math.min(timeout.durationMs, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#handle({ kind: "timeout", timeout }), durationMs);
  }

  /** Checks transactions again after a block, some in each turn. */
  #checkAgain(): void {
    if (this.#recheck !== undefined) return;
    this.#recheck = setImmediate(() => {
      this.#recheck = undefined;
      this.#guard(() => {
        if (this.#must().mempool.recheck(RECHECKS_PER_TURN)) this.#offerTransactions();
        else this.#checkAgain();
      });
    });
  }

  #flush(): void {
    this.#running?.consensus.flush();
    this.#database.flush();
  }

  #stop(reason: StopReason): void {
    if (this.#isClosing) return;
    this.#stopTimers();
    this.#resolveStopped(reason);
  }

  #stopTimers(): void {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    clearInterval(this.#flushTimer);
    if (this.#work !== undefined) clearImmediate(this.#work);
    if (this.#recheck !== undefined) clearImmediate(this.#recheck);
    this.#running?.reactor[Symbol.dispose]();
  }

  /** Stops and closes storage and transport. Nothing is lost: the next start goes on from here. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stopTimers();
    await this.#transport[Symbol.asyncDispose]();
    await this.#thread[Symbol.asyncDispose]();
    try {
      this.#flush();
    } finally {
      await this.#options.storage[Symbol.asyncDispose]();
    }
  }
}

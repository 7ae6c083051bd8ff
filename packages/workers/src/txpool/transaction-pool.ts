// Transactions of a runtime that wait: first to be checked by it, then to be scheduled.
// Reference: go/runtime/txpool/txpool.go.
import { hashOf } from "@wadi/crypto";
import { checkTransactions, type BatchContext, type CheckedTransaction, type HostedRuntime } from "@wadi/runtime-host";
import { ErrCallTimeout } from "@wadi/runtime-protocol";
import {
  MIN_REPUBLISH_MS,
  MainQueue,
  RecentHashes,
  type CheckedTransaction as QueuedTransaction,
  type PromotedBatch,
} from "@wadi/worker-core";
import type { Logger } from "@wadi/telemetry";
import type { Hash, roothash } from "@wadi/types";
import { WadiError, errUnknown, isError, toHex } from "@wadi/util";

import { ErrPool } from "../errors.ts";
import { Publisher } from "./publisher.ts";

/** Bytes of one transaction, and of those that are checked together. */
const MAX_TRANSACTION_BYTES = 31 << 20;
const RETRY_MS = 1000;
/** Transactions that were checked with a new block are published so long after it: peers have it by then. */
const PUBLISH_DELAY_MS = 200;
/** Times of transactions that are gone are kept up to this number. */
const MAX_EXPIRED = 1000;
/** A transaction whose check fails so often when it is checked alone is refused. */
const MAX_FAILURES = 3;

export interface PoolConfig {
  readonly maxSize: number;
  readonly cacheSize: number;
  readonly maxCheckBatch: number;
  /** Rounds after which everything is checked again. */
  readonly recheckInterval: number;
  /** Milliseconds that lie between two such checks at least: rounds may be a few milliseconds long. */
  readonly recheckPauseMs: number;
  /** Milliseconds after which transactions are shown to peers again; at least `MIN_REPUBLISH_MS`. */
  readonly republishMs: number;
}

export const defaultPoolConfig: PoolConfig = {
  maxSize: 50_000,
  cacheSize: 100_000,
  maxCheckBatch: 128,
  recheckInterval: 5,
  recheckPauseMs: 5_000,
  republishMs: MIN_REPUBLISH_MS,
};

/** The runtime and what it checks against; undefined while there is none. */
export type CheckingContext = () =>
  | { readonly runtime: Pick<HostedRuntime, "request" | "abort">; readonly context: BatchContext }
  | undefined;

interface Waiting {
  readonly hash: Hash;
  readonly raw: Uint8Array;
  /** Only the answer is wanted. */
  readonly discard: boolean;
  /** Peers have it. */
  readonly isRemote: boolean;
  readonly settle: ((error: Error | undefined) => void) | undefined;
  /** How often the runtime failed on it alone. */
  failures: number;
}

export interface SubmitOptions {
  /** Only the answer is wanted; default: false. */
  readonly discard?: boolean;
  /** It comes from a peer; default: from a client. */
  readonly isRemote?: boolean;
}

export interface PoolEvents {
  /** Transactions entered the main queue. */
  readonly accepted: () => void;
  /** A transaction that was in the main queue will not come into a block, unless somebody else has it. */
  readonly dropped?: (hash: Hash, error: Error) => void;
  /** A transaction is to be shown to peers; default: there are none. */
  readonly publish?: (raw: Uint8Array) => void;
  /** The runtime checked transactions, or why it did not. */
  readonly checked?: (error: Error | undefined) => void;
}

export class TransactionPool implements Disposable {
  readonly #config: PoolConfig;
  readonly #context: CheckingContext;
  readonly #events: PoolEvents;
  readonly #log: Logger;
  readonly #main: MainQueue;
  readonly #seen: RecentHashes;
  /** When transactions that wait for a block were shown to peers last; -Infinity for never. */
  readonly #publishedAtMs = new Map<Hash, number>();
  readonly #publisher: Publisher<QueuedTransaction> | undefined;
  /** By hash; two copies of one transaction may wait. */
  #queue: Waiting[] = [];
  /** Data of the messages that wait for the runtime in consensus. They are not scheduled: it has the messages. */
  #incoming: ReadonlyMap<Hash, Uint8Array> = new Map();
  /** Of the proposals of the round in progress. */
  readonly #proposed = new Map<Hash, Uint8Array>();
  /** What the runtime was given in the round in progress. */
  readonly #scheduled = new Set<Hash>();
  /** Dropped, but the round in progress may use them; whoever waits is told when it is over. */
  readonly #droppedInRound = new Map<Hash, Error>();
  #isChecking = false;
  /** Transactions that came into a block or were rejected while their check was under way. */
  readonly #gone = new Set<Hash>();
  /** A batch failed: until its transactions are through, each is checked alone. */
  #checkAlone = 0;
  #soon: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #lastRecheck = 0n;
  #lastRecheckMs = -Infinity;
  #lastBlockMs = -Infinity;
  #isClosed = false;
  #additions = 0;

  constructor(config: PoolConfig, context: CheckingContext, events: PoolEvents, log: Logger) {
    this.#config = config;
    this.#context = context;
    this.#events = events;
    this.#log = log;
    this.#main = new MainQueue(config.maxSize, ({ hash }) => {
      this.#dropped(hash as Hash, refused("transaction underpriced"));
    });
    this.#seen = new RecentHashes(config.cacheSize);
    this.#publisher = this.#newPublisher();
  }

  get size(): number {
    return this.#main.size;
  }

  /** Grows whenever transactions enter the main queue, also those that were checked again. */
  get additions(): number {
    return this.#additions;
  }

  /** Whether `schedule` would give something; it opens the same new session. */
  hasSchedulable(): boolean {
    return this.#main.hasSchedulable();
  }

  /** What waits to come into a block: the data of incoming messages, and transactions that may be scheduled. */
  all(): readonly Uint8Array[] {
    return [...this.#incoming.values(), ...this.#main.all().map(({ raw }) => raw)];
  }

  /** The incoming messages of the runtime as of its last block; proposals name their data by hash. */
  setIncoming(messages: readonly roothash.IncomingMessage[]): void {
    this.#incoming = new Map(messages.map(({ data }) => [hashOf(data) as Hash, data]));
  }

  /** Resolves when the transaction has passed its check and, unless it is to be discarded, is in the queue. */
  submit(raw: Uint8Array, { discard = false, isRemote = false }: SubmitOptions = {}): Promise<void> {
    if (this.#isClosed) return Promise.reject(notTaken("the node stops"));
    // Before the hash, which takes 0.3 s for the longest message that a caller can send.
    if (raw.length > MAX_TRANSACTION_BYTES) return Promise.reject(notTaken("transaction is too large"));
    const hash = hashOf(raw) as Hash;
    if (this.#seen.has(hash)) return Promise.reject(notTaken("duplicate transaction"));
    if (this.#queue.length >= Math.floor(this.#config.maxSize * 1.1)) {
      return Promise.reject(notTaken("check queue is full"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error));
    this.#queue.push({ hash, raw, discard, isRemote, settle, failures: 0 });
    // What comes in the same turn is checked in one batch: it may make it into one block then.
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.check();
    });
    return promise;
  }

  /** Checks what waits, as soon as the runtime is there. */
  check(): void {
    if (this.#isChecking || this.#isClosed || this.#queue.length === 0) return;
    const target = this.#context();
    if (target === undefined) {
      this.#tryLater();
      return;
    }
    this.#isChecking = true;
    void this.#checkBatch(target);
  }

  /** Checks everything again, at most every few rounds and seconds unless `force`. */
  recheck(round: bigint, force: boolean): void {
    this.#tellDropped();
    const now = performance.now();
    this.#lastBlockMs = now;
    const { recheckInterval, recheckPauseMs } = this.#config;
    const isTooEarly =
      round - this.#lastRecheck <= BigInt(recheckInterval) || now - this.#lastRecheckMs < recheckPauseMs;
    if (!force && isTooEarly) return;
    this.#lastRecheck = round;
    this.#lastRecheckMs = now;
    const drained = this.#main.drain().map(({ hash, raw }): Waiting => {
      return { hash: hash as Hash, raw, discard: false, isRemote: true, settle: undefined, failures: 0 };
    });
    this.#queue = [...drained, ...this.#queue];
    this.check();
  }

  schedule(limit: number): readonly Uint8Array[] {
    return this.#handOver(this.#main.schedule(limit));
  }

  scheduleExtra(limit: number): readonly Uint8Array[] {
    return this.#handOver(this.#main.scheduleExtra(limit));
  }

  /** Transactions that a block holds. They do not come back by a check that waits or is under way. */
  used(hashes: readonly Hash[]): void {
    this.#drop(hashes);
  }

  /** Transactions that are to be in no block, and why. Whoever waits for one is told, unless the round in progress has it. */
  rejected(hashes: readonly Hash[], reason: string): void {
    this.#drop(hashes);
    for (const hash of hashes) this.#dropped(hash, refused(reason));
  }

  /** Takes a transaction that only the proposal in progress needs; it stays until the round ends. */
  propose(raw: Uint8Array): void {
    this.#proposed.set(hashOf(raw) as Hash, raw);
  }

  /** The transactions of a proposal as far as they are here. They stay until the round ends. */
  promote(hashes: readonly Hash[]): PromotedBatch {
    const txs = hashes.map((hash) => {
      const raw = this.#incoming.get(hash) ?? this.#main.get(hash)?.raw ?? this.#proposed.get(hash);
      if (raw !== undefined) this.#proposed.set(hash, raw);
      return raw;
    });
    return { txs, missing: hashes.filter((_, i) => txs[i] === undefined) };
  }

  endRound(): void {
    this.#proposed.clear();
    this.#scheduled.clear();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearImmediate(this.#soon);
    this.#publisher?.[Symbol.dispose]();
    this.#settleAll(this.#queue, notTaken("the node stops"));
    this.#queue = [];
  }

  #newPublisher(): Publisher<QueuedTransaction> | undefined {
    const { publish } = this.#events;
    if (publish === undefined) return undefined;
    return new Publisher({
      transactions: () => {
        this.#forgetExpired();
        return this.#main.all();
      },
      publishedAtMs: ({ hash }) => this.#publishedAtMs.get(hash as Hash),
      publish: ({ hash, raw }) => {
        publish(raw);
        this.#publishedAtMs.set(hash as Hash, performance.now());
      },
      nowMs: () => performance.now(),
      intervalMs: Math.max(this.#config.republishMs, MIN_REPUBLISH_MS),
    });
  }

  /** The queue drops transactions without a word when others of their sender pass them. */
  #forgetExpired(): void {
    if (this.#publishedAtMs.size <= 2 * (this.#main.size + this.#queue.length) + MAX_EXPIRED) return;
    const isBeingChecked = new Set(this.#queue.map(({ hash }) => hash));
    for (const hash of this.#publishedAtMs.keys()) {
      if (this.#main.get(hash) === undefined && !isBeingChecked.has(hash)) this.#publishedAtMs.delete(hash);
    }
  }

  #handOver(txs: readonly { readonly hash: string; readonly raw: Uint8Array }[]): readonly Uint8Array[] {
    for (const { hash } of txs) this.#scheduled.add(hash as Hash);
    return txs.map(({ raw }) => raw);
  }

  /** It may be submitted again. */
  #dropped(hash: Hash, error: Error): void {
    this.#seen.delete(hash);
    this.#publishedAtMs.delete(hash);
    if (this.#scheduled.has(hash) || this.#proposed.has(hash)) this.#droppedInRound.set(hash, error);
    else this.#events.dropped?.(hash, error);
  }

  #tellDropped(): void {
    for (const [hash, error] of this.#droppedInRound) {
      if (this.#scheduled.has(hash) || this.#proposed.has(hash)) continue;
      this.#droppedInRound.delete(hash);
      if (this.#main.get(hash) === undefined) this.#events.dropped?.(hash, error);
    }
  }

  #drop(hashes: readonly Hash[]): void {
    if (hashes.length === 0) return;
    if (this.#droppedInRound.size > 0) for (const hash of hashes) this.#droppedInRound.delete(hash);
    this.#main.used(hashes);
    for (const hash of hashes) this.#publishedAtMs.delete(hash);
    if (this.#isChecking) for (const hash of hashes) this.#gone.add(hash);
    if (this.#queue.length === 0) return;
    const dropped = new Set(hashes);
    const isGone = ({ discard, hash }: Waiting): boolean => !discard && dropped.has(hash);
    for (const { settle } of this.#queue.filter(isGone)) settle?.(notTaken("duplicate transaction"));
    this.#queue = this.#queue.filter((waiting) => !isGone(waiting));
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.check(), RETRY_MS);
  }

  async #checkBatch({ runtime, context }: NonNullable<ReturnType<CheckingContext>>): Promise<void> {
    const batch = this.#takeBatch();
    const inputs = batch.map(({ raw }) => raw);
    try {
      const results = await checkTransactions(runtime, context, inputs);
      this.#events.checked?.(undefined);
      this.#isChecking = false;
      this.#checkAlone = Math.max(0, this.#checkAlone - batch.length);
      if (this.#isClosed) this.#settleAll(batch, notTaken("the node stops"));
      else this.#sort(batch, results);
      this.#gone.clear();
      this.check();
    } catch (error) {
      await this.#checkFailed(batch, error as Error, runtime);
    }
  }

  /**
   * A batch that cannot be checked waits in front. One transaction may be to blame: from now on
   * each of them is checked alone, and who fails alone for the third time is out.
   */
  async #checkFailed(batch: readonly Waiting[], error: Error, runtime: Pick<HostedRuntime, "abort">): Promise<void> {
    this.#log.warn("transactions could not be checked", { err: error, count: batch.length });
    this.#events.checked?.(error);
    const [first, ...others] = batch;
    const isHopeless = first !== undefined && others.length === 0 && ++first.failures >= MAX_FAILURES;
    if (isHopeless) {
      this.#seen.delete(first.hash);
      first.settle?.(error);
    }
    if (isError(error, ErrCallTimeout)) await runtime.abort().catch(() => undefined);
    this.#isChecking = false;
    if (this.#isClosed) {
      this.#settleAll(batch, notTaken("the node stops"));
      return;
    }
    const again = isHopeless ? [] : batch.filter(({ discard, hash }) => discard || !this.#gone.has(hash));
    if (isHopeless) this.#checkAlone = Math.max(0, this.#checkAlone - 1);
    else this.#checkAlone = Math.max(this.#checkAlone, again.length);
    this.#gone.clear();
    this.#queue = [...again, ...this.#queue];
    if (isHopeless || batch.length > 1) this.check();
    else this.#tryLater();
  }

  #settleAll(batch: readonly Waiting[], error: Error): void {
    for (const { settle } of batch) settle?.(error);
  }

  /** Nobody waits for the end of a recheck; its failures are those of transactions that had passed before. */
  #settle({ hash, settle }: Waiting, error: Error | undefined): void {
    if (settle !== undefined) settle(error);
    else if (error !== undefined && !this.#gone.has(hash)) this.#dropped(hash, error);
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    const limit = this.#checkAlone > 0 ? 1 : this.#config.maxCheckBatch;
    for (const { raw } of this.#queue) {
      bytes += raw.length;
      if (count >= limit || bytes > MAX_TRANSACTION_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, Math.max(1, count));
  }

  #sort(batch: readonly Waiting[], results: readonly CheckedTransaction[]): void {
    let accepted = false;
    // The first result of a sender says what the state expects; later ones see their predecessors.
    const stateSequences = new Map<string, bigint>();
    for (const [i, waiting] of batch.entries()) {
      const result = results[i];
      if (result?.ok !== true) {
        this.#seen.delete(waiting.hash);
        this.#settle(waiting, checkFailure(result));
        continue;
      }
      if (waiting.discard) {
        waiting.settle?.(undefined);
        continue;
      }
      if (this.#gone.has(waiting.hash)) {
        waiting.settle?.(notTaken("duplicate transaction"));
        continue;
      }
      const { priority, sender: bytes, senderSeq, senderStateSeq } = result.meta;
      const sender = toHex(bytes);
      const stateSequence = stateSequences.get(sender) ?? senderStateSeq;
      stateSequences.set(sender, stateSequence);
      const { hash, raw } = waiting;
      const refusal = this.#main.add({ hash, raw, sender, sequence: senderSeq, stateSequence, priority });
      if (refusal === undefined) {
        this.#seen.add(hash);
        // One that was checked again keeps its time.
        if (waiting.settle !== undefined) {
          this.#publishedAtMs.set(hash, waiting.isRemote ? performance.now() : -Infinity);
        }
        accepted = true;
      }
      this.#settle(waiting, refusal === undefined ? undefined : refused(refusal));
    }
    if (!accepted) return;
    this.#additions++;
    this.#publisher?.within(Math.max(0, this.#lastBlockMs + PUBLISH_DELAY_MS - performance.now()));
    this.#events.accepted();
  }
}

/** Why a transaction failed its check: the runtime's own words, or those of the queue, under (`txpool`, 1). */
export class CheckTxFailure extends WadiError {}

function checkFailure(result: CheckedTransaction | undefined): Error {
  if (result?.ok !== false) return notTaken("not checked");
  const { code, message, module } = result.error;
  return new CheckTxFailure({ module, code, text: message });
}

/** The main queue has no place for a transaction that passed its check. */
function refused(text: string): CheckTxFailure {
  return new CheckTxFailure({ ...ErrPool, text });
}

/** A transaction that is not even checked. */
function notTaken(text: string): WadiError {
  return new WadiError({ ...errUnknown, text });
}

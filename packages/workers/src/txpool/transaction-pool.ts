// Transactions of a runtime that wait: first to be checked by it, then to be scheduled.
// Reference: go/runtime/txpool/txpool.go.
import { hashOf } from "@wadi/crypto";
import { checkTransactions, type BatchContext, type CheckedTransaction, type RuntimeCaller } from "@wadi/runtime-host";
import type { PromotedBatch } from "@wadi/worker-core";
import { MainQueue } from "@wadi/worker-core";
import type { Logger } from "@wadi/telemetry";
import type { Hash } from "@wadi/types";
import { LruMap, WadiError, toHex } from "@wadi/util";

import { ErrPool } from "../errors.ts";

/** Bytes of one transaction, and of those that are checked together. */
const MAX_TRANSACTION_BYTES = 31 << 20;
const RETRY_MS = 1000;

export interface PoolConfig {
  readonly maxSize: number;
  readonly cacheSize: number;
  readonly maxCheckBatch: number;
  /** Rounds after which everything is checked again. */
  readonly recheckInterval: number;
}

export const defaultPoolConfig: PoolConfig = {
  maxSize: 50_000,
  cacheSize: 100_000,
  maxCheckBatch: 128,
  recheckInterval: 5,
};

/** The runtime and what it checks against; undefined while there is none. */
export type CheckingContext = () => { readonly runtime: RuntimeCaller; readonly context: BatchContext } | undefined;

interface Waiting {
  readonly hash: Hash;
  readonly raw: Uint8Array;
  /** Only the answer is wanted. */
  readonly discard: boolean;
  readonly isRecheck: boolean;
  readonly settle: ((error: Error | undefined) => void) | undefined;
}

export interface PoolEvents {
  /** Transactions entered the main queue. */
  readonly accepted: () => void;
}

export class TransactionPool implements Disposable {
  readonly #config: PoolConfig;
  readonly #context: CheckingContext;
  readonly #events: PoolEvents;
  readonly #log: Logger;
  readonly #main: MainQueue;
  readonly #seen: LruMap<Hash, true>;
  /** By hash; two copies of one transaction may wait. */
  #queue: Waiting[] = [];
  /** Of the proposals of the round in progress. */
  readonly #proposed = new Map<Hash, Uint8Array>();
  #isChecking = false;
  #retry: NodeJS.Timeout | undefined;
  #lastRecheck = 0n;
  #isClosed = false;

  constructor(config: PoolConfig, context: CheckingContext, events: PoolEvents, log: Logger) {
    this.#config = config;
    this.#context = context;
    this.#events = events;
    this.#log = log;
    this.#main = new MainQueue(config.maxSize);
    this.#seen = new LruMap(config.cacheSize);
  }

  get size(): number {
    return this.#main.size;
  }

  /** Transactions that may be scheduled. */
  all(): readonly Uint8Array[] {
    return this.#main.all().map(({ raw }) => raw);
  }

  /** Resolves when the transaction has passed its check and, unless it is to be discarded, is in the queue. */
  submit(raw: Uint8Array, { discard = false }: { readonly discard?: boolean } = {}): Promise<void> {
    const hash = hashOf(raw) as Hash;
    if (this.#seen.has(hash)) return Promise.reject(refused("duplicate transaction"));
    if (this.#queue.length >= Math.floor(this.#config.maxSize * 1.1)) {
      return Promise.reject(refused("check queue is full"));
    }
    if (raw.length > MAX_TRANSACTION_BYTES) return Promise.reject(refused("transaction is too large"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error: Error | undefined): void => (error === undefined ? resolve() : reject(error));
    this.#queue.push({ hash, raw, discard, isRecheck: false, settle });
    this.check();
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

  /** Checks everything again, at most every few rounds unless `force`. */
  recheck(round: bigint, force: boolean): void {
    if (!force && round - this.#lastRecheck <= BigInt(this.#config.recheckInterval)) return;
    this.#lastRecheck = round;
    const drained = this.#main.drain().map(({ hash, raw }): Waiting => {
      return { hash: hash as Hash, raw, discard: false, isRecheck: true, settle: undefined };
    });
    this.#queue = [...drained, ...this.#queue];
    this.check();
  }

  schedule(limit: number): readonly Uint8Array[] {
    return this.#main.schedule(limit).map(({ raw }) => raw);
  }

  scheduleExtra(limit: number): readonly Uint8Array[] {
    return this.#main.scheduleExtra(limit).map(({ raw }) => raw);
  }

  /** Transactions that a block holds. */
  used(hashes: readonly Hash[]): void {
    this.#main.used(hashes);
  }

  /** Transactions that the runtime does not want in any block. */
  rejected(hashes: readonly Hash[]): void {
    this.#main.used(hashes);
    for (const hash of hashes) this.#seen.delete(hash);
  }

  /** The transactions of a proposal as far as they are here. They stay until the round ends. */
  promote(hashes: readonly Hash[]): PromotedBatch {
    const txs = hashes.map((hash) => {
      const raw = this.#proposed.get(hash) ?? this.#main.get(hash)?.raw;
      if (raw !== undefined) this.#proposed.set(hash, raw);
      return raw;
    });
    return { txs, missing: hashes.filter((_, i) => txs[i] === undefined) };
  }

  endRound(): void {
    this.#proposed.clear();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    for (const { settle } of this.#queue) settle?.(refused("the node stops"));
    this.#queue = [];
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.check(), RETRY_MS);
    this.#retry.unref();
  }

  async #checkBatch({ runtime, context }: NonNullable<ReturnType<CheckingContext>>): Promise<void> {
    const batch = this.#takeBatch();
    const inputs = batch.map(({ raw }) => raw);
    try {
      const results = await checkTransactions(runtime, context, inputs);
      this.#isChecking = false;
      this.#sort(batch, results);
      this.check();
    } catch (error) {
      this.#isChecking = false;
      if (this.#isClosed) {
        for (const { settle } of batch) settle?.(refused("the node stops"));
        return;
      }
      this.#log.warn("transactions could not be checked", { error: error as Error, count: batch.length });
      this.#queue = [...batch, ...this.#queue];
      this.#tryLater();
    }
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { raw } of this.#queue) {
      bytes += raw.length;
      if (count >= this.#config.maxCheckBatch || bytes > MAX_TRANSACTION_BYTES) break;
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
        waiting.settle?.(checkFailure(result));
        continue;
      }
      if (waiting.discard) {
        waiting.settle?.(undefined);
        continue;
      }
      const { priority, sender: bytes, senderSeq, senderStateSeq } = result.meta;
      const sender = toHex(bytes);
      const stateSequence = stateSequences.get(sender) ?? senderStateSeq;
      stateSequences.set(sender, stateSequence);
      const { hash, raw } = waiting;
      const refusal = this.#main.add({ hash, raw, sender, sequence: senderSeq, stateSequence, priority });
      if (refusal === undefined) {
        this.#seen.set(hash, true);
        accepted = true;
      }
      waiting.settle?.(refusal === undefined ? undefined : refused(refusal));
    }
    if (accepted) this.#events.accepted();
  }
}

/** The runtime's own refusal of a transaction. */
export class CheckTxFailure extends WadiError {}

function checkFailure(result: CheckedTransaction | undefined): Error {
  if (result?.ok !== false) return refused("not checked");
  const { code, message, module } = result.error;
  return new CheckTxFailure({ module, code, text: message });
}

function refused(text: string): WadiError {
  return new WadiError({ ...ErrPool, text });
}

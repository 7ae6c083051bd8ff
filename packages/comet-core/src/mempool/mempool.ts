// The mempool with priorities (mempool/v1/mempool.go of the fork): which transactions are kept,
// in which order they go into blocks, and who has to leave when it is full. Checks are the
// application's, through a synchronous port. Times of arrival are sequence numbers.
//
// Left out: limits of age, the option to keep refused transactions in the cache (no Oasis node
// sets them).
import { txHash, type HexHash } from "@wadi/comet-types";
import { LruMap } from "@wadi/util";
import type { Application, CheckTxResponse } from "../application.ts";
import type { MempoolConfig, TxLimits } from "./config.ts";
import { ArrivalOrder, PriorityOrder } from "./tx-order.ts";
import { txSizeInBlock, type PooledTx } from "./tx.ts";

/** The application, as far as the pool needs it; errors it throws pass through the pool. */
export type TxChecker = Pick<Application, "checkTx">;

/**
 * Why a transaction is not in the pool. `response` is there once the application was asked;
 * `error` is the reference's text where the pool itself refuses.
 */
export type TxRefusal =
  | { readonly kind: "refused"; readonly reason: "too-large" | "too-large-for-block" | "seen"; readonly error: string }
  | { readonly kind: "refused"; readonly reason: "failed"; readonly response: CheckTxResponse }
  | {
      readonly kind: "refused";
      readonly reason: "too-much-gas" | "sender-is-waiting" | "full";
      readonly error: string;
      readonly response: CheckTxResponse;
    };

export type TxOutcome = { readonly kind: "added"; readonly response: CheckTxResponse } | TxRefusal;

/** A transaction of a block with the code of its result. */
export interface CommittedTx {
  readonly tx: Uint8Array;
  readonly code: number;
}

interface Entry extends PooledTx {
  priority: number;
  readonly sources: Set<number>;
}

export class Mempool {
  readonly config: MempoolConfig;
  readonly #application: TxChecker;
  readonly #seen: LruMap<HexHash, true> | undefined;
  readonly #byHash = new Map<HexHash, Entry>();
  readonly #bySender = new Map<string, Entry>();
  readonly #byPriority = new PriorityOrder<Entry>();
  readonly #byArrival = new ArrivalOrder<Entry>();
  #limits: TxLimits;
  #height: number;
  #totalBytes = 0;
  #arrivals = 0;
  /** Arrivals above the first and up to the second number are to be checked again. */
  #recheck: { after: number; readonly upTo: number } | undefined;
  #announced = false;
  #available = false;

  /** An empty pool after block `height`. */
  constructor(application: TxChecker, config: MempoolConfig, limits: TxLimits, height: number) {
    this.#application = application;
    this.config = config;
    this.#limits = limits;
    this.#height = height;
    this.#seen = config.cacheSize > 0 ? new LruMap(config.cacheSize) : undefined;
  }

  /** Number of transactions. */
  get size(): number {
    return this.#byHash.size;
  }

  /** Bytes of all transactions. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  has(hash: HexHash): boolean {
    return this.#byHash.has(hash);
  }

  /**
   * True once for each height at which transactions wait, for an engine that makes blocks only
   * then. After an update the ones that are left count when they have been checked again.
   */
  takeAvailable(): boolean {
    const available = this.#available && this.size > 0;
    this.#available = false;
    return available;
  }

  /**
   * Checks a transaction and takes it in. `source` is the connection it came over, if any. The
   * bytes are kept, not copied. What the application throws passes, and the transaction may be
   * tried again.
   */
  checkTx(tx: Uint8Array, source?: number): TxOutcome {
    const tooLarge = this.sizeRefusal(tx.length);
    if (tooLarge !== undefined) return tooLarge;
    const hash = txHash(tx);
    if (this.#isSeen(hash)) {
      if (source !== undefined) this.#byHash.get(hash)?.sources.add(source);
      return { kind: "refused", reason: "seen", error: "tx already exists in cache" };
    }
    try {
      return this.#judge(tx, hash, source, this.#application.checkTx(tx, "new"));
    } catch (e) {
      this.#seen?.delete(hash);
      throw e;
    }
  }

  /** How a transaction of so many bytes is refused; undefined where its size is right. */
  sizeRefusal(sizeBytes: number): TxRefusal | undefined {
    const { maxTxBytes } = this.config;
    if (sizeBytes > maxTxBytes) {
      const error = `Tx too large. Max size is ${maxTxBytes}, but got ${sizeBytes}`;
      return { kind: "refused", reason: "too-large", error };
    }
    const size = txSizeInBlock(sizeBytes);
    const { maxDataBytes } = this.#limits;
    if (size <= maxDataBytes) return undefined;
    const error = `tx size is too big: ${size}, max: ${maxDataBytes}`;
    return { kind: "refused", reason: "too-large-for-block", error };
  }

  /** Marks as seen; true if it was already. A transaction that left the cache but not the pool counts as seen. */
  #isSeen(hash: HexHash): boolean {
    const seen = this.#seen?.get(hash) === true || this.#byHash.has(hash);
    if (!seen) this.#seen?.set(hash, true);
    return seen;
  }

  #judge(tx: Uint8Array, hash: HexHash, source: number | undefined, response: CheckTxResponse): TxOutcome {
    const gasError = this.#gasError(response);
    if (response.code !== 0 || gasError !== undefined) this.#seen?.delete(hash);
    if (response.code !== 0) return { kind: "refused", reason: "failed", response };
    if (gasError !== undefined) return { kind: "refused", reason: "too-much-gas", error: gasError, response };
    const { priority, gasWanted, sender } = response;
    const waiting = sender === "" ? undefined : this.#bySender.get(sender);
    if (waiting !== undefined) {
      // It stays in the cache, as in the reference: the sender has to send another one.
      const other = `tx already exists for sender "${sender}" (${waiting.hash.toUpperCase()})`;
      const error = `rejected valid incoming transaction; ${other}`;
      return { kind: "refused", reason: "sender-is-waiting", error, response };
    }
    if (!this.#makeRoom(tx.length, priority)) {
      this.#seen?.delete(hash);
      const error = `rejected valid incoming transaction; mempool is full (${hash.toUpperCase()})`;
      return { kind: "refused", reason: "full", error, response };
    }
    const sources = new Set(source === undefined ? [] : [source]);
    this.#add({ tx, hash, height: this.#height, arrival: this.#arrivals++, gasWanted, sender, priority, sources });
    this.#announce();
    return { kind: "added", response };
  }

  #gasError({ gasWanted }: CheckTxResponse): string | undefined {
    const { maxGas } = this.#limits;
    if (maxGas === -1n) return undefined;
    if (gasWanted < 0n) return `gas wanted ${gasWanted} is negative`;
    return gasWanted > maxGas ? `gas wanted ${gasWanted} is greater than max gas ${maxGas}` : undefined;
  }

  /**
   * Makes room for a transaction, if need be at the cost of ones with lower priority, whose bytes
   * together must cover its own. False (and nothing changed) if they do not.
   */
  #makeRoom(size: number, priority: number): boolean {
    const { maxTxs, maxTotalBytes } = this.config;
    if (this.size < maxTxs && this.#totalBytes + size <= maxTotalBytes) return true;
    const victims: Entry[] = [];
    let freed = 0;
    for (const entry of this.#byPriority.fromLast()) {
      if (entry.priority >= priority) break;
      victims.push(entry);
      freed += entry.tx.length;
      if (freed >= size) break;
    }
    if (victims.length === 0 || freed < size) return false;
    for (const victim of victims) {
      this.#remove(victim);
      this.#seen?.delete(victim.hash);
    }
    return true;
  }

  #add(entry: Entry): void {
    this.#byHash.set(entry.hash, entry);
    if (entry.sender !== "") this.#bySender.set(entry.sender, entry);
    this.#byPriority.add(entry);
    this.#byArrival.add(entry);
    this.#totalBytes += entry.tx.length;
  }

  #remove(entry: Entry): void {
    this.#byHash.delete(entry.hash);
    if (entry.sender !== "") this.#bySender.delete(entry.sender);
    this.#byPriority.remove(entry);
    this.#byArrival.remove(entry);
    this.#totalBytes -= entry.tx.length;
  }

  #announce(): void {
    if (this.#announced || this.size === 0) return;
    this.#announced = true;
    this.#available = true;
  }

  /**
   * Transactions for a block: by priority, then by arrival, up to the first one that does not fit
   * into `maxBytes` (of their protobuf form) or `maxGas`. Negative limits do not count.
   */
  reap(maxBytes: number, maxGas: bigint): Uint8Array[] {
    const txs: Uint8Array[] = [];
    let bytes = 0;
    let gas = 0n;
    for (const { tx, gasWanted } of this.#byPriority) {
      bytes += txSizeInBlock(tx.length);
      gas += gasWanted;
      if ((maxGas >= 0n && gas > maxGas) || (maxBytes >= 0 && bytes > maxBytes)) break;
      txs.push(tx);
    }
    return txs;
  }

  /** All transactions in the order in which blocks take them, at most `limit` if given. */
  reapCount(limit = this.size): Uint8Array[] {
    const txs: Uint8Array[] = [];
    for (const { tx } of this.#byPriority) {
      if (txs.length >= limit) break;
      txs.push(tx);
    }
    return txs;
  }

  /** The first transaction that arrived after the given one's `arrival`, for gossip; -1 for the first of all. */
  nextArrival(after: number): PooledTx | undefined {
    return this.#byArrival.after(after);
  }

  /** A connection is gone, and its number will not come again. */
  forgetSource(source: number): void {
    for (const { sources } of this.#byHash.values()) sources.delete(source);
  }

  /** Takes a transaction out; false if it is not there. It stays in the cache. */
  remove(hash: HexHash): boolean {
    const entry = this.#byHash.get(hash);
    if (entry === undefined) return false;
    this.#remove(entry);
    return true;
  }

  /**
   * After a block: its transactions leave the pool, those that failed the cache too. All others
   * are to be checked again: call `recheck` until it returns true.
   */
  update(height: number, committed: readonly CommittedTx[], limits: TxLimits): void {
    this.#height = height;
    this.#limits = limits;
    this.#announced = false;
    this.#available = false;
    for (const { tx, code } of committed) {
      const hash = txHash(tx);
      if (code !== 0) this.#seen?.delete(hash);
      else if (this.#seen?.get(hash) === undefined) this.#seen?.set(hash, true);
      this.remove(hash);
    }
    this.#recheck = this.size === 0 ? undefined : { after: -1, upTo: this.#arrivals - 1 };
  }

  /**
   * Checks up to `limit` more of the transactions that were there at the last update again, in
   * order of arrival; true when none are left. Those that fail leave, the others get the new
   * priority.
   */
  recheck(limit = Number.POSITIVE_INFINITY): boolean {
    const progress = this.#recheck;
    if (progress === undefined) return true;
    for (let count = 0; count < limit; count++) {
      const entry = this.#byArrival.after(progress.after);
      if (entry === undefined || entry.arrival > progress.upTo) {
        this.#recheck = undefined;
        this.#announce();
        return true;
      }
      this.#recheckOne(entry);
      progress.after = entry.arrival;
    }
    return false;
  }

  #recheckOne(entry: Entry): void {
    const response = this.#application.checkTx(entry.tx, "recheck");
    if (response.code !== 0 || this.#gasError(response) !== undefined) {
      this.#remove(entry);
      this.#seen?.delete(entry.hash);
    } else if (response.priority !== entry.priority) {
      this.#byPriority.remove(entry);
      entry.priority = response.priority;
      this.#byPriority.add(entry);
    }
  }

  /** Empties pool and cache. */
  flush(): void {
    for (const entry of this.#byHash.values()) this.#remove(entry);
    this.#seen?.clear();
    this.#recheck = undefined;
  }
}

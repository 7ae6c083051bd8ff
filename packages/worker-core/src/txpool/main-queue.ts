// The queue of checked transactions of a runtime: by priority, and within a sender by sequence
// number. Reference: go/runtime/txpool/main_queue_scheduler.go.
import { Heap } from "@wadi/util";

/** Most transactions that one call schedules. */
export const MAX_SCHEDULED = 100;

const MAX_SEQUENCE = 0xffff_ffff_ffff_ffffn;

/** What CheckTx said of a transaction that may be scheduled. */
export interface CheckedTransaction {
  /** Hex. */
  readonly hash: string;
  readonly raw: Uint8Array;
  /** Hex of the sender's bytes; runtimes that do not tell senders apart leave it empty. */
  readonly sender: string;
  /** Number of the transaction among those of its sender. */
  readonly sequence: bigint;
  /** The sender's next number as of the state that was checked against. */
  readonly stateSequence: bigint;
  readonly priority: bigint;
}

/** Why a transaction does not enter the queue, in the words of the reference. */
export type QueueRefusal = "transaction expired" | "replacement transaction underpriced" | "transaction underpriced";

interface Sender {
  /** Lower numbers are expired. */
  next: bigint;
  readonly bySequence: Map<bigint, CheckedTransaction>;
  readonly ordered: Heap<CheckedTransaction>;
}

/** Transactions of equal priority are taken and dropped in no particular order. */
export class MainQueue {
  readonly #capacity: number;
  readonly #byHash = new Map<string, CheckedTransaction>();
  readonly #senders = new Map<string, Sender>();
  readonly #lowest = new Heap<CheckedTransaction>((a, b) => a.priority < b.priority);
  /** Of each sender the transaction that may be scheduled next. */
  readonly #heads = new Heap<CheckedTransaction>((a, b) => a.priority > b.priority);
  /** The last number that this session has scheduled of each sender. */
  readonly #scheduled = new Map<string, bigint>();

  readonly #onEvicted: (tx: CheckedTransaction) => void;

  /** `onEvicted` is told of transactions that make room for others, or for another with their number. */
  constructor(capacity: number, onEvicted: (tx: CheckedTransaction) => void = () => undefined) {
    this.#capacity = capacity;
    this.#onEvicted = onEvicted;
  }

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: string): CheckedTransaction | undefined {
    return this.#byHash.get(hash);
  }

  all(): readonly CheckedTransaction[] {
    return [...this.#byHash.values()];
  }

  /** Adds a transaction, or says why not. The transaction of lowest priority makes room. */
  add(tx: CheckedTransaction): QueueRefusal | undefined {
    this.#forward(tx.sender, tx.stateSequence);
    const sender = this.#senders.get(tx.sender) ?? newSender(tx.stateSequence);
    if (tx.sequence < sender.next) return "transaction expired";
    const old = sender.bySequence.get(tx.sequence);
    if (old !== undefined && old.priority >= tx.priority) return "replacement transaction underpriced";

    const wasHead = old !== undefined && this.#heads.has(old);
    if (old !== undefined) this.#remove(old);
    this.#insert(tx, sender);
    if (wasHead || (old === undefined && this.#mayFollow(tx, sender))) this.#heads.push(tx);
    if (old !== undefined) this.#onEvicted(old);
    const evicted = this.#makeRoom();
    if (evicted === tx) return "transaction underpriced";
    if (evicted !== undefined) this.#onEvicted(evicted);
    return undefined;
  }

  /** Begins a session: what may be scheduled now, by priority, at most `limit` and 100. */
  schedule(limit: number): readonly CheckedTransaction[] {
    this.#endSession();
    return this.scheduleExtra(limit);
  }

  /** Whether a session begun now would have a transaction: others wait for one that is not here. Ends the last session. */
  hasSchedulable(): boolean {
    this.#endSession();
    return this.#heads.size > 0;
  }

  /** More in the same session. */
  scheduleExtra(limit: number): readonly CheckedTransaction[] {
    const taken: CheckedTransaction[] = [];
    while (taken.length < Math.min(limit, MAX_SCHEDULED)) {
      const head = this.#heads.pop();
      if (head === undefined) break;
      const next = this.#senders.get(head.sender)?.bySequence.get(head.sequence + 1n);
      if (next !== undefined && !this.#heads.has(next)) this.#heads.push(next);
      this.#scheduled.set(head.sender, head.sequence);
      taken.push(head);
    }
    return taken;
  }

  /** Drops transactions that a block holds or the runtime rejected; their senders go on after them. */
  used(hashes: readonly string[]): void {
    for (const hash of hashes) {
      const tx = this.#byHash.get(hash);
      if (tx === undefined) continue;
      this.#remove(tx);
      if (tx.sequence < MAX_SEQUENCE) this.#forward(tx.sender, tx.sequence + 1n);
    }
  }

  /** Takes everything out. What the session has scheduled is remembered until the next one. */
  drain(): readonly CheckedTransaction[] {
    const all = this.all();
    this.#byHash.clear();
    this.#senders.clear();
    this.#lowest.clear();
    this.#heads.clear();
    return all;
  }

  /** Whether a new transaction may be scheduled as things stand. */
  #mayFollow(tx: CheckedTransaction, sender: Sender): boolean {
    const last = this.#scheduled.get(tx.sender);
    return tx.sequence === (last === undefined ? sender.next : last + 1n);
  }

  /**
   * Expires what the sender has below a number. As in the reference, its new first transaction can
   * be scheduled only once it is added again, which the next recheck does.
   */
  #forward(name: string, sequence: bigint): void {
    const sender = this.#senders.get(name);
    if (sender === undefined || sequence <= sender.next) return;
    sender.next = sequence;
    for (;;) {
      const first = sender.ordered.peek();
      if (first === undefined || first.sequence >= sequence) return;
      this.#remove(first);
    }
  }

  #insert(tx: CheckedTransaction, sender: Sender): void {
    this.#senders.set(tx.sender, sender);
    sender.bySequence.set(tx.sequence, tx);
    sender.ordered.push(tx);
    this.#byHash.set(tx.hash, tx);
    this.#lowest.push(tx);
  }

  #remove(tx: CheckedTransaction): void {
    this.#byHash.delete(tx.hash);
    this.#lowest.delete(tx);
    this.#heads.delete(tx);
    const sender = this.#senders.get(tx.sender);
    if (sender === undefined) return;
    sender.bySequence.delete(tx.sequence);
    sender.ordered.delete(tx);
    if (sender.bySequence.size === 0) this.#senders.delete(tx.sender);
  }

  #makeRoom(): CheckedTransaction | undefined {
    if (this.#byHash.size <= this.#capacity) return undefined;
    const lowest = this.#lowest.peek();
    if (lowest !== undefined) this.#remove(lowest);
    return lowest;
  }

  /** Senders of which something was scheduled are as before it; nothing else changes. */
  #endSession(): void {
    for (const [name, last] of this.#scheduled) {
      const sender = this.#senders.get(name);
      if (sender === undefined || sender.next === last + 1n) continue;
      const current = sender.bySequence.get(last + 1n);
      if (current !== undefined) this.#heads.delete(current);
      const first = sender.bySequence.get(sender.next);
      if (first !== undefined && !this.#heads.has(first)) this.#heads.push(first);
    }
    this.#scheduled.clear();
  }
}

function newSender(next: bigint): Sender {
  return { next, bySequence: new Map(), ordered: new Heap((a, b) => a.sequence < b.sequence) };
}

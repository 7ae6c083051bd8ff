// Choosing the transactions of a batch (feature schedule control): what fits and passes its check
// is executed at once. Only the proposer does this, so nothing here need be the same elsewhere.
import { hashOf } from "@wadi/crypto";
import type { Hash } from "@wadi/types";
import type { Candidate, RuntimeDefinition } from "../definition.ts";
import { BatchError } from "../errors.ts";
import type { ExecutedTransaction } from "./artifacts.ts";
import { attempt, checkTransaction } from "./check.ts";
import type { Round } from "./round.ts";
import { runTransaction } from "./transactions.ts";

export const DEFAULT_MAX_BATCH_SIZE = 100;

export interface Schedule {
  readonly transactions: readonly ExecutedTransaction[];
  /** To be dropped from the pool. */
  readonly rejected: readonly Hash[];
}

class Scheduler<Tx> {
  readonly transactions: ExecutedTransaction[] = [];
  readonly rejected: Hash[] = [];
  readonly #seen = new Set<Hash>();
  readonly #runtime: RuntimeDefinition<Tx>;
  readonly #round: Round;
  readonly maxBatchSize: number;

  constructor(runtime: RuntimeDefinition<Tx>, round: Round) {
    this.#runtime = runtime;
    this.#round = round;
    this.maxBatchSize = runtime.schedule?.maxBatchSize ?? DEFAULT_MAX_BATCH_SIZE;
  }

  get isFull(): boolean {
    return this.transactions.length >= this.maxBatchSize;
  }

  take(inputs: readonly Uint8Array[]): void {
    const candidates = inputs.flatMap((input) => this.#read(input));
    for (const candidate of this.#runtime.schedule?.order?.(candidates) ?? candidates) {
      if (this.isFull) return;
      this.#include(candidate);
    }
  }

  #read(input: Uint8Array): Candidate<Tx>[] {
    const hash = hashOf(input);
    if (this.#seen.has(hash)) return [];
    this.#seen.add(hash);
    const read = input.length === 0 ? undefined : attempt(this.#round, () => this.#runtime.transactions.decode(input));
    if (read !== undefined && "value" in read) return [{ input, tx: read.value }];
    this.rejected.push(hash);
    return [];
  }

  #include({ input, tx }: Candidate<Tx>): void {
    const checked = attempt(this.#round, () => checkTransaction(this.#runtime, this.#round, tx));
    if ("error" in checked) {
      this.rejected.push(hashOf(input));
      return;
    }
    if (checked.value.isEarly) return;
    const { outcome, tags } = runTransaction(this.#runtime, this.#round, tx);
    this.transactions.push({ input, output: this.#runtime.transactions.encode(outcome), tags });
  }
}

/** Chooses and executes a batch from the offered inputs and, if there is room, from what else the host has. */
export function scheduleBatch<Tx>(
  runtime: RuntimeDefinition<Tx>,
  round: Round,
  offered: readonly Uint8Array[],
): Schedule {
  const scheduler = new Scheduler(runtime, round);
  scheduler.take(offered);
  const { fetchMore = true } = runtime.schedule ?? {};
  let last = offered.at(-1);
  let isMore = fetchMore && offered.length >= scheduler.maxBatchSize;
  while (isMore && !scheduler.isFull && last !== undefined) {
    const limit = scheduler.maxBatchSize;
    const { batch } = round.host.request("HostFetchTxBatchRequest", { offset: hashOf(last), limit });
    if (batch.length > limit) throw new BatchError("runtime-kit", 11, "the host offers more than was asked for");
    scheduler.take(batch);
    isMore = batch.length >= limit;
    last = batch.at(-1);
  }
  return scheduler;
}

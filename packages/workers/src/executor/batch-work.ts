// Batches of the runtime: asked for one after the other, with caution after one that it did not survive,
// and verified before anything else sees them.
import { hashOf } from "@wadi/crypto";
import type { NodeDb } from "@wadi/mkvs";
import {
  EXECUTE_TIMEOUT_FACTOR,
  ErrBatchRefused,
  executeBatch,
  inputRoot,
  scheduleBatch,
  verifyBatchInSlices,
  type HostedRuntime,
  type VerifiedBatch,
} from "@wadi/runtime-host";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import type { Logger } from "@wadi/telemetry";
import type { Hash, roothash } from "@wadi/types";
import { WadiError } from "@wadi/util";
import { BatchCaution, wantsBatch } from "@wadi/worker-core";

import type { RuntimeBlock } from "../runtime-block.ts";
import type { TransactionPool } from "../txpool/transaction-pool.ts";
import { MAX_TIMER_MS, type CommitteeRound } from "./round-setting.ts";

export interface BatchWorkDeps {
  readonly runtime: HostedRuntime;
  readonly pool: TransactionPool;
  /** Has the state that a batch is verified against. */
  readonly storage: NodeDb;
  readonly log: Logger;
}

/** The round that a batch is for. */
export interface BatchRound {
  /** The block that it builds upon. */
  readonly block: RuntimeBlock;
  readonly setting: Pick<CommitteeRound, "proposerTimeoutMs">;
}

export class BatchWork {
  readonly #deps: BatchWorkDeps;
  readonly #caution = new BatchCaution();
  /** The runtime's last work: a batch that was given up runs on, and the next one waits for its end. */
  #runtimeIsFree: Promise<unknown> = Promise.resolve();
  /** `additions` of the pool when the runtime put nothing of it into a batch. */
  #unwanted: number | undefined;

  constructor(deps: BatchWorkDeps) {
    this.#deps = deps;
  }

  /** Whether the runtime may be given more transactions for its batch. */
  get givesMore(): boolean {
    return this.#caution.allowsMore;
  }

  /** Whether a batch on top of a block makes sense now. */
  isWanted({ request, state }: RuntimeBlock, { force, isBeforeEpoch }: { force: boolean; isBeforeEpoch: boolean }) {
    const { pool, runtime } = this.#deps;
    const scheduleControl = runtime.info?.features.scheduleControl;
    return wantsBatch({
      force,
      isBeforeEpoch,
      canSchedule: scheduleControl !== undefined && scheduleControl !== null,
      // What the runtime has left where it is is offered again when the flush timeout has passed: rounds
      // may be a few milliseconds long. The reference offers it with every block.
      hasTransactions: pool.hasSchedulable() && pool.additions !== this.#unwanted,
      hasMessageResults: (request.roundResults?.messages?.length ?? 0) > 0,
      hasIncomingMessages: request.incoming.length > 0,
      isFirst: state.lastNormalRound === state.genesisBlock?.header.round,
    });
  }

  /**
   * Lets the runtime make a batch; what it does not want in any leaves the pool. Rejects with what the
   * runtime gives, ErrBatchRefused for an answer that contradicts itself, and the signal's reason.
   */
  async schedule({ block, setting }: BatchRound, signal: AbortSignal): Promise<VerifiedBatch> {
    const { pool, runtime, storage } = this.#deps;
    const initialBatchSize = runtime.info?.features.scheduleControl?.initialBatchSize ?? 0;
    const options = { timeoutMs: executionTimeoutMs(setting), initialBatchSize };
    const { additions, response } = await this.#alone(signal, async () => {
      // A batch of nothing on trial says nothing about what it was not offered.
      const offered = this.#caution.limit === 0 ? undefined : pool.additions;
      return { additions: offered, response: await this.#scheduleWithCaution(block, options) };
    });
    pool.rejected(response.txRejectHashes, "the runtime rejected it");
    const tookNothing = response.txHashes.length === 0 && response.txRejectHashes.length === 0;
    this.#unwanted = tookNothing ? additions : undefined;
    return verifyBatchInSlices(response, block.request, { store: storage, signal });
  }

  /** Executes a proposal. Rejects as `schedule`, also where the inputs are not those of the proposal. */
  async execute(
    { block, setting }: BatchRound,
    { inputs, proposal }: { readonly inputs: readonly Uint8Array[]; readonly proposal: roothash.Proposal },
    signal: AbortSignal,
  ): Promise<VerifiedBatch> {
    const { runtime, storage } = this.#deps;
    const ioRoot = inputRoot(inputs);
    if (proposal.header.batchHash !== ioRoot) {
      throw new WadiError(ErrBatchRefused, { context: "the proposal's root is not that of its transactions" });
    }
    const options = { timeoutMs: executionTimeoutMs(setting), ioRoot };
    const response = await this.#alone(signal, () => executeBatch(runtime, block.request, inputs, options));
    return verifyBatchInSlices(response, block.request, { ioRoot, store: storage, signal });
  }

  /** See BatchCaution. */
  async #scheduleWithCaution(
    { request }: RuntimeBlock,
    options: { readonly timeoutMs: number; readonly initialBatchSize: number },
  ): Promise<ExecuteTxBatchResponse> {
    const { log, pool, runtime } = this.#deps;
    const given = pool.schedule(Math.min(options.initialBatchSize, this.#caution.limit));
    const isTrial = this.#caution.limit === 0;
    // Each process has told its own.
    const { info } = runtime;
    try {
      const response = await scheduleBatch(runtime, request, given, options);
      this.#caution.succeeded();
      return response;
    } catch (e) {
      const guilty = this.#caution.failed(given.map((raw) => hashOf(raw) as Hash));
      if (guilty !== undefined) {
        log.warn("a transaction is refused: the runtime did not survive it", { tx: guilty, err: e as Error });
        pool.rejected([guilty], "the runtime did not survive it");
      }
      if (isTrial && info !== undefined && runtime.info === info) this.#restart(e as Error);
      throw e;
    }
  }

  /** A process that fails at a batch of nothing will not do better at the next one. */
  #restart(error: Error): void {
    const { log, runtime } = this.#deps;
    log.warn("the runtime is started again: it fails at batches of nothing too", { err: error });
    runtime.abort({ force: true }).catch((e: unknown) => log.debug("the runtime was not ended", { err: e as Error }));
  }

  /** Work of the runtime, one after the other. It ends by itself or its time-out, not when it is given up. */
  async #alone<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const before = this.#runtimeIsFree;
    const end = Promise.withResolvers<void>();
    this.#runtimeIsFree = end.promise;
    try {
      await before;
      signal.throwIfAborted();
      const result = await call();
      signal.throwIfAborted();
      return result;
    } finally {
      end.resolve();
    }
  }
}

function executionTimeoutMs({ proposerTimeoutMs }: BatchRound["setting"]): number {
  return Math.min(EXECUTE_TIMEOUT_FACTOR * proposerTimeoutMs, MAX_TIMER_MS);
}

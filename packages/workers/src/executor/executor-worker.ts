// Takes part in the committee of a runtime: each round anew, it proposes or executes a batch and
// commits to what it gave. Reference: go/worker/compute/executor/committee/node.go.
import { schedulerApp } from "@wadi/apps";
import { encodeCbor } from "@wadi/codec";
import { hashOf, type ChainContext, type Signer } from "@wadi/crypto";
import { RootType, type NodeDb } from "@wadi/mkvs";
import {
  EXECUTE_TIMEOUT_FACTOR,
  ErrBatchRefused,
  commitBatch,
  executeBatch,
  inputRoot,
  scheduleBatch,
  verifyBatch,
  type HostedRuntime,
  type VerifiedBatch,
} from "@wadi/runtime-host";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import type { Logger } from "@wadi/telemetry";
import { roothash, transaction, type Hash, type Namespace, type PublicKey } from "@wadi/types";
import { WadiError, isError } from "@wadi/util";
import {
  BatchCaution,
  ExecutorRound,
  NO_RANK,
  ProposalQueue,
  type RoundEffect,
  type RoundInput,
} from "@wadi/worker-core";

import type { ConsensusPort } from "../consensus-port.ts";
import type { PeerNetwork } from "../peer-network.ts";
import type { RuntimeBlock } from "../runtime-block.ts";
import type { TransactionPool } from "../txpool/transaction-pool.ts";
import { ErrExecutor } from "../errors.ts";
import { CommitmentsInMemory, type KeptCommitment, type SignedCommitments } from "./signed-commitments.ts";
import { signCommitment, signFailure, signProposal, type CommitmentSigner } from "./commitments.ts";

export interface ExecutorDeps {
  readonly consensus: ConsensusPort;
  readonly runtime: HostedRuntime;
  readonly pool: TransactionPool;
  readonly storage: NodeDb;
  readonly peers: PeerNetwork;
  readonly signer: Signer;
  readonly runtimeId: Namespace;
  readonly chain: ChainContext;
  /** What was committed to before; default: that of this process only. */
  readonly signed?: SignedCommitments;
  readonly log: Logger;
}

/** A batch that does not work is not tried again before this. */
const RETRY_MS = 250;
/** Peers are asked again for transactions after so long, and then twice as long each time. */
const FETCH_RETRY_MS = { first: 100, most: 2_000 } as const;
const NANOS_PER_MS = 1_000_000n;
/** More than a timer can wait. */
const MAX_TIMER_MS = 0x7fff_ffffn;

function milliseconds(nanos: bigint): number {
  const ms = nanos / NANOS_PER_MS;
  return Number(ms > MAX_TIMER_MS ? MAX_TIMER_MS : ms);
}

/** The round in progress with its timers and the work under way. */
interface Current {
  readonly block: RuntimeBlock;
  readonly round: ExecutorRound;
  readonly stop: AbortController;
  readonly timers: Set<NodeJS.Timeout>;
  /** By rank. */
  readonly work: Map<bigint, AbortController>;
  /** Transactions of what this node committed to, by I/O root: used when that one is in the block. */
  readonly committed: Map<Hash, readonly Hash[]>;
}

/** A batch that was executed. */
interface WorkedBatch {
  readonly schedulerId: PublicKey;
  readonly hashes: readonly Hash[];
  /** The node's own; null for that of another. */
  readonly proposal: roothash.Proposal | null;
}

export class ExecutorWorker implements Disposable {
  readonly #deps: ExecutorDeps;
  readonly #proposals = new ProposalQueue();
  readonly #by: CommitmentSigner;
  readonly #signed: SignedCommitments;
  #current: Current | undefined;
  /** The runtime's last work: a batch that was given up runs on, and the next one waits for its end. */
  #runtimeIsFree: Promise<unknown> = Promise.resolve();
  readonly #jobs = new Set<Promise<void>>();
  readonly #caution = new BatchCaution();
  /** `additions` of the pool when the runtime put nothing of it into a batch. */
  #unwanted: number | undefined;

  constructor(deps: ExecutorDeps) {
    this.#deps = deps;
    this.#signed = deps.signed ?? new CommitmentsInMemory();
    this.#by = { signer: deps.signer, runtimeId: deps.runtimeId, chain: deps.chain };
  }

  get nodeId(): PublicKey {
    return this.#deps.signer.publicKey;
  }

  /** Whether the runtime may be given more transactions for its batch. */
  get givesMore(): boolean {
    return this.#caution.allowsMore;
  }

  /** A new block of the runtime is there, and its state is. */
  newBlock(block: RuntimeBlock): void {
    this.endRound(block.block.header);
    const { header } = block.block;
    const round = header.round + 1n;
    this.#proposals.prune(round);
    const { committee } = block.state;
    if (committee === null || block.state.suspended || !schedulerApp.isMember(committee, this.nodeId)) return;
    const { txnScheduler } = block.descriptor;
    const stop = new AbortController();
    const current: Current = {
      block,
      stop,
      timers: new Set(),
      work: new Map(),
      committed: new Map(),
      round: new ExecutorRound(
        {
          round,
          previousHash: roothash.headerHash(header),
          isWorker: schedulerApp.isWorker(committee, this.nodeId),
          isBackup: schedulerApp.isBackupWorker(committee, this.nodeId),
          ownRank: schedulerApp.schedulerRank(committee, round, this.nodeId) ?? NO_RANK,
          maxBatchSize: txnScheduler.maxBatchSize,
          maxBatchBytes: txnScheduler.maxBatchSizeBytes,
        },
        {
          proposals: this.#proposals,
          promote: (hashes) => this.#deps.pool.promote(hashes),
          wantsToSchedule: (force) => this.#wantsToSchedule(block, force),
        },
      ),
    };
    this.#current = current;
    const flushMs = milliseconds(txnScheduler.batchFlushTimeout);
    const proposerMs = milliseconds(txnScheduler.proposeBatchTimeout);
    this.#after(current, flushMs, () => this.#handle(current, { kind: "flush-elapsed" }));
    const tick = (): void => {
      this.#handle(current, { kind: "rank-elapsed" });
      this.#after(current, proposerMs, tick);
    };
    this.#after(current, proposerMs, tick);
    this.#handle(current, { kind: "changed" });
  }

  /** Transactions came in, or the runtime is ready. */
  changed(): void {
    if (this.#current !== undefined) this.#handle(this.#current, { kind: "changed" });
  }

  /** Events of roothash for this runtime. */
  roothashEvent(event: roothash.Event): void {
    const current = this.#current;
    if (current === undefined) return;
    const { round } = current.round.setting;
    const { committee } = current.block.state;
    const { executionDiscrepancy, executorCommitted } = event;
    if (executionDiscrepancy?.round === round) {
      const { rank } = executionDiscrepancy;
      this.#handle(current, { kind: "discrepancy", rank, isAuthoritative: true });
    }
    const commitment = executorCommitted?.commit;
    if (committee === null || commitment?.header.header.round !== round) return;
    if (commitment.nodeId !== commitment.header.schedulerId) return;
    const rank = schedulerApp.schedulerRank(committee, round, commitment.nodeId);
    if (rank !== undefined) this.#handle(current, { kind: "scheduler-committed", rank });
  }

  /** A proposal that a peer sent and whose signature is right. */
  addProposal(proposal: roothash.Proposal): string | undefined {
    const current = this.#current;
    const committee = current?.block.state.committee;
    if (current === undefined || committee === null || committee === undefined) return "no committee";
    const rank = schedulerApp.schedulerRank(committee, proposal.header.round, proposal.nodeId);
    if (rank === undefined) return "not a scheduler";
    const refusal = this.#proposals.add(proposal, rank);
    if (refusal === undefined) this.changed();
    return refusal?.reason;
  }

  /** Resolves when nothing of what was given up runs any more. */
  get ended(): Promise<void> {
    return Promise.all(this.#jobs).then(() => undefined);
  }

  [Symbol.dispose](): void {
    this.endRound(undefined);
  }

  #after(current: Current, ms: number, body: () => void): void {
    const timer = setTimeout(() => {
      current.timers.delete(timer);
      if (this.#current === current) body();
    }, ms);
    current.timers.add(timer);
  }

  /** Whether a batch makes sense now. Reference: facts of `startSchedulingBatch`. */
  #wantsToSchedule({ request, state }: RuntimeBlock, force: boolean): boolean {
    const { consensus, pool, runtime } = this.#deps;
    if (runtime.info?.features.scheduleControl === null || runtime.info === undefined) return false;
    if (consensus.backend.nextEpochHeight === consensus.backend.latestHeight + 1) return false;
    const isFirst = state.lastNormalRound === state.genesisBlock?.header.round;
    return (
      force ||
      // What the runtime has left where it is is offered again when the flush timeout has passed: rounds
      // may be a few milliseconds long. The reference offers it with every block.
      (pool.hasSchedulable() && pool.additions !== this.#unwanted) ||
      (request.roundResults?.messages?.length ?? 0) > 0 ||
      request.incoming.length > 0 ||
      isFirst
    );
  }

  #handle(current: Current, input: RoundInput): void {
    if (this.#current !== current) return;
    for (const effect of current.round.handle(input)) this.#carryOut(current, effect);
  }

  #carryOut(current: Current, effect: RoundEffect): void {
    const { rank } = effect;
    switch (effect.kind) {
      case "abandon":
        current.work.get(rank)?.abort(new Error("another batch is worked on"));
        current.work.delete(rank);
        break;
      case "fetch":
        this.#begin(this.#work(current, rank, (signal) => this.#fetch(current, effect.hashes, signal), "fetched"));
        break;
      case "schedule":
        this.#begin(this.#work(current, rank, (signal) => this.#schedule(current, signal)));
        break;
      case "execute":
        this.#begin(this.#work(current, rank, (signal) => this.#execute(current, effect, signal)));
        break;
      case "commit-failure":
        this.#begin(
          this.#work(current, rank, () => Promise.try(() => this.#commitFailure(current, effect.proposal.nodeId))),
        );
        break;
    }
  }

  #begin(job: Promise<void>): void {
    this.#jobs.add(job);
    void job.finally(() => this.#jobs.delete(job));
  }

  /** Runs a job whose end the round is told of, unless it was given up meanwhile. */
  async #work(
    current: Current,
    rank: bigint,
    job: (signal: AbortSignal) => Promise<void>,
    kind: "batch" | "fetched" = "batch",
  ): Promise<void> {
    const controller = new AbortController();
    current.work.set(rank, controller);
    const isVoid = (): boolean => this.#current !== current || current.work.get(rank) !== controller;
    try {
      await job(AbortSignal.any([controller.signal, current.stop.signal]));
      if (isVoid()) return;
      current.work.delete(rank);
      this.#handle(current, kind === "batch" ? { kind: "done", rank, outcome: "committed" } : { kind: "changed" });
    } catch (error) {
      if (isVoid()) return;
      this.#deps.log.warn("the batch came to nothing", {
        round: current.round.setting.round,
        rank,
        err: error as Error,
      });
      current.work.delete(rank);
      const outcome = isError(error, ErrBatchRefused) ? "rejected" : "failed";
      this.#after(current, RETRY_MS, () => this.#handle(current, { kind: "done", rank, outcome }));
    }
  }

  /** Asks peers for what a proposal lacks until it is all there. Rejects when that is void. */
  async #fetch(current: Current, hashes: readonly Hash[], signal: AbortSignal): Promise<void> {
    const { log, peers, pool, runtimeId } = this.#deps;
    for (let delayMs: number = FETCH_RETRY_MS.first; ; delayMs = Math.min(2 * delayMs, FETCH_RETRY_MS.most)) {
      const { missing } = pool.promote(hashes);
      if (missing.length === 0) return;
      const wanted = new Set(missing);
      const found = await peers.fetchTransactions(runtimeId, missing, signal).catch((error: unknown) => {
        log.warn("transactions could not be fetched", { round: current.round.setting.round, err: error as Error });
        return [];
      });
      signal.throwIfAborted();
      for (const raw of found) {
        if (!wanted.has(hashOf(raw) as Hash)) continue;
        pool.propose(raw);
        pool.submit(raw).catch(() => undefined);
      }
      if (found.length > 0 && pool.promote(hashes).missing.length === 0) return;
      await this.#pause(current, delayMs, signal);
    }
  }

  async #pause(current: Current, ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#after(current, ms, resolve);
    const end = (): void => resolve();
    signal.addEventListener("abort", end, { once: true });
    await promise;
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
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

  #timeoutMs({ descriptor }: RuntimeBlock): number {
    return Math.min(
      EXECUTE_TIMEOUT_FACTOR * milliseconds(descriptor.txnScheduler.proposeBatchTimeout),
      Number(MAX_TIMER_MS),
    );
  }

  async #schedule(current: Current, signal: AbortSignal): Promise<void> {
    const { block } = current;
    const { pool, runtime } = this.#deps;
    const initialBatchSize = runtime.info?.features.scheduleControl?.initialBatchSize ?? 0;
    const options = { timeoutMs: this.#timeoutMs(block), initialBatchSize };
    const { additions, response } = await this.#alone(signal, async () => {
      const offered = pool.additions;
      return { additions: offered, response: await this.#scheduleWithCaution(block, options) };
    });
    pool.rejected(response.txRejectHashes);
    const tookNothing = response.txHashes.length === 0 && response.txRejectHashes.length === 0;
    this.#unwanted = tookNothing ? additions : undefined;
    const verified = verifyBatch(response, block.request, { store: this.#deps.storage });
    const { previousHash, round } = current.round.setting;
    const { txHashes: batch, txInputRoot: batchHash } = response;
    pool.promote(batch);
    const proposal = signProposal(this.#by, { round, previousHash, batchHash, batch });
    await this.#commit(current, verified, { schedulerId: this.nodeId, hashes: batch, proposal }, signal);
  }

  /** See BatchCaution. */
  async #scheduleWithCaution(
    { request }: RuntimeBlock,
    options: { readonly timeoutMs: number; readonly initialBatchSize: number },
  ): Promise<ExecuteTxBatchResponse> {
    const { log, pool, runtime } = this.#deps;
    const given = pool.schedule(Math.min(options.initialBatchSize, this.#caution.limit));
    try {
      const response = await scheduleBatch(runtime, request, given, options);
      this.#caution.succeeded();
      return response;
    } catch (e) {
      const guilty = this.#caution.failed(given.map((raw) => hashOf(raw) as Hash));
      if (guilty !== undefined) {
        log.warn("a transaction is refused: the runtime did not survive it", { tx: guilty, err: e as Error });
        pool.rejected([guilty]);
      }
      throw e;
    }
  }

  async #execute(
    current: Current,
    { inputs, proposal }: Extract<RoundEffect, { kind: "execute" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const ioRoot = inputRoot(inputs);
    const { block } = current;
    if (proposal.header.batchHash !== ioRoot) {
      throw new WadiError(ErrBatchRefused, { context: "the proposal's root is not that of its transactions" });
    }
    const options = { timeoutMs: this.#timeoutMs(block), ioRoot };
    const response = await this.#alone(signal, () => executeBatch(this.#deps.runtime, block.request, inputs, options));
    const verified = verifyBatch(response, block.request, { ioRoot, store: this.#deps.storage });
    const batch = { schedulerId: proposal.nodeId, hashes: proposal.batch, proposal: null };
    await this.#commit(current, verified, batch, signal);
  }

  /** Stores what the batch gave and commits to it; an own proposal is shown to others with that. */
  async #commit(
    current: Current,
    verified: VerifiedBatch,
    { hashes, proposal, schedulerId }: WorkedBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, peers, runtimeId, storage } = this.#deps;
    try {
      commitBatch(storage, current.block.block.header, verified);
      // What is committed to must be there after a crash: nobody else may have it.
      await storage.sync();
    } catch (error) {
      signal.throwIfAborted();
      // A contradiction is the runtime's. Others may execute what this node cannot store; a scheduler
      // must not say that it cannot.
      if (isError(error, ErrBatchRefused) || schedulerId === this.nodeId) throw error;
      log.error("the batch could not be stored", { round: verified.round, err: error as Error });
      this.#commitFailure(current, schedulerId);
      return;
    }
    signal.throwIfAborted();
    const commitment = signCommitment(this.#by, schedulerId, verified.response);
    const kept = this.#keep({ commitment, hashes, proposal });
    // Not before: what comes to nothing is scheduled anew, and two proposals for a round are an offence.
    if (kept.proposal !== null) {
      const epoch = current.block.state.committee?.validFor ?? 0n;
      peers.publishProposal(runtimeId, { epoch, proposal: kept.proposal });
    }
    current.committed.set(kept.commitment.header.header.ioRoot ?? verified.ioRoot, kept.hashes);
    this.#begin(this.#deliver(current, kept.commitment));
  }

  #commitFailure(current: Current, schedulerId: PublicKey): void {
    const { previousHash, round } = current.round.setting;
    const commitment = signFailure(this.#by, schedulerId, round, previousHash);
    const kept = this.#keep({ commitment, hashes: [], proposal: null });
    this.#begin(this.#deliver(current, kept.commitment));
  }

  /**
   * What leaves the node for a round and a scheduler: the first that was signed, also before a
   * restart. Throws where its batch is not here any more, as nothing else may be committed to then.
   */
  #keep(signed: KeptCommitment): KeptCommitment {
    const { log, runtimeId, storage } = this.#deps;
    const { header, schedulerId } = signed.commitment.header;
    const before = this.#signed.find(header.round, schedulerId);
    if (before === undefined) {
      this.#signed.keep(signed);
      return signed;
    }
    const { ioRoot, stateRoot } = before.commitment.header.header;
    const root = (type: RootType, hash: Hash | null): boolean =>
      hash === null || storage.hasRoot({ namespace: runtimeId, version: header.round, type, hash });
    if (!root(RootType.io, ioRoot) || !root(RootType.state, stateRoot)) {
      throw new WadiError(ErrExecutor, { context: `round ${header.round} has a commitment whose batch is lost` });
    }
    log.info("the commitment that was signed before is sent again", { round: header.round });
    return before;
  }

  /** Sends a commitment until it is in a block, consensus refuses it for good, or the round is over. Never rejects. */
  async #deliver(current: Current, commitment: roothash.ExecutorCommitment): Promise<void> {
    const { consensus, log, runtimeId, signer } = this.#deps;
    const { signal } = current.stop;
    const body = encodeCbor(roothash.ExecutorCommit, { id: runtimeId, commits: [commitment] });
    const call = { method: transaction.methods.executorCommit.name, body };
    const { round } = commitment.header.header;
    while (!signal.aborted) {
      try {
        await consensus.submit(signer, call, signal);
        return;
      } catch (err) {
        if (signal.aborted) return;
        log.warn("the commitment was not accepted", { round, err: err as Error });
        if (isFinalRefusal(err)) return;
      }
      await this.#pause(current, RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** A block ends the round: its transactions are used up if it is the one that was worked on. */
  endRound(header: roothash.Header | undefined): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    current.stop.abort(new Error("the round is over"));
    for (const timer of current.timers) clearTimeout(timer);
    const isNormal = header?.headerType === roothash.headerTypes.normal;
    const used = isNormal ? current.committed.get(header.ioRoot) : undefined;
    if (used !== undefined) this.#deps.pool.used(used);
    this.#deps.pool.endRound();
  }
}

/** What roothash says of a commitment will not change in the round; other refusals may pass. */
function isFinalRefusal(error: unknown): boolean {
  return error instanceof WadiError && error.module.startsWith("roothash");
}

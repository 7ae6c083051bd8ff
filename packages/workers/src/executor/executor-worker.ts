// Takes part in the committee of a runtime: each round anew, it proposes or executes a batch and
// commits to what it gave. Reference: go/worker/compute/executor/committee/node.go.
//
// It has one round in progress, from a block to the next one; the round's decisions are ExecutorRound's.
import { schedulerApp } from "@wadi/apps";
import { SignatureVerifier, type ChainContext, type Signer } from "@wadi/crypto";
import type { NodeDb } from "@wadi/mkvs";
import type { HostedRuntime } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import { roothash, type Namespace, type PublicKey } from "@wadi/types";
import { ProposalQueue, roundInputs } from "@wadi/worker-core";

import type { ConsensusPort } from "../consensus-port.ts";
import type { PeerNetwork } from "../peer-network.ts";
import type { RuntimeBlock } from "../runtime-block.ts";
import type { TransactionPool } from "../txpool/transaction-pool.ts";
import { BatchWork } from "./batch-work.ts";
import { signProposal } from "./commitments.ts";
import { Committer } from "./committer.ts";
import { fetchTransactions } from "./fetch-transactions.ts";
import { ObservedCommitments } from "./observed-commitments.ts";
import { RoundInProgress, type RoundScope, type RoundWork } from "./round-in-progress.ts";
import { committeeRound, type CommitteeRound } from "./round-setting.ts";
import { CommitmentsInMemory, type SignedCommitments } from "./signed-commitments.ts";

export interface ExecutorDeps {
  readonly consensus: Pick<ConsensusPort, "submit"> & {
    readonly backend: Pick<ConsensusPort["backend"], "latestHeight" | "nextEpochHeight">;
  };
  readonly runtime: HostedRuntime;
  readonly pool: TransactionPool;
  readonly storage: NodeDb;
  readonly peers: PeerNetwork;
  readonly signer: Signer;
  readonly runtimeId: Namespace;
  readonly chain: ChainContext;
  /** What was committed to before; default: that of this process only. */
  readonly signed?: SignedCommitments;
  /** Told when a batch was committed to, or why one was not. */
  readonly onBatch?: (error: Error | undefined) => void;
  readonly log: Logger;
}

/** Disposing of it ends the round; what was begun may run on until `ended`, and no block begins another one. */
export class ExecutorWorker implements Disposable {
  readonly #deps: ExecutorDeps;
  readonly #proposals = new ProposalQueue();
  readonly #batches: BatchWork;
  readonly #committer: Committer;
  readonly #work: RoundWork;
  /** What was begun in this round and in earlier ones, and has not ended. */
  readonly #jobs = new Set<Promise<void>>();
  readonly #verifier = new SignatureVerifier();
  #round: RoundInProgress | undefined;
  /** Of the round in progress. */
  #observed: ObservedCommitments | undefined;
  #isDisposed = false;

  constructor(deps: ExecutorDeps) {
    this.#deps = deps;
    this.#batches = new BatchWork(deps);
    this.#committer = new Committer({ ...deps, signed: deps.signed ?? new CommitmentsInMemory() });
    this.#work = {
      schedule: (round, signal) => this.#told(signal, this.#schedule(round, signal)),
      execute: (round, effect, signal) => this.#told(signal, this.#execute(round, effect, signal)),
      commitFailure: (round, { proposal }) => this.#committer.commitFailure(round, proposal.nodeId),
      fetch: (round, { hashes }, signal) => fetchTransactions(deps, round, hashes, signal),
    };
  }

  get nodeId(): PublicKey {
    return this.#deps.signer.publicKey;
  }

  /** Whether the runtime may be given more transactions for its batch. */
  get givesMore(): boolean {
    return this.#batches.givesMore;
  }

  /** A new block of the runtime is there, and its state is. */
  newBlock(block: RuntimeBlock): void {
    const { header } = block.block;
    this.endRound(header);
    this.#proposals.prune(header.round + 1n);
    if (this.#isDisposed) return;
    const setting = committeeRound(block, this.nodeId);
    if (setting === undefined) return;
    this.#round = new RoundInProgress(block, setting, {
      ports: {
        proposals: this.#proposals,
        promote: (hashes) => this.#deps.pool.promote(hashes),
        wantsToSchedule: (force) => this.#batches.isWanted(block, { force, isBeforeEpoch: this.#isBeforeEpoch }),
      },
      work: this.#work,
      begun: (job) => this.#track(job),
      log: this.#deps.log,
    });
    this.#observed = this.#observer(block, setting);
    this.#round.start();
  }

  /** Transactions came in, or the runtime is ready. */
  changed(): void {
    this.#round?.handle({ kind: "changed" });
  }

  /** Events of roothash for this runtime. */
  roothashEvent(event: roothash.Event): void {
    const current = this.#round;
    if (current === undefined) return;
    const { committee, round } = current.setting;
    const rankOf = (id: PublicKey): bigint | undefined => schedulerApp.schedulerRank(committee, round, id);
    for (const input of roundInputs(event, round, rankOf)) current.handle(input);
  }

  /** A commitment for this runtime that is on its way to a block, unverified. */
  commitmentObserved(commitment: roothash.ExecutorCommitment): void {
    for (const input of this.#observed?.observe(commitment) ?? []) this.#round?.handle(input);
  }

  /** A proposal that a peer sent and whose signature is right; why it is not taken. */
  addProposal(proposal: roothash.Proposal): string | undefined {
    const committee = this.#round?.setting.committee;
    if (committee === undefined) return "no committee";
    const rank = schedulerApp.schedulerRank(committee, proposal.header.round, proposal.nodeId);
    if (rank === undefined) return "not a scheduler";
    const refusal = this.#proposals.add(proposal, rank);
    if (refusal === undefined) this.changed();
    return refusal?.reason;
  }

  /** A block ends the round: its transactions are used up if it is the one that was worked on. */
  endRound(header: roothash.Header | undefined): void {
    const round = this.#round;
    this.#round = undefined;
    this.#observed = undefined;
    if (round === undefined) return;
    round.end();
    const isNormal = header?.headerType === roothash.headerTypes.normal;
    const used = isNormal ? round.committed.get(header.ioRoot) : undefined;
    if (used !== undefined) this.#deps.pool.used(used);
    this.#deps.pool.endRound();
  }

  /** Resolves when nothing of what was given up runs any more. */
  get ended(): Promise<void> {
    return Promise.all(this.#jobs).then(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.endRound(undefined);
  }

  #observer({ descriptor }: RuntimeBlock, setting: CommitteeRound): ObservedCommitments {
    const { chain, runtimeId } = this.#deps;
    const { allowedStragglers } = descriptor.executor;
    const verification = { chain, runtimeId, verifier: this.#verifier };
    return new ObservedCommitments({ setting, allowedStragglers, own: this.nodeId, verification });
  }

  get #isBeforeEpoch(): boolean {
    const { backend } = this.#deps.consensus;
    return backend.nextEpochHeight === backend.latestHeight + 1;
  }

  #track(job: Promise<void>): void {
    this.#jobs.add(job);
    void job.finally(() => this.#jobs.delete(job));
  }

  /** A batch that was given up says nothing, unless it failed before: then the runtime did. */
  async #told(signal: AbortSignal, job: Promise<void>): Promise<void> {
    const { onBatch } = this.#deps;
    try {
      await job;
      onBatch?.(undefined);
    } catch (error) {
      if (error !== signal.reason) onBatch?.(error as Error);
      throw error;
    }
  }

  async #schedule(round: RoundScope, signal: AbortSignal): Promise<void> {
    const verified = await this.#batches.schedule(round, signal);
    const { txHashes: hashes, txInputRoot: batchHash } = verified.response;
    this.#deps.pool.promote(hashes);
    const proposal = signProposal(this.#deps, { ...round.setting, batchHash, batch: hashes });
    await this.#committer.commit(round, { schedulerId: this.nodeId, verified, hashes, proposal }, signal);
  }

  async #execute(
    round: RoundScope,
    { inputs, proposal }: { readonly inputs: readonly Uint8Array[]; readonly proposal: roothash.Proposal },
    signal: AbortSignal,
  ): Promise<void> {
    const verified = await this.#batches.execute(round, { inputs, proposal }, signal);
    const { batch: hashes, nodeId: schedulerId } = proposal;
    await this.#committer.commit(round, { schedulerId, verified, hashes, proposal: null }, signal);
  }
}

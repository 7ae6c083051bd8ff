// A node of a committee: the real decisions, signatures and memory of what was signed; runtime, pool
// and network are the simulation's.
import { schedulerApp } from "@wadi/apps";
import { chainContext, type Signer } from "@wadi/crypto";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash } from "@wadi/types";
import { must } from "@wadi/util";
import {
  ExecutorRound,
  ProposalQueue,
  roundInputs,
  wantsBatch,
  type RoundEffect,
  type RoundInput,
} from "@wadi/worker-core";

import { signCommitment, signFailure, signProposal, type CommitmentSigner } from "../../executor/commitments.ts";
import { ObservedCommitments } from "../../executor/observed-commitments.ts";
import { committeeRound, type CommitteeRound } from "../../executor/round-setting.ts";
import { CommitmentsInMemory, firstSigned, type KeptCommitment } from "../../executor/signed-commitments.ts";
import { SimVerifier } from "./keys.ts";
import { simRuntimeId, type ChainNews } from "./sim-chain.ts";
import type { Vice } from "./scenario.ts";
import type { World } from "./world.ts";

/** That of contexts for tests. */
const chain = chainContext("test chain");
const verification = { chain, runtimeId: simRuntimeId, verifier: new SimVerifier() };
const RETRY_MS = 250;
const FETCH_MS = 100;

interface Current {
  readonly round: ExecutorRound;
  readonly setting: CommitteeRound;
  readonly observed: ObservedCommitments;
  /** Of the block before. */
  readonly header: roothash.Header;
  /** Work that counts, by rank. */
  readonly work: Map<bigint, object>;
  readonly committed: Map<Hash, readonly Hash[]>;
  readonly doneRanks: Set<bigint>;
}

export class SimNode {
  readonly number: number;
  readonly signer: Signer;
  readonly #world: World;
  readonly #by: CommitmentSigner;
  readonly #vice: Vice | undefined;
  /** On the disk. */
  #signed = new CommitmentsInMemory();
  #proposals = new ProposalQueue();
  /** Transactions as far as the node has heard of them. */
  #pool = new Set<Hash>();
  #current: Current | undefined;
  #lastHeight = 0;
  /** Blocks come in order. */
  #newsAtMs = 0;
  #runtimeFreeAtMs = 0;
  #isUp = true;

  constructor(number: number, signer: Signer, world: World) {
    this.number = number;
    this.signer = signer;
    this.#world = world;
    this.#by = { signer, runtimeId: simRuntimeId, chain };
    this.#vice = world.scenario.vices[number];
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get isHonest(): boolean {
    return this.#vice === undefined;
  }

  has(hash: Hash): boolean {
    return this.#isUp && this.#pool.has(hash);
  }

  crash(): void {
    this.#isUp = false;
    this.#current = undefined;
    this.#proposals = new ProposalQueue();
    this.#pool = new Set();
    this.#runtimeFreeAtMs = 0;
    if (this.#world.sabotage === "forgets") this.#signed = new CommitmentsInMemory();
  }

  /** Comes back with the chain as it is by then. */
  restart(state: roothash.RuntimeState, height: number): void {
    this.#isUp = true;
    this.#lastHeight = height;
    this.#newRound(state);
  }

  /** A block is on its way; `delayMs` at least. */
  tell(news: ChainNews, delayMs: number): void {
    const { nowMs } = this.#world;
    this.#newsAtMs = Math.max(this.#newsAtMs, nowMs + delayMs);
    this.#world.after(this.#newsAtMs - nowMs, () => this.#blockCame(news));
  }

  #blockCame(news: ChainNews): void {
    if (!this.#isUp || news.height <= this.#lastHeight) return;
    this.#lastHeight = news.height;
    const told = [
      ...news.committed.map((commit) => ({ ...roothash.Event.zero(), executorCommitted: { commit } })),
      ...news.discrepancies.map((executionDiscrepancy) => ({ ...roothash.Event.zero(), executionDiscrepancy })),
    ];
    for (const event of told) this.#event(event);
    if (news.isNewRound) this.#newRound(news.state);
  }

  #event(event: roothash.Event): void {
    const current = this.#current;
    if (current === undefined) return;
    const { committee, round } = current.setting;
    const inputs = roundInputs(event, round, (id) => schedulerApp.schedulerRank(committee, round, id));
    for (const input of inputs) this.#handle(current, input);
  }

  /** Somebody's commitment is on its way to a block. */
  commitmentObserved(commitment: roothash.ExecutorCommitment): void {
    const current = this.#current;
    if (!this.#isUp || current === undefined) return;
    for (const input of current.observed.observe(commitment)) this.#handle(current, input);
  }

  transactionCame(hash: Hash): void {
    if (!this.#isUp) return;
    this.#pool.add(hash);
    this.#changed();
  }

  proposalCame(proposal: roothash.Proposal): void {
    const committee = this.#current?.setting.committee;
    if (!this.#isUp || committee === undefined) return;
    const rank = schedulerApp.schedulerRank(committee, proposal.header.round, proposal.nodeId);
    if (rank !== undefined && this.#proposals.add(proposal, rank) === undefined) this.#changed();
  }

  #changed(): void {
    if (this.#current !== undefined) this.#handle(this.#current, { kind: "changed" });
  }

  #newRound(state: roothash.RuntimeState): void {
    const block = must(state.lastBlock);
    const { header } = block;
    const descriptor = must(state.runtime);
    this.#endRound(header);
    this.#proposals.prune(header.round + 1n);
    const setting = committeeRound({ block, descriptor, state }, this.signer.publicKey);
    if (setting === undefined || this.#vice === "silent") return;
    const round = new ExecutorRound(setting, {
      proposals: this.#proposals,
      promote: (hashes) => ({
        txs: hashes.map((hash) => (this.#pool.has(hash) ? Buffer.from(hash, "hex") : undefined)),
        missing: hashes.filter((hash) => !this.#pool.has(hash)),
      }),
      wantsToSchedule: (force) => this.#wantsToSchedule(state, force),
    });
    const parts = { work: new Map<bigint, object>(), committed: new Map(), doneRanks: new Set<bigint>() };
    const observed = new ObservedCommitments({
      setting,
      allowedStragglers: descriptor.executor.allowedStragglers,
      own: this.signer.publicKey,
      verification,
    });
    const current: Current = { round, setting, observed, header, ...parts };
    this.#current = current;
    const { flushTimeoutMs, proposerTimeoutMs } = setting;
    this.#after(current, flushTimeoutMs, () => this.#handle(current, { kind: "flush-elapsed" }));
    const tick = (): void => {
      if (this.#world.sabotage !== "never-next-rank") this.#handle(current, { kind: "rank-elapsed" });
      this.#after(current, proposerTimeoutMs, tick);
    };
    this.#after(current, proposerTimeoutMs, tick);
    if (this.#vice === "hasty") for (let i = 0; i < 4; i++) this.#handle(current, { kind: "rank-elapsed" });
    this.#handle(current, { kind: "changed" });
  }

  #endRound({ headerType, ioRoot, stateRoot }: roothash.Header): void {
    const current = this.#current;
    this.#current = undefined;
    const used = headerType === roothash.headerTypes.normal ? current?.committed.get(ioRoot) : undefined;
    for (const hash of used ?? []) this.#pool.delete(hash);
    // Checking again finds what others have executed.
    const executed = this.#world.runtime.executed(stateRoot);
    for (const hash of this.#pool) if (executed.has(hash)) this.#pool.delete(hash);
  }

  #wantsToSchedule(state: roothash.RuntimeState, force: boolean): boolean {
    return wantsBatch({
      force,
      canSchedule: true,
      isBeforeEpoch: this.#world.isBeforeEpoch(),
      hasTransactions: this.#pool.size > 0,
      hasMessageResults: false,
      hasIncomingMessages: false,
      isFirst: state.lastNormalRound === must(state.genesisBlock).header.round,
    });
  }

  #after(current: Current, delayMs: number, action: () => void): void {
    this.#world.after(delayMs, () => {
      if (this.#current === current) action();
    });
  }

  #handle(current: Current, input: RoundInput): void {
    if (this.#current !== current) return;
    for (const effect of current.round.handle(input)) {
      this.#world.note(this.number, `${effect.kind} ${effect.rank}`);
      this.#carryOut(current, effect);
    }
  }

  #carryOut(current: Current, effect: RoundEffect): void {
    const { rank } = effect;
    if (effect.kind === "abandon") {
      current.work.delete(rank);
      return;
    }
    const { judge } = this.#world;
    if (this.isHonest) judge.workBegins(this.number, current.setting.round, rank, current.doneRanks.has(rank));
    const token = {};
    current.work.set(rank, token);
    const ifCounts = (action: () => void) => () => {
      if (current.work.get(rank) === token) action();
    };
    switch (effect.kind) {
      case "fetch":
        this.#after(
          current,
          FETCH_MS,
          ifCounts(() => this.#fetch(current, effect.hashes, ifCounts)),
        );
        break;
      case "schedule":
        this.#run(
          current,
          rank,
          ifCounts(() => this.#schedule(current, rank)),
          ifCounts,
        );
        break;
      case "execute":
        this.#run(
          current,
          rank,
          ifCounts(() => this.#execute(current, rank, effect.proposal)),
          ifCounts,
        );
        break;
      case "commit-failure":
        this.#commitFailure(current, rank, effect.proposal);
        break;
    }
  }

  /** One job of the runtime after the other; what was given up runs to its end. */
  #run(current: Current, rank: bigint, job: () => void, ifCounts: (action: () => void) => () => void): void {
    const { dice, isFaulty, nowMs, scenario } = this.#world;
    const endMs = Math.max(nowMs, this.#runtimeFreeAtMs) + dice.between(0, scenario.jobMs);
    this.#runtimeFreeAtMs = endMs;
    if (!isFaulty || !dice.perMille(scenario.failedPerMille)) {
      this.#after(current, endMs - nowMs, job);
      return;
    }
    const retry = (): void => this.#handle(current, { kind: "done", rank, outcome: "failed" });
    this.#after(current, endMs - nowMs + RETRY_MS, ifCounts(retry));
  }

  #fetch(current: Current, hashes: readonly Hash[], ifCounts: (action: () => void) => () => void): void {
    const lacking = hashes.filter((hash) => !this.#pool.has(hash));
    for (const hash of this.#world.fetch(this.number, lacking)) this.#pool.add(hash);
    if (lacking.some((hash) => !this.#pool.has(hash))) {
      this.#after(
        current,
        2 * FETCH_MS,
        ifCounts(() => this.#fetch(current, hashes, ifCounts)),
      );
    }
    this.#handle(current, { kind: "changed" });
  }

  #schedule(current: Current, rank: bigint): void {
    const { runtime, scenario } = this.#world;
    const executed = runtime.executed(current.header.stateRoot);
    const wanted = [...this.#pool].filter((hash) => !executed.has(hash)).slice(0, scenario.maxBatchSize);
    const batch = this.#batchOf(wanted);
    const response = this.#results(current, batch);
    const proposal = this.#proposal(current, batch, response.txInputRoot);
    this.#commit(current, rank, { schedulerId: this.signer.publicKey, response, hashes: batch, proposal });
  }

  #batchOf(wanted: readonly Hash[]): readonly Hash[] {
    const { dice, scenario } = this.#world;
    const invented = (count: number): readonly Hash[] =>
      Array.from({ length: count }, () => Buffer.from(dice.bytes(32)).toString("hex") as Hash);
    if (this.#vice === "phantoms") return invented(1);
    if (this.#vice === "oversized") return invented(scenario.maxBatchSize + 1);
    return wanted;
  }

  #proposal({ header }: Current, batch: readonly Hash[], batchHash: Hash): roothash.Proposal {
    const previousHash = roothash.headerHash(header);
    const root = this.#vice === "wrong-root" ? previousHash : batchHash;
    return signProposal(this.#by, { round: header.round + 1n, previousHash, batchHash: root, batch });
  }

  #execute(current: Current, rank: bigint, proposal: roothash.Proposal): void {
    const { batch, header } = proposal;
    if (this.#world.runtime.inputRoot(header.round, batch) !== header.batchHash) {
      this.#after(current, RETRY_MS, () => this.#handle(current, { kind: "done", rank, outcome: "rejected" }));
      return;
    }
    if (this.#vice === "refuses") {
      this.#commitFailure(current, rank, proposal);
      return;
    }
    const response = this.#results(current, batch);
    this.#commit(current, rank, { schedulerId: proposal.nodeId, response, hashes: batch, proposal: null });
  }

  #results({ header }: Current, batch: readonly Hash[]): ExecuteTxBatchResponse {
    const { dice, runtime, sabotage } = this.#world;
    const response = runtime.execute(header, batch);
    const isWrong = this.#vice === "wrong-results" || (sabotage === "diverges" && dice.oneIn(3));
    if (!isWrong) return response;
    const stateRoot = Buffer.from(dice.bytes(32)).toString("hex") as Hash;
    return { ...response, batch: { ...response.batch, header: { ...response.batch.header, stateRoot } } };
  }

  #commit(
    current: Current,
    rank: bigint,
    batch: Pick<KeptCommitment, "hashes" | "proposal"> & {
      readonly schedulerId: roothash.Proposal["nodeId"];
      readonly response: ExecuteTxBatchResponse;
    },
  ): void {
    const { hashes, proposal, response, schedulerId } = batch;
    const commitment = signCommitment(this.#by, schedulerId, response);
    this.#send(current, rank, { commitment, hashes, proposal });
  }

  #commitFailure(current: Current, rank: bigint, { nodeId }: roothash.Proposal): void {
    const { previousHash, round } = current.setting;
    const commitment = signFailure(this.#by, nodeId, round, previousHash);
    this.#send(current, rank, { commitment, hashes: [], proposal: null });
  }

  /** What was signed before, also before a crash, is what leaves the node. */
  #send(current: Current, rank: bigint, signed: KeptCommitment): void {
    const { judge } = this.#world;
    const { commitment, hashes, proposal } = firstSigned(this.#signed, signed);
    if (this.isHonest) {
      judge.commitmentSigned(this.number, commitment);
      if (proposal !== null) judge.proposalSigned(this.number, proposal);
    }
    if (proposal !== null) this.#show(current, proposal);
    const { ioRoot } = commitment.header.header;
    if (ioRoot !== null) current.committed.set(ioRoot, hashes);
    this.#world.commit(this.number, commitment);
    current.doneRanks.add(rank);
    // In a turn of its own: the round is in the middle of its effects.
    this.#after(current, 0, () => this.#handle(current, { kind: "done", rank, outcome: "committed" }));
  }

  #show(current: Current, proposal: roothash.Proposal): void {
    if (this.#vice === "hides-proposals") return;
    if (this.#vice !== "two-proposals") {
      this.#world.propose(this.number, proposal, () => true);
      return;
    }
    const other = proposal.batch.slice(1);
    const root = this.#world.runtime.inputRoot(proposal.header.round, other);
    this.#world.propose(this.number, proposal, (node) => node % 2 === 0);
    this.#world.propose(this.number, this.#proposal(current, other, root), (node) => node % 2 === 1);
  }
}

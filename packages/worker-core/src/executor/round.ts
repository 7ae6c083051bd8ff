// What a member of an executor committee does in one round: which proposal it works on and when
// it proposes one itself. It decides only; effects say what is to be done.
// Reference: go/worker/compute/executor/committee/node.go (facts of the round worker).
import type { Hash, roothash } from "@wadi/types";

import type { ProposalQueue, RankedProposal } from "./proposal-queue.ts";

/** Of a node that schedules nothing in the round. */
export const NO_RANK = 0xffff_ffff_ffff_ffffn;

/** What is fixed for a round. */
export interface RoundSetting {
  /** The round that is to be decided: one above the last block's. */
  readonly round: bigint;
  /** Hash of the last block's header. */
  readonly previousHash: Hash;
  readonly isWorker: boolean;
  readonly isBackup: boolean;
  /** Own place among the schedulers, `NO_RANK` for a node that is no worker. */
  readonly ownRank: bigint;
  readonly maxBatchSize: bigint;
  /** 0n: no limit. */
  readonly maxBatchBytes: bigint;
}

/** Transactions of a proposal as far as the pool has them, in the proposal's order. */
export interface PromotedBatch {
  readonly txs: readonly (Uint8Array | undefined)[];
  /** Those that are not there. */
  readonly missing: readonly Hash[];
}

export interface RoundPorts {
  readonly proposals: Pick<ProposalQueue, "best" | "reject">;
  promote(hashes: readonly Hash[]): PromotedBatch;
  /** Whether there is something to schedule, or the round must be proposed all the same. */
  wantsToSchedule(force: boolean): boolean;
}

export type RoundInput =
  /** A proposer timeout has passed: the next rank may propose. */
  | { readonly kind: "rank-elapsed" }
  /** The batch flush timeout has passed: an own batch need not be full. */
  | { readonly kind: "flush-elapsed" }
  /** Proposals, transactions or the runtime changed. */
  | { readonly kind: "changed" }
  /** A scheduler of this rank has committed. */
  | { readonly kind: "scheduler-committed"; readonly rank: bigint }
  /** Commitments for a rank contradict each other. Consensus says so itself, or it is to be expected. */
  | { readonly kind: "discrepancy"; readonly rank: bigint; readonly isAuthoritative: boolean }
  /** The work on a batch has ended: with a commitment, without one, or because the batch is wrong. */
  | { readonly kind: "done"; readonly rank: bigint; readonly outcome: "committed" | "failed" | "rejected" };

export type RoundEffect =
  /** Ask the runtime for a batch and propose it. */
  | { readonly kind: "schedule"; readonly rank: bigint }
  /** Execute a proposal. */
  | {
      readonly kind: "execute";
      readonly rank: bigint;
      readonly proposal: roothash.Proposal;
      readonly inputs: readonly Uint8Array[];
    }
  /** Ask peers for transactions; each time some arrive, `changed`. */
  | { readonly kind: "fetch"; readonly rank: bigint; readonly hashes: readonly Hash[] }
  /** Commit to the proposal's failure. */
  | { readonly kind: "commit-failure"; readonly rank: bigint; readonly proposal: roothash.Proposal }
  /** The work under way is void; its `done` is not waited for, and counts only if it has committed. */
  | { readonly kind: "abandon"; readonly rank: bigint };

type Stage =
  | { readonly kind: "waiting" }
  | {
      readonly kind: "waiting-for-txs" | "waiting-for-discrepancy";
      readonly rank: bigint;
      readonly proposal: roothash.Proposal;
    }
  | { readonly kind: "processing"; readonly rank: bigint };

const WAITING: Stage = { kind: "waiting" };

export class ExecutorRound {
  readonly setting: RoundSetting;
  readonly #ports: RoundPorts;
  #stage: Stage = WAITING;
  /** Schedulers up to this rank may propose by now. */
  #currentRank = 0n;
  /** The lowest rank whose scheduler committed. */
  #poolRank = NO_RANK;
  #discrepancy: { readonly rank: bigint; readonly isAuthoritative: boolean } | undefined;
  #isFlushed = false;
  /** Ranks to which this node has committed. */
  readonly #submitted = new Set<bigint>();
  #effects: RoundEffect[] = [];

  constructor(setting: RoundSetting, ports: RoundPorts) {
    this.setting = setting;
    this.#ports = ports;
  }

  get stage(): Stage["kind"] {
    return this.#stage.kind;
  }

  handle(input: RoundInput): readonly RoundEffect[] {
    this.#effects = [];
    switch (input.kind) {
      case "rank-elapsed":
        this.#currentRank++;
        break;
      case "flush-elapsed":
        this.#isFlushed = true;
        break;
      case "scheduler-committed":
        if (input.rank < this.#poolRank) this.#poolRank = input.rank;
        break;
      case "discrepancy":
        if (input.isAuthoritative || this.#discrepancy === undefined) this.#discrepancy = input;
        break;
      case "done":
        this.#end(input.rank, input.outcome);
        break;
      case "changed":
        break;
    }
    this.#act();
    return this.#effects;
  }

  #end(rank: bigint, outcome: "committed" | "failed" | "rejected"): void {
    // Also where the work was given up while its commitment left the node.
    if (outcome === "committed") this.#submitted.add(rank);
    if (this.#stage.kind !== "processing" || this.#stage.rank !== rank) return;
    this.#stage = WAITING;
    if (outcome === "rejected") this.#ports.proposals.reject(this.setting.round, rank);
  }

  #act(): void {
    const { ownRank } = this.setting;
    if (this.#discrepancy !== undefined) {
      const { rank } = this.#discrepancy;
      this.#leave((other) => other !== rank);
      const found = this.#best(rank, rank);
      if (found !== undefined) this.#process(found.proposal, rank);
      else if (ownRank === rank) this.#schedule(true);
      this.#progress(rank);
      return;
    }
    const limit = lowest(this.#currentRank, this.#poolRank, ownRank);
    const best = this.#best(0n, limit);
    if (best !== undefined && best.rank < ownRank) {
      this.#leave((rank) => rank > best.rank);
      this.#process(best.proposal, best.rank);
    } else if (ownRank <= limit) {
      this.#leave((rank) => rank > ownRank);
      this.#schedule(this.#isFlushed);
    }
    this.#progress(limit);
  }

  #best(minRank: bigint, maxRank: bigint): RankedProposal | undefined {
    const { proposals } = this.#ports;
    return proposals.best(this.setting.round, minRank, maxRank, (rank) => this.#submitted.has(rank));
  }

  /** Gives up the work of a rank that does not matter any more. */
  #leave(isVoid: (rank: bigint) => boolean): void {
    const stage = this.#stage;
    if (stage.kind === "waiting" || !isVoid(stage.rank)) return;
    this.#effects.push({ kind: "abandon", rank: stage.rank });
    this.#stage = WAITING;
  }

  #schedule(force: boolean): void {
    const { isWorker, ownRank } = this.setting;
    if (this.#stage.kind !== "waiting" || !isWorker || this.#submitted.has(ownRank)) return;
    if (!this.#ports.wantsToSchedule(force)) return;
    this.#stage = { kind: "processing", rank: ownRank };
    this.#effects.push({ kind: "schedule", rank: ownRank });
  }

  #process(proposal: roothash.Proposal, rank: bigint): void {
    if (this.#stage.kind !== "waiting" || this.#submitted.has(rank)) return;
    if (this.#discrepancy !== undefined && !this.setting.isBackup) return;
    // A proposal on another chain of blocks is nobody's business here.
    if (proposal.header.previousHash !== this.setting.previousHash) return;
    this.#stage = { kind: "waiting-for-txs", rank, proposal };
    const hashes = proposal.batch;
    const { missing, txs } = this.#ports.promote(hashes);
    if (this.#isTooLarge(BigInt(hashes.length), txs)) {
      this.#stage = { kind: "processing", rank };
      this.#effects.push({ kind: "commit-failure", rank, proposal });
    } else if (missing.length > 0) {
      this.#effects.push({ kind: "fetch", rank, hashes: missing });
    }
  }

  #isTooLarge(count: bigint, txs: readonly (Uint8Array | undefined)[]): boolean {
    const { maxBatchBytes, maxBatchSize } = this.setting;
    const bytes = txs.reduce((sum, tx) => sum + (tx?.length ?? 0), 0);
    return count > maxBatchSize || (maxBatchBytes !== 0n && BigInt(bytes) > maxBatchBytes);
  }

  /**
   * Goes on with a proposal once all its transactions are there, and a backup worker once it is needed.
   * One above the limit waits: a better scheduler has committed, whose proposal may still come.
   */
  #progress(limit: bigint): void {
    const stage = this.#stage;
    if (stage.kind === "waiting" || stage.kind === "processing" || stage.rank > limit) return;
    const { proposal, rank } = stage;
    const { missing, txs } = this.#ports.promote(proposal.batch);
    const inputs = txs.filter((tx) => tx !== undefined);
    if (missing.length > 0 || inputs.length !== txs.length) return;
    if (this.#isTooLarge(BigInt(txs.length), txs)) {
      this.#stage = { kind: "processing", rank };
      this.#effects.push({ kind: "commit-failure", rank, proposal });
      return;
    }
    if (!this.setting.isWorker && this.#discrepancy === undefined) {
      this.#stage = { kind: "waiting-for-discrepancy", rank, proposal };
      return;
    }
    this.#stage = { kind: "processing", rank };
    this.#effects.push({ kind: "execute", rank, proposal, inputs });
  }
}

function lowest(...ranks: readonly bigint[]): bigint {
  return ranks.reduce((a, b) => (a < b ? a : b));
}

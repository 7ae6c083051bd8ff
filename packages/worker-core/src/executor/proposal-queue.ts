// Proposals that wait for their round, whose sender and signature were checked.
// Reference: go/worker/compute/executor/committee/proposals.go.
import type { roothash } from "@wadi/types";

/** More than these are not kept. */
const MAX_PENDING_PROPOSALS = 32;

export interface RankedProposal {
  readonly proposal: roothash.Proposal;
  /** The scheduler's rank in the proposal's round. */
  readonly rank: bigint;
}

/** Why a proposal is not queued; only of the first kind is nothing heard again from this node's peers. */
export type ProposalRefusal =
  | { readonly permanent: true; readonly reason: "proposal round is in the past" }
  | { readonly permanent: false; readonly reason: "proposal already exists" | "proposal queue overflow" };

interface Entry extends RankedProposal {
  rejected: boolean;
}

const roundOf = ({ proposal }: RankedProposal): bigint => proposal.header.round;

export class ProposalQueue {
  /** By round, then rank. At most 32, so a list that is kept in order does. */
  #entries: Entry[] = [];
  #round = 0n;

  get size(): number {
    return this.#entries.length;
  }

  /** Queues a proposal, or says why not. The one farthest in the future makes room. */
  add(proposal: roothash.Proposal, rank: bigint): ProposalRefusal | undefined {
    const { round } = proposal.header;
    if (round < this.#round) return { permanent: true, reason: "proposal round is in the past" };
    if (this.get(round, rank) !== undefined) return { permanent: false, reason: "proposal already exists" };
    const entry: Entry = { proposal, rank, rejected: false };
    const after = this.#entries.findIndex((other) => {
      return roundOf(other) > round || (roundOf(other) === round && other.rank > rank);
    });
    this.#entries.splice(after === -1 ? this.#entries.length : after, 0, entry);
    if (this.#entries.length <= MAX_PENDING_PROPOSALS) return undefined;
    return this.#entries.pop() === entry ? { permanent: false, reason: "proposal queue overflow" } : undefined;
  }

  /** The proposal of a round and rank, rejected or not. */
  get(round: bigint, rank: bigint): roothash.Proposal | undefined {
    return this.#find(round, rank)?.proposal;
  }

  /** The first proposal of a round, by rank, within bounds that was neither rejected nor is excluded. */
  best(
    round: bigint,
    minRank: bigint,
    maxRank: bigint,
    isExcluded: (rank: bigint) => boolean = () => false,
  ): RankedProposal | undefined {
    return this.#entries.find((entry) => {
      const { rank, rejected } = entry;
      return roundOf(entry) === round && rank >= minRank && rank <= maxRank && !rejected && !isExcluded(rank);
    });
  }

  /** Marks a proposal as invalid. It stays, so that it does not come back. */
  reject(round: bigint, rank: bigint): void {
    const entry = this.#find(round, rank);
    if (entry !== undefined) entry.rejected = true;
  }

  /** Drops the proposals of earlier rounds; from now on they are refused. */
  prune(round: bigint): void {
    this.#entries = this.#entries.filter((entry) => roundOf(entry) >= round);
    this.#round = round;
  }

  #find(round: bigint, rank: bigint): Entry | undefined {
    return this.#entries.find((entry) => roundOf(entry) === round && entry.rank === rank);
  }
}

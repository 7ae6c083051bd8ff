// The rules that every run must keep, whatever is lost, delayed, killed or wrong.
import { schedulerApp } from "@wadi/apps";
import { encodeCbor } from "@wadi/codec";
import { roothash, type Hash, type PublicKey } from "@wadi/types";
import { must, toHex } from "@wadi/util";

import type { Scenario } from "./scenario.ts";
import type { ChainNews } from "./sim-chain.ts";
import type { SimRuntime } from "./sim-runtime.ts";

/** A rule was broken. */
export class Violation extends Error {}

/** What happened in a run. */
export interface Counts {
  /** Rounds by how they ended. */
  normal: number;
  failed: number;
  suspended: number;
  epochs: number;
  discrepancies: number;
  /** Normal rounds with the batch of another scheduler than the first one. */
  laterRanks: number;
}

export class Judge {
  readonly #scenario: Scenario;
  readonly #runtime: SimRuntime;
  readonly #nodeOf: ReadonlyMap<PublicKey, number>;
  /** What honest nodes signed, by node, round and scheduler. */
  readonly #commitments = new Map<string, string>();
  readonly #proposals = new Map<string, string>();
  /** Ranks of those who proposed a batch, by round and I/O root. */
  readonly #schedulers = new Map<string, bigint>();
  /** Results that an honest node has committed to, by round. */
  readonly #honestVotes = new Map<bigint, Set<Hash>>();
  #last: roothash.Header;
  readonly counts: Counts = { normal: 0, failed: 0, suspended: 0, epochs: 0, discrepancies: 0, laterRanks: 0 };

  constructor(scenario: Scenario, runtime: SimRuntime, nodes: readonly PublicKey[], first: roothash.Header) {
    this.#scenario = scenario;
    this.#runtime = runtime;
    this.#nodeOf = new Map(nodes.map((id, node) => [id, node]));
    this.#last = first;
  }

  /** Of an honest node, whenever one leaves it. */
  commitmentSigned(node: number, commitment: roothash.ExecutorCommitment): void {
    const { header } = commitment;
    const { round } = header.header;
    const bytes = toHex(encodeCbor(roothash.ExecutorCommitmentHeader, header));
    const name = `${node} ${round} ${header.schedulerId}`;
    const before = this.#commitments.get(name);
    if (before !== undefined && before !== bytes) {
      throw new Violation(`node ${node} made two commitments in round ${round} for one scheduler`);
    }
    this.#commitments.set(name, bytes);
    const votes = this.#honestVotes.get(round) ?? new Set();
    this.#honestVotes.set(round, votes.add(roothash.computeResultsHash(header.header)));
  }

  /** Of an honest node, whenever one leaves it. */
  proposalSigned(node: number, { header }: roothash.Proposal): void {
    const bytes = toHex(encodeCbor(roothash.ProposalHeader, header));
    const before = this.#proposals.get(`${node} ${header.round}`);
    if (before !== undefined && before !== bytes) {
      throw new Violation(`node ${node} made two proposals in round ${header.round}`);
    }
    this.#proposals.set(`${node} ${header.round}`, bytes);
  }

  /** Of an honest node, when it begins to work on a batch. */
  workBegins(node: number, round: bigint, rank: bigint, isDone: boolean): void {
    if (isDone) throw new Violation(`node ${node} works on rank ${rank} of round ${round} again`);
  }

  blockMade({ badEntities, committed, discrepancies, isNewRound, refused, state }: ChainNews): void {
    this.counts.discrepancies += discrepancies.length;
    for (const { commitment, reason } of refused) this.#refused(commitment, reason);
    for (const { header, nodeId } of committed) {
      const { ioRoot, round } = header.header;
      if (nodeId !== header.schedulerId || state.committee === null) continue;
      const rank = schedulerApp.schedulerRank(state.committee, round, nodeId);
      if (rank !== undefined) this.#schedulers.set(`${round} ${ioRoot}`, rank);
    }
    if (!isNewRound) return;
    const { header } = must(state.lastBlock);
    const previous = this.#last;
    this.#last = header;
    if (header.round !== previous.round + 1n || header.previousHash !== roothash.headerHash(previous)) {
      throw new Violation(`round ${header.round} follows ${previous.round}`);
    }
    const { epochTransition, normal, suspended } = roothash.headerTypes;
    if (header.headerType !== normal) {
      if (header.headerType === epochTransition) this.counts.epochs++;
      else if (header.headerType === suspended) this.counts.suspended++;
      else this.counts.failed++;
      if (header.stateRoot !== previous.stateRoot)
        throw new Violation(`round ${header.round} failed and has a new state`);
      return;
    }
    this.counts.normal++;
    this.#finalized(previous, header, committed.length);
    for (const entity of badEntities) this.#blamed(header.round, entity);
  }

  /** An honest node's commitments are in order; they may only come too late. */
  #refused({ nodeId, header }: roothash.ExecutorCommitment, reason: string): void {
    const node = must(this.#nodeOf.get(nodeId));
    if (this.#scenario.vices[node] !== undefined) return;
    if (/signature|form|messages|not in the committee/.test(reason) && !reason.includes("resolve")) {
      throw new Violation(`node ${node}'s commitment of round ${header.header.round} is refused: ${reason}`);
    }
  }

  #finalized(previous: roothash.Header, header: roothash.Header, commitments: number): void {
    const { inMsgsHash, ioRoot, messagesHash, previousHash, round, stateRoot } = header;
    if (!this.#runtime.isResult(previous, header)) {
      throw new Violation(`round ${round} has results that no execution gives`);
    }
    if (this.#schedulers.get(`${round} ${ioRoot}`) !== 0n) this.counts.laterRanks++;
    const results = { round, previousHash, ioRoot, stateRoot, messagesHash, inMsgsHash, inMsgsCount: 0 };
    if (this.#honestVotes.get(round)?.has(roothash.computeResultsHash(results)) !== true) {
      throw new Violation(`round ${round} is final, of ${commitments} commitments, without that of an honest node`);
    }
  }

  /** Who votes for what it was shown may be wrong only where different nodes were shown different things. */
  #blamed(round: bigint, entity: PublicKey): void {
    const node = must(this.#nodeOf.get(entity));
    if (this.#scenario.vices[node] !== undefined || this.#scenario.vices.includes("two-proposals")) return;
    throw new Violation(`honest node ${node} is blamed for its results in round ${round}`);
  }
}

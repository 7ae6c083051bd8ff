// The evidence pool (evidence/pool.go of the fork): what waits for a block, what was in one, and
// what a block may carry. Pending evidence is verified and stored.
//
// The pool is bounded: a validator that signs everything twice convicts itself with the first few
// pairs, and the rest is left aside. This concerns what we store and offer only; blocks are judged
// by the reference's rules.
import {
  ErrInvalidEvidence,
  EvidenceListMessage,
  EvidenceMessage,
  duplicateVoteEvidence,
  evidenceFromMessage,
  evidenceHeight,
  evidenceToMessage,
  refusal,
  type EngineState,
  type EngineVerifier,
  type Evidence,
  type TimeNs,
  type ValidatorSet,
  type Vote,
} from "@wadi/comet-types";
import { proto } from "@wadi/codec";
import { assert } from "@wadi/util";
import type { EvidenceOffer } from "../execution/create-block.ts";
import { ConflictingVotes } from "./conflicting-votes.ts";
import { PENDING_RANGE, committedKey, evidenceId, pendingKey } from "./keys.ts";
import type { EvidenceChain, EvidenceStorage } from "./ports.ts";
import { verifyEvidence } from "./verify.ts";

export interface EvidenceLimits {
  /** Most pending pieces. */
  readonly maxPending: number;
  /** Most bytes of all pending pieces. */
  readonly maxPendingBytes: number;
  /** Most pending duplicate votes of one validator. */
  readonly maxPerValidator: number;
}

export const DEFAULT_EVIDENCE_LIMITS: EvidenceLimits = {
  maxPending: 1000,
  maxPendingBytes: 1 << 24,
  maxPerValidator: 16,
};

export interface EvidencePorts {
  readonly storage: EvidenceStorage;
  readonly chain: EvidenceChain;
  readonly verifier: EngineVerifier;
}

/** Evidence that waits for a block. */
export interface PendingEvidence {
  readonly id: string;
  readonly evidence: Evidence;
  /** Bytes that it adds to a list of evidence. */
  readonly sizeInList: number;
}

/** `full`: not even looked at, because there is enough of it already. */
export type EvidenceAddition = "added" | "pending" | "committed" | "full";

/** Value of a committed key: the height, as the reference writes it. */
const CommittedMark = proto.message("Int64Value", { value: proto.int64Number(1) });

/** Nanoseconds by which the reference puts off looking for expired evidence. */
const PRUNING_DELAY = 1_000_000_000n;

export class EvidencePool {
  readonly #ports: EvidencePorts;
  readonly #limits: EvidenceLimits;
  readonly #conflicts = new ConflictingVotes();
  readonly #pending = new Map<string, PendingEvidence>();
  readonly #perValidator = new Map<string, number>();
  #pendingBytes = 0;
  #state: EngineState;
  /** The earliest height and time at which something may expire. */
  #pruning: { readonly height: number; readonly time: TimeNs };

  /** The pool after the block of `state`, with what the storage still has pending. Throws WadiError for stored bytes that are no evidence. */
  constructor(ports: EvidencePorts, state: EngineState, limits: EvidenceLimits = DEFAULT_EVIDENCE_LIMITS) {
    this.#ports = ports;
    this.#state = state;
    this.#limits = limits;
    for (const { value } of ports.storage.entries(PENDING_RANGE)) {
      const evidence = evidenceFromMessage(EvidenceMessage.decode(value));
      this.#remember(evidenceId(evidence), evidence);
    }
    this.#pruning = this.#prune();
  }

  /** Number of pending pieces. */
  get size(): number {
    return this.#pending.size;
  }

  /** The state after the last block. */
  get state(): EngineState {
    return this.#state;
  }

  /** Pending evidence in order of arrival, for gossip. Must not be iterated across changes. */
  pending(): IterableIterator<PendingEvidence> {
    return this.#pending.values();
  }

  isPending(evidence: Evidence): boolean {
    return this.#pending.has(evidenceId(evidence));
  }

  isCommitted(evidence: Evidence): boolean {
    return this.#isCommitted(evidenceId(evidence));
  }

  #isCommitted(id: string): boolean {
    return this.#ports.storage.has(committedKey(id));
  }

  /** Evidence for a block, oldest first, up to the first piece with which the list would pass `maxBytes`. */
  offer(maxBytes: number): EvidenceOffer {
    const evidence: Evidence[] = [];
    let sizeBytes = 0;
    for (const id of [...this.#pending.keys()].sort(compareText)) {
      const item = this.#pending.get(id) as PendingEvidence;
      // Neither can be in a valid block: expired but not yet pruned, and committed where the death
      // of the process came between the two writes.
      if (this.#isExpired(item.evidence) || this.#isCommitted(id)) continue;
      if (sizeBytes + item.sizeInList > maxBytes) break;
      sizeBytes += item.sizeInList;
      evidence.push(item.evidence);
    }
    return { evidence, sizeBytes };
  }

  /**
   * Takes in evidence from a peer or user, valid by itself. Throws a WadiError if it proves
   * nothing; then the peer is to be disconnected.
   */
  add(evidence: Evidence): EvidenceAddition {
    const id = evidenceId(evidence);
    if (this.#pending.has(id)) return "pending";
    if (this.#isCommitted(id)) return "committed";
    if (!this.#hasRoom(evidence)) return "full";
    this.#verify(evidence);
    this.#addPending(id, evidence);
    return "added";
  }

  /**
   * Judges the evidence of a block that is otherwise valid; throws a WadiError if the block must
   * not be accepted. What is new becomes pending.
   */
  checkBlockEvidence(list: readonly Evidence[]): void {
    const ids = new Set<string>();
    for (const evidence of list) {
      const id = evidenceId(evidence);
      // An attack's hash does not cover everything in it: another one may hide behind it.
      if (evidence.kind === "light-client-attack" || !this.#pending.has(id)) {
        if (this.#isCommitted(id)) throw refusal(ErrInvalidEvidence, "evidence was already committed");
        this.#verify(evidence);
        if (this.#hasRoom(evidence)) this.#addPending(id, evidence);
      }
      if (ids.has(id)) throw refusal(ErrInvalidEvidence, "duplicate evidence");
      ids.add(id);
    }
  }

  /** Keeps aside two votes of one validator that consensus has verified, until their block is there. */
  reportConflictingVotes(a: Vote, b: Vote): void {
    this.#conflicts.add(a, b);
  }

  /**
   * After a block: conflicting votes become evidence, the block's evidence is committed, expired
   * evidence goes. Safe to run again for the same block after a restart. Returns what was made of
   * conflicting votes.
   */
  update(state: EngineState, committed: readonly Evidence[]): Evidence[] {
    assert(state.lastBlockHeight > this.#state.lastBlockHeight, "the pool is updated once for each height, ascending");
    const made = this.#takeConflicts(state);
    this.#state = state;
    for (const evidence of committed) this.#commit(evidence);
    const { height, time } = this.#pruning;
    if (this.size > 0 && state.lastBlockHeight > height && state.lastBlockTime > time) this.#pruning = this.#prune();
    return made;
  }

  #verify(evidence: Evidence): void {
    const { chain, verifier } = this.#ports;
    verifyEvidence(evidence, this.#state, chain, verifier);
  }

  #takeConflicts(state: EngineState): Evidence[] {
    const made: Evidence[] = [];
    for (const votes of this.#conflicts.take()) {
      const evidence = this.#evidenceOf(votes, state);
      if (evidence === undefined || !this.#hasRoom(evidence)) continue;
      const id = evidenceId(evidence);
      if (this.#pending.has(id) || this.#isCommitted(id)) continue;
      this.#addPending(id, evidence);
      made.push(evidence);
    }
    return made;
  }

  /** Undefined where the block or the set is not stored any more, or the voter is not in the set. */
  #evidenceOf(votes: readonly [Vote, Vote], state: EngineState): Evidence | undefined {
    const { height, validatorAddress } = votes[0];
    let time: TimeNs | undefined;
    let set: ValidatorSet | undefined;
    if (height === state.lastBlockHeight) {
      time = state.lastBlockTime;
      set = state.lastValidators;
    } else if (height < state.lastBlockHeight) {
      time = this.#ports.chain.loadHeader(height)?.time;
      set = this.#ports.chain.loadValidators(height);
    }
    if (time === undefined || set?.has(validatorAddress) !== true) return undefined;
    return duplicateVoteEvidence(votes, time, set);
  }

  #hasRoom(evidence: Evidence): boolean {
    const { maxPending, maxPendingBytes, maxPerValidator } = this.#limits;
    if (this.size >= maxPending || this.#pendingBytes >= maxPendingBytes) return false;
    if (evidence.kind !== "duplicate-vote") return true;
    return (this.#perValidator.get(evidence.voteA.validatorAddress) ?? 0) < maxPerValidator;
  }

  #addPending(id: string, evidence: Evidence): void {
    this.#ports.storage.put(pendingKey(id), EvidenceMessage.encode(evidenceToMessage(evidence)));
    this.#remember(id, evidence);
  }

  #remember(id: string, evidence: Evidence): void {
    if (this.#pending.has(id)) this.#forget(id);
    const sizeInList = EvidenceListMessage.encode({ evidence: [evidenceToMessage(evidence)] }).length;
    this.#pending.set(id, { id, evidence, sizeInList });
    this.#count(evidence, 1, sizeInList);
  }

  #forget(id: string): void {
    const item = this.#pending.get(id);
    if (item === undefined) return;
    this.#pending.delete(id);
    this.#count(item.evidence, -1, -item.sizeInList);
  }

  #count(evidence: Evidence, pieces: 1 | -1, bytes: number): void {
    this.#pendingBytes += bytes;
    if (evidence.kind !== "duplicate-vote") return;
    const { validatorAddress } = evidence.voteA;
    const count = (this.#perValidator.get(validatorAddress) ?? 0) + pieces;
    if (count > 0) this.#perValidator.set(validatorAddress, count);
    else this.#perValidator.delete(validatorAddress);
  }

  #commit(evidence: Evidence): void {
    const id = evidenceId(evidence);
    // In this order, so that it is never neither pending nor committed.
    const mark = CommittedMark.encode({ value: evidenceHeight(evidence) });
    this.#ports.storage.put(committedKey(id), mark);
    this.#ports.storage.delete(pendingKey(id));
    this.#forget(id);
  }

  #isExpired(evidence: Evidence): boolean {
    const { lastBlockHeight, lastBlockTime, consensusParams } = this.#state;
    const { maxAgeNumBlocks, maxAgeDuration } = consensusParams.evidence;
    const isOld = lastBlockHeight - evidenceHeight(evidence) > maxAgeNumBlocks;
    return isOld && lastBlockTime - evidence.timestamp > maxAgeDuration;
  }

  /**
   * Drops expired evidence, oldest first, and returns when to look again. The delay is the
   * reference's, and decides which blocks are valid: what is pending is not verified again.
   */
  #prune(): { height: number; time: TimeNs } {
    const { lastBlockHeight, lastBlockTime, consensusParams } = this.#state;
    for (const id of [...this.#pending.keys()].sort(compareText)) {
      const { evidence } = this.#pending.get(id) as PendingEvidence;
      if (!this.#isExpired(evidence)) {
        const { maxAgeNumBlocks, maxAgeDuration } = consensusParams.evidence;
        return {
          height: evidenceHeight(evidence) + maxAgeNumBlocks + 1,
          time: evidence.timestamp + maxAgeDuration + PRUNING_DELAY,
        };
      }
      this.#ports.storage.delete(pendingKey(id));
      this.#forget(id);
    }
    return { height: lastBlockHeight, time: lastBlockTime };
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

// The state of one height (consensus/types/round_state.go of the fork), changed by the transitions
// in the other files of this folder.
import {
  samePartSetHeader,
  type Block,
  type BlockId,
  type EngineState,
  type PartSet,
  type Proposal,
  type ValidatorSet,
  type Vote,
} from "@wadi/comet-types";
import type { HeightVoteSet } from "./height-vote-set.ts";
import { RoundStep } from "./step.ts";
import type { BlockInParts, RoundView } from "./view.ts";
import type { VoteSet } from "./vote-set.ts";

/** What a height starts from. */
export interface HeightStart {
  readonly state: EngineState;
  readonly height: number;
  readonly startMs: number;
  readonly votes: HeightVoteSet;
  readonly lastCommit: VoteSet | undefined;
}

export class RoundState implements RoundView {
  readonly height: number;
  readonly startMs: number;
  readonly state: EngineState;
  readonly votes: HeightVoteSet;
  readonly lastCommit: VoteSet | undefined;
  round = 0;
  step: RoundStep = RoundStep.newHeight;
  validators: ValidatorSet;
  proposal: Proposal | undefined = undefined;
  proposalParts: PartSet | undefined = undefined;
  /** Made of `proposalParts`, which are then complete. */
  proposed: BlockInParts | undefined = undefined;
  lockedRound = -1;
  locked: BlockInParts | undefined = undefined;
  validRound = -1;
  valid: BlockInParts | undefined = undefined;
  commitRound = -1;
  /** Monotonic ms at which the commit was entered. */
  commitMs = 0;
  hasScheduledPrecommitWait = false;
  /** A block is out for application; see the effect `commit-block`. */
  isApplying = false;
  /** What we last proposed ourselves. */
  ownProposal: BlockInParts | undefined = undefined;
  /** Blocks that passed validation against `state`. */
  readonly validated: WeakSet<Block> = new WeakSet();
  /** Who is known to have voted twice, in which round and step. */
  readonly #conflicts = new Set<string>();

  constructor({ state, height, startMs, votes, lastCommit }: HeightStart) {
    this.height = height;
    this.startMs = startMs;
    this.state = state;
    this.validators = state.validators;
    this.votes = votes;
    this.lastCommit = lastCommit;
  }

  get lastValidators(): ValidatorSet {
    return this.state.lastValidators;
  }

  get proposalBlock(): Block | undefined {
    return this.proposed?.block;
  }

  /** True for the first vote of a validator in a step that contradicts another of its votes. */
  noteConflict({ height, round, type, validatorIndex }: Vote): boolean {
    const place = `${height}/${round}/${type}/${validatorIndex}`;
    if (this.#conflicts.has(place)) return false;
    this.#conflicts.add(place);
    return true;
  }

  /** Forgets the lock. */
  unlock(): void {
    this.lockedRound = -1;
    this.locked = undefined;
  }

  lock(block: BlockInParts): void {
    this.lockedRound = this.round;
    this.locked = block;
  }

  /** True if parts of this header are collected or complete. */
  expectsParts(blockId: BlockId): boolean {
    return this.proposalParts !== undefined && samePartSetHeader(this.proposalParts.header, blockId.partSetHeader);
  }

  /** The proposal's block is there and, where the proposal names a proof-of-lock round, its prevotes too. */
  isProposalComplete(): boolean {
    const { proposal } = this;
    if (proposal === undefined || this.proposed === undefined) return false;
    return proposal.polRound < 0 || this.votes.polka(proposal.polRound) !== undefined;
  }
}

// The round state as others may read it: gossip, status, tests.
import type { BitArray, Block, BlockId, EngineState, PartSet, Proposal, ValidatorSet, Vote } from "@wadi/comet-types";
import type { RoundStep } from "./step.ts";

/** The votes of one kind in one round. */
export interface VoteSetView {
  readonly height: number;
  readonly round: number;
  /** Prevote or precommit, as in `SignedMsgType`. */
  readonly type: number;
  /** Number of validators. */
  readonly size: number;
  /** The first block (or nil) that got two thirds; it never changes. */
  readonly majority: BlockId | undefined;
  /** A set of precommits with a majority. */
  readonly isCommit: boolean;
  /** Whose vote is there; a copy. */
  bits(): BitArray;
  /** Whose vote for this block is there, conflicting ones included; a copy. */
  bitsFor(blockId: BlockId): BitArray | undefined;
  has(index: number): boolean;
  /** The vote to pass on; with a majority the one for it where a validator signed two. */
  get(index: number): Vote | undefined;
  hasTwoThirdsAny(): boolean;
  hasAll(): boolean;
}

/** The votes of all rounds of a height that are kept; undefined for other rounds. */
export interface HeightVotesView {
  readonly height: number;
  prevotes(round: number): VoteSetView | undefined;
  precommits(round: number): VoteSetView | undefined;
}

/** A complete block with the parts in which it came, and the id that both make. */
export interface BlockInParts {
  readonly block: Block;
  readonly parts: PartSet;
  readonly id: BlockId;
}

/** Fields are current at the time of reading and change with the next input. */
export interface RoundView {
  readonly height: number;
  readonly round: number;
  readonly step: RoundStep;
  /** Monotonic ms at which round 0 starts or started. */
  readonly startMs: number;
  /** With the proposer of this round. */
  readonly validators: ValidatorSet;
  readonly lastValidators: ValidatorSet;
  readonly proposal: Proposal | undefined;
  /** The block that is being collected or complete: the proposal's, or the one that two thirds named. */
  readonly proposalParts: PartSet | undefined;
  readonly proposalBlock: Block | undefined;
  /** -1 where nothing is locked. */
  readonly lockedRound: number;
  readonly locked: BlockInParts | undefined;
  /** -1 where no block is known to be valid. */
  readonly validRound: number;
  readonly valid: BlockInParts | undefined;
  readonly votes: HeightVotesView;
  /** -1 before the step `commit`. */
  readonly commitRound: number;
  /** Precommits for the last block; undefined before the first one. */
  readonly lastCommit: VoteSetView | undefined;
  /** The state on which this height is decided. */
  readonly state: EngineState;
}

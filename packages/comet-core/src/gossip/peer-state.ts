// What a peer is known to have, from its messages and from what it was sent (PeerState in
// consensus/reactor.go of the fork). Everything a peer says about itself may be a lie: it only
// decides what the peer is sent, and takes a bounded amount of memory.
import {
  BitArray,
  MAX_BLOCK_PARTS,
  SignedMsgType,
  type HasVote,
  type NewRoundStep,
  type PartSetHeader,
  type Proposal,
} from "@wadi/comet-types";
import type { PeerBlockParts, PeerProofOfLock, PeerVoteBits } from "./messages.ts";
import type { VoteSource } from "./vote-source.ts";

const NO_PARTS: PartSetHeader = { total: 0, hash: "" as PartSetHeader["hash"] };

/** Whose vote it is, whatever it says. */
export type VotePlace = Pick<HasVote, "height" | "round" | "type"> & { readonly index: number };

function mark(bits: BitArray | undefined, index: number): void {
  if (bits !== undefined && index < bits.size) bits.set(index, true);
}

/** Order of (height, round, step). */
function compareSteps(a: NewRoundStep, b: PeerState): number {
  return a.height - b.height || a.round - b.round || a.step - b.step;
}

export class PeerState {
  /** 0 until the peer has said something. */
  height = 0;
  /** -1 if not known. */
  round = -1;
  step = 0;
  hasProposal = false;
  /** Of the block that the peer collects. */
  partsHeader: PartSetHeader = NO_PARTS;
  parts: BitArray | undefined = undefined;
  /** -1 if the proposal has no proof-of-lock round. */
  polRound = -1;
  /** Prevotes of that round; undefined until the peer has said which or was sent one. */
  pol: BitArray | undefined = undefined;
  prevotes: BitArray | undefined = undefined;
  precommits: BitArray | undefined = undefined;
  /** Of the commit for the height before; -1 if not known. */
  lastCommitRound = -1;
  lastCommit: BitArray | undefined = undefined;
  /** A round of this height that has a commit for all we know; -1 if there is none. */
  catchupCommitRound = -1;
  catchupCommit: BitArray | undefined = undefined;

  /** Steps that are not ahead of the known one are ignored. */
  applyNewRoundStep(step: NewRoundStep): void {
    if (compareSteps(step, this) <= 0) return;
    const { height, round, catchupCommitRound, catchupCommit, precommits } = this;
    this.height = step.height;
    this.round = step.round;
    this.step = step.step;
    if (height === step.height && round === step.round) return;
    this.#forgetRound();
    if (height === step.height) {
      // It has come to the round of which it was sent the commit.
      if (step.round === catchupCommitRound) this.precommits = catchupCommit;
      return;
    }
    const isNext = height + 1 === step.height && round === step.lastCommitRound;
    this.lastCommitRound = step.lastCommitRound;
    this.lastCommit = isNext ? precommits : undefined;
    this.catchupCommitRound = -1;
    this.catchupCommit = undefined;
  }

  #forgetRound(): void {
    this.hasProposal = false;
    this.partsHeader = NO_PARTS;
    this.parts = undefined;
    this.polRound = -1;
    this.pol = undefined;
    this.prevotes = undefined;
    this.precommits = undefined;
  }

  applyNewValidBlock({ height, round, header, parts, isCommit }: PeerBlockParts): void {
    if (this.height !== height || (this.round !== round && !isCommit)) return;
    this.partsHeader = header;
    this.parts = parts;
  }

  applyProofOfLock({ height, round, votes }: PeerProofOfLock): void {
    if (this.height === height && this.polRound === round) this.pol = votes;
  }

  applyHasVote(place: VotePlace): void {
    if (this.height === place.height) this.markVote(place);
  }

  /**
   * Which votes for a block the peer has. `ours` are those that we have for it: what we know of
   * the peer's votes for other blocks stays. Without ours the peer's word replaces what we know.
   */
  applyVoteBits({ height, round, type, votes }: PeerVoteBits, ours: BitArray | undefined): void {
    const known = this.votesOf(height, round, type);
    if (known === undefined) return;
    const end = ours === undefined ? Math.min(known.size, votes.size) : known.size;
    for (let i = 0; i < end; i++) {
      const isForOther = ours !== undefined && known.get(i) && !ours.get(i);
      known.set(i, isForOther || votes.get(i));
    }
  }

  /** The peer has or was sent this proposal. */
  markProposal({ height, round, blockId, polRound }: Proposal): void {
    if (this.height !== height || this.round !== round || this.hasProposal) return;
    this.hasProposal = true;
    // A peer that collects a block already keeps to it; no block has more parts than this.
    if (this.parts !== undefined || blockId.partSetHeader.total > MAX_BLOCK_PARTS) return;
    this.collect(blockId.partSetHeader);
    this.polRound = polRound;
    this.pol = undefined;
  }

  /** The peer is taken to collect these parts, unless it collects some already. */
  collect(header: PartSetHeader): void {
    if (this.parts !== undefined) return;
    this.partsHeader = header;
    this.parts = new BitArray(header.total);
  }

  markPart(height: number, round: number, index: number): void {
    if (this.height === height && this.round === round) mark(this.parts, index);
  }

  markVote({ height, round, type, index }: VotePlace): void {
    mark(this.votesOf(height, round, type), index);
  }

  /** What the peer has of these votes; undefined for votes that it has no use for. */
  votesOf(height: number, round: number, type: number): BitArray | undefined {
    const isPrecommit = type === SignedMsgType.precommit;
    if (this.height === height) {
      if (this.round === round) return isPrecommit ? this.precommits : this.prevotes;
      if (this.catchupCommitRound === round) return isPrecommit ? this.catchupCommit : undefined;
      return this.polRound === round && !isPrecommit ? this.pol : undefined;
    }
    const isLast = this.height === height + 1 && this.lastCommitRound === round;
    return isLast && isPrecommit ? this.lastCommit : undefined;
  }

  /** Makes place for what the peer has of votes of this height, by so many validators. */
  expectVotes(height: number, validators: number): void {
    if (this.height === height) {
      this.prevotes ??= new BitArray(validators);
      this.precommits ??= new BitArray(validators);
      this.catchupCommit ??= new BitArray(validators);
      this.pol ??= new BitArray(validators);
    } else if (this.height === height + 1) {
      this.lastCommit ??= new BitArray(validators);
    }
  }

  /** Likewise, before choosing from a set of votes. */
  expectVotesOf(votes: VoteSource): void {
    if (votes.isCommit) this.#expectCommit(votes);
    this.expectVotes(votes.height, votes.size);
  }

  #expectCommit({ height, round, size }: VoteSource): void {
    if (this.height !== height || this.catchupCommitRound === round) return;
    this.catchupCommitRound = round;
    this.catchupCommit = round === this.round ? this.precommits : new BitArray(size);
  }
}

/** What is known of a peer, to read. */
export type KnownPeer = Readonly<
  Pick<
    PeerState,
    | "height"
    | "round"
    | "step"
    | "hasProposal"
    | "partsHeader"
    | "parts"
    | "polRound"
    | "pol"
    | "prevotes"
    | "precommits"
    | "lastCommitRound"
    | "lastCommit"
    | "catchupCommitRound"
    | "catchupCommit"
  >
>;

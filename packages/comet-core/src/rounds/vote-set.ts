// Votes of one kind in one round (types/vote_set.go of the fork).
//
// The list that is passed on holds one vote of each validator: the first that was seen, or the one
// for the majority block once there is a majority. Votes are also kept by block. A second vote of
// a validator is kept only for blocks that some peer claims to have two thirds for; since a peer
// may claim one block in each set, memory stays bounded however much the validators equivocate.
import {
  ABSENT_COMMIT_SIG,
  BitArray,
  BlockIdFlag,
  ErrVoteInvalidAddress,
  ErrVoteInvalidSignature,
  SignedMsgType,
  isZeroBlockId,
  sameBlockId,
  voteSignBytes,
  type BlockId,
  type Commit,
  type CommitSig,
  type EngineVerifier,
  type ValidatorSet,
  type Vote,
} from "@wadi/comet-types";
import { WadiError, assert, bytesEqual } from "@wadi/util";
import {
  ErrConflictingMajorityClaim,
  ErrVoteInvalidIndex,
  ErrVoteNonDeterministicSignature,
  ErrVoteUnexpectedStep,
} from "./errors.ts";
import type { VoteSetView } from "./view.ts";

/** What became of a vote. A conflict is with an earlier vote of the same validator for another block. */
export type VoteOutcome =
  | { readonly kind: "added" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "conflict"; readonly earlier: Vote; readonly added: boolean }
  | { readonly kind: "refused"; readonly reason: WadiError };

/** What became of a peer's claim. */
export type ClaimOutcome =
  | { readonly kind: "noted" | "ignored" }
  | { readonly kind: "refused"; readonly reason: WadiError };

const ADDED = { kind: "added" } as const;
const NOTED = { kind: "noted" } as const;
const IGNORED = { kind: "ignored" } as const;
const DUPLICATE = { kind: "duplicate" } as const;

const refused = (reason: WadiError) => ({ kind: "refused", reason }) as const;

/** The votes for one block, or for nil. */
interface BlockVotes {
  /** Some peer says that this block has two thirds. */
  isClaimed: boolean;
  readonly votes: Map<number, Vote>;
  power: bigint;
}

const newBlockVotes = (isClaimed: boolean): BlockVotes => ({ isClaimed, votes: new Map(), power: 0n });

const keyOf = ({ hash, partSetHeader }: BlockId): string => `${hash}/${partSetHeader.total}/${partSetHeader.hash}`;

export interface VoteSetOptions {
  readonly chainId: string;
  readonly height: number;
  readonly round: number;
  readonly type: typeof SignedMsgType.prevote | typeof SignedMsgType.precommit;
  readonly validators: ValidatorSet;
  readonly verifier: EngineVerifier;
}

export class VoteSet implements VoteSetView {
  readonly height: number;
  readonly round: number;
  readonly type: VoteSetOptions["type"];
  readonly #chainId: string;
  readonly #validators: ValidatorSet;
  readonly #verifier: EngineVerifier;
  readonly #votes: (Vote | undefined)[];
  readonly #bits: BitArray;
  readonly #byBlock = new Map<string, BlockVotes>();
  readonly #claims = new Map<string, BlockId>();
  /** Of validators that voted, each counted once. */
  #power = 0n;
  #majority: BlockId | undefined;

  constructor({ chainId, height, round, type, validators, verifier }: VoteSetOptions) {
    this.height = height;
    this.round = round;
    this.type = type;
    this.#chainId = chainId;
    this.#validators = validators;
    this.#verifier = verifier;
    this.#votes = Array.from<Vote | undefined>({ length: validators.size });
    this.#bits = new BitArray(validators.size);
  }

  /** Adds a vote that is valid by itself; its signature is verified here, once. The vote is kept as it is. */
  add(vote: Vote): VoteOutcome {
    const { validatorIndex: index, height, round, type } = vote;
    if (height !== this.height || round !== this.round || type !== this.type) {
      const texts = `expected ${this.height}/${this.round}/${this.type}, but got ${height}/${round}/${type}`;
      return refused(new WadiError(ErrVoteUnexpectedStep, { context: texts }));
    }
    if (index < 0 || index >= this.size) {
      return refused(new WadiError(ErrVoteInvalidIndex, { context: `${index} of ${this.size} validators` }));
    }
    const validator = this.#validators.member(index);
    if (vote.validatorAddress !== validator.address) return refused(new WadiError(ErrVoteInvalidAddress));
    const key = keyOf(vote.blockId);
    const known = this.#known(index, vote.blockId, key);
    if (known !== undefined) {
      if (bytesEqual(known.signature, vote.signature)) return DUPLICATE;
      return refused(new WadiError(ErrVoteNonDeterministicSignature));
    }
    const message = voteSignBytes(this.#chainId, vote);
    if (!this.#verifier.verify({ publicKey: validator.publicKey, message, signature: vote.signature })) {
      return refused(new WadiError(ErrVoteInvalidSignature));
    }
    return this.#addVerified(vote, key, validator.votingPower);
  }

  #known(index: number, blockId: BlockId, key: string): Vote | undefined {
    const listed = this.#votes[index];
    if (listed !== undefined && sameBlockId(listed.blockId, blockId)) return listed;
    return this.#byBlock.get(key)?.votes.get(index);
  }

  #addVerified(vote: Vote, key: string, power: bigint): VoteOutcome {
    const index = vote.validatorIndex;
    const earlier = this.#votes[index];
    if (earlier === undefined) {
      this.#votes[index] = vote;
      this.#bits.set(index, true);
      this.#power += power;
    } else if (this.#majority !== undefined && sameBlockId(this.#majority, vote.blockId)) {
      this.#votes[index] = vote;
    }
    let block = this.#byBlock.get(key);
    if (earlier !== undefined && block?.isClaimed !== true) return { kind: "conflict", earlier, added: false };
    if (block === undefined) {
      block = newBlockVotes(false);
      this.#byBlock.set(key, block);
    }
    block.votes.set(index, vote);
    block.power += power;
    if (this.#majority === undefined && block.power >= this.#quorum()) this.#setMajority(vote.blockId, block);
    return earlier === undefined ? ADDED : { kind: "conflict", earlier, added: true };
  }

  #quorum(): bigint {
    return (this.#validators.totalVotingPower * 2n) / 3n + 1n;
  }

  #setMajority(blockId: BlockId, block: BlockVotes): void {
    this.#majority = blockId;
    for (const [index, vote] of block.votes) this.#votes[index] = vote;
  }

  /** Notes that a peer has seen two thirds for a block; its second, different claim is refused. */
  claimMajority(peer: string, blockId: BlockId): ClaimOutcome {
    const claimed = this.#claims.get(peer);
    if (claimed !== undefined) {
      return sameBlockId(claimed, blockId) ? IGNORED : refused(new WadiError(ErrConflictingMajorityClaim));
    }
    this.#claims.set(peer, blockId);
    const key = keyOf(blockId);
    const block = this.#byBlock.get(key);
    if (block === undefined) this.#byBlock.set(key, newBlockVotes(true));
    else block.isClaimed = true;
    return NOTED;
  }

  get size(): number {
    return this.#votes.length;
  }

  get majority(): BlockId | undefined {
    return this.#majority;
  }

  get isCommit(): boolean {
    return this.type === SignedMsgType.precommit && this.#majority !== undefined;
  }

  bits(): BitArray {
    return this.#bits.copy();
  }

  bitsFor(blockId: BlockId): BitArray | undefined {
    const block = this.#byBlock.get(keyOf(blockId));
    if (block === undefined) return undefined;
    const bits = new BitArray(this.size);
    for (const index of block.votes.keys()) bits.set(index, true);
    return bits;
  }

  has(index: number): boolean {
    return this.#votes[index] !== undefined;
  }

  get(index: number): Vote | undefined {
    return this.#votes[index];
  }

  hasTwoThirdsAny(): boolean {
    return this.#power > (this.#validators.totalVotingPower * 2n) / 3n;
  }

  hasAll(): boolean {
    return this.#power === this.#validators.totalVotingPower;
  }

  /** The commit that precommits with a majority make; a vote for another block counts as absent. */
  makeCommit(): Commit {
    const blockId = this.#majority;
    assert(this.isCommit && blockId !== undefined, "only precommits with a majority make a commit");
    const signatures = this.#votes.map((vote) => commitSigOf(vote, blockId));
    return { height: this.height, round: this.round, blockId, signatures };
  }
}

function commitSigOf(vote: Vote | undefined, blockId: BlockId): CommitSig {
  if (vote === undefined) return ABSENT_COMMIT_SIG;
  const isNil = isZeroBlockId(vote.blockId);
  if (!isNil && !sameBlockId(vote.blockId, blockId)) return ABSENT_COMMIT_SIG;
  return {
    blockIdFlag: isNil ? BlockIdFlag.nil : BlockIdFlag.commit,
    validatorAddress: vote.validatorAddress,
    timestamp: vote.timestamp,
    signature: vote.signature,
  };
}

// Votes of all rounds of a height that we follow (consensus/types/height_vote_set.go of the fork):
// those up to the one after ours, and beyond them at most two "catch-up" rounds of each peer, since
// a peer that is ahead sends the precommits of a commit whose round we cannot know.
import {
  SignedMsgType,
  type BlockId,
  type EngineVerifier,
  type ValidatorSet,
  type Vote,
  type VoteSetMaj23,
} from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import { ErrUnwantedRound } from "./errors.ts";
import type { HeightVotesView } from "./view.ts";
import { VoteSet, type ClaimOutcome, type VoteOutcome } from "./vote-set.ts";

const MAX_CATCHUP_ROUNDS = 2;

interface RoundVotes {
  readonly prevotes: VoteSet;
  readonly precommits: VoteSet;
}

export interface HeightVoteSetOptions {
  readonly chainId: string;
  readonly height: number;
  readonly validators: ValidatorSet;
  readonly verifier: EngineVerifier;
}

export class HeightVoteSet implements HeightVotesView {
  readonly height: number;
  readonly #options: HeightVoteSetOptions;
  readonly #rounds = new Map<number, RoundVotes>();
  readonly #catchupRounds = new Map<string, number>();
  #lastRound = -1;

  constructor(options: HeightVoteSetOptions) {
    this.height = options.height;
    this.#options = options;
    this.setRound(0);
  }

  /** Follows all rounds up to this one. */
  setRound(round: number): void {
    for (let r = this.#lastRound + 1; r <= round; r++) {
      if (!this.#rounds.has(r)) this.#rounds.set(r, this.#newRound(r));
    }
    this.#lastRound = Math.max(this.#lastRound, round);
  }

  #newRound(round: number): RoundVotes {
    const { prevote, precommit } = SignedMsgType;
    return {
      prevotes: new VoteSet({ ...this.#options, round, type: prevote }),
      precommits: new VoteSet({ ...this.#options, round, type: precommit }),
    };
  }

  /** Adds a vote of this height that is valid by itself. */
  add(vote: Vote, peer: string): VoteOutcome {
    const votes = this.#rounds.get(vote.round);
    if (votes !== undefined) return pick(votes, vote.type).add(vote);
    const used = this.#catchupRounds.get(peer) ?? 0;
    if (used >= MAX_CATCHUP_ROUNDS) return { kind: "refused", reason: new WadiError(ErrUnwantedRound) };
    this.#catchupRounds.set(peer, used + 1);
    // Kept only for a vote that verifies; the peer's allowance is used up either way.
    const fresh = this.#newRound(vote.round);
    const outcome = pick(fresh, vote.type).add(vote);
    if (outcome.kind === "added") this.#rounds.set(vote.round, fresh);
    return outcome;
  }

  prevotes(round: number): VoteSet | undefined {
    return this.#rounds.get(round)?.prevotes;
  }

  precommits(round: number): VoteSet | undefined {
    return this.#rounds.get(round)?.precommits;
  }

  /** The block (or nil) with two thirds of the prevotes of a round. */
  polka(round: number): BlockId | undefined {
    return this.prevotes(round)?.majority;
  }

  /** Notes a peer's claim; its second, different one is refused. Rounds that we do not follow are ignored. */
  claimMajority(peer: string, { round, type, blockId }: VoteSetMaj23): ClaimOutcome {
    const votes = this.#rounds.get(round);
    return votes === undefined ? { kind: "ignored" } : pick(votes, type).claimMajority(peer, blockId);
  }
}

const pick = (votes: RoundVotes, type: number): VoteSet =>
  type === SignedMsgType.prevote ? votes.prevotes : votes.precommits;

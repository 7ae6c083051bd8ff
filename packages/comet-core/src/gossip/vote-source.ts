// Sets of votes to choose from: those of the rounds at work, and commits of stored blocks.
import { BitArray, SignedMsgType, commitVote, isAbsent, type Commit, type Vote } from "@wadi/comet-types";
import type { VoteSetView } from "../rounds/view.ts";

/** The part of a vote set that gossip reads. */
export type VoteSource = Pick<VoteSetView, "height" | "round" | "type" | "size" | "isCommit" | "bits" | "get">;

/** The precommits of a stored commit; absent ones are missing. */
export function commitVotes(commit: Commit): VoteSource {
  const { height, round, signatures } = commit;
  return {
    height,
    round,
    type: SignedMsgType.precommit,
    size: signatures.length,
    isCommit: signatures.length > 0,
    bits: () => BitArray.from(signatures.map((sig) => !isAbsent(sig))),
    get: (index): Vote | undefined => {
      const sig = signatures[index];
      return sig === undefined || isAbsent(sig) ? undefined : commitVote(commit, index);
    },
  };
}

// What a byzantine node may say about itself and about votes, within and beyond what is well formed.
import {
  BitArray,
  SignedMsgType,
  ZERO_BLOCK_ID,
  type BlockId,
  type ConsensusMessage,
  type HexHash,
} from "@wadi/comet-types";
import { DATA_CHANNEL, STATE_CHANNEL, VOTE_SET_BITS_CHANNEL } from "../../gossip/messages.ts";
import type { RoundView } from "../../rounds/view.ts";
import type { Dice } from "@wadi/testing";

type Sum = NonNullable<ConsensusMessage["sum"]>;

const SOME_HASH = "c3".repeat(32) as HexHash;
const INVENTED: BlockId = { hash: SOME_HASH, partSetHeader: { total: 2, hash: SOME_HASH } };

const someBits = (size: number, dice: Dice): BitArray =>
  BitArray.from(Array.from({ length: size }, () => dice.oneIn(2)));

function blockIdFor(view: RoundView, dice: Dice): BlockId {
  return dice.pick([ZERO_BLOCK_ID, INVENTED, view.proposal?.blockId ?? INVENTED]);
}

/** A message of the state or vote-bits channel that is not true. */
export function lie(view: RoundView, dice: Dice): { readonly channel: number; readonly sum: Sum } {
  const height = view.height + dice.pick([0, 0, 0, 0, -1, 1, 3]);
  const round = Math.max(0, view.round + dice.pick([0, 0, 0, -1, 1, 7]));
  const type = dice.pick([SignedMsgType.prevote, SignedMsgType.precommit]);
  const size = view.validators.size;
  switch (dice.below(6)) {
    case 0:
      return {
        channel: STATE_CHANNEL,
        sum: { case: "hasVote", value: { height, round, type, index: dice.below(size + 1) } },
      };
    case 1: {
      const value = { height, round, type, blockId: blockIdFor(view, dice) };
      return { channel: STATE_CHANNEL, sum: { case: "voteSetMaj23", value } };
    }
    case 2: {
      const votes = someBits(dice.oneIn(5) ? size + 70 : size, dice).toMessage();
      const value = { height, round, type, blockId: blockIdFor(view, dice), votes };
      return { channel: VOTE_SET_BITS_CHANNEL, sum: { case: "voteSetBits", value } };
    }
    case 3: {
      const lastCommitRound = view.lastCommit === undefined ? -1 : dice.pick([0, 1, 5]);
      const value = { height, round, step: dice.between(1, 8), secondsSinceStartTime: 1n, lastCommitRound };
      return { channel: STATE_CHANNEL, sum: { case: "newRoundStep", value } };
    }
    case 4: {
      const total = dice.pick([1, 2, 40]);
      const blockParts = someBits(total, dice).toMessage();
      const blockPartSetHeader = dice.oneIn(2)
        ? { total, hash: SOME_HASH }
        : (view.proposal?.blockId.partSetHeader ?? { total, hash: SOME_HASH });
      const value = { height, round, blockPartSetHeader, blockParts, isCommit: dice.oneIn(2) };
      return { channel: STATE_CHANNEL, sum: { case: "newValidBlock", value } };
    }
    default: {
      const value = { height, proposalPolRound: round, proposalPol: someBits(size, dice).toMessage() };
      return { channel: DATA_CHANNEL, sum: { case: "proposalPol", value } };
    }
  }
}

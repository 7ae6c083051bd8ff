// Our own votes (signVote and voteTime of consensus/state.go in the fork).
import { ZERO_BLOCK_ID, type BlockId, type SignedMsgType, type TimeNs } from "@wadi/comet-types";
import type { RoundsContext } from "./context.ts";

/** Block times grow by at least this much from height to height. */
const TIME_IOTA: TimeNs = 1_000_000n;

/** The vote for no block. */
export const NIL: BlockId = ZERO_BLOCK_ID;

/**
 * The time of a vote: now, but after the time of the block that is locked, else proposed, so that
 * the median of the votes, the next block's time, is later than this block's.
 */
function voteTime({ rs, now }: RoundsContext): TimeNs {
  const block = rs.locked ?? rs.proposed;
  if (block === undefined) return now.time;
  const earliest = block.block.header.time + TIME_IOTA;
  return now.time > earliest ? now.time : earliest;
}

/** Asks for our vote to be signed and queued; nothing if we are not a validator of this height. */
export function castVote(
  ctx: RoundsContext,
  type: typeof SignedMsgType.prevote | typeof SignedMsgType.precommit,
  blockId: BlockId,
): void {
  const { rs, config } = ctx;
  if (config.validator === undefined) return;
  const validatorIndex = rs.validators.indexOf(config.validator);
  if (validatorIndex < 0) return;
  const { height, round } = rs;
  const vote = {
    type,
    height,
    round,
    blockId,
    timestamp: voteTime(ctx),
    validatorAddress: config.validator,
    validatorIndex,
    signature: new Uint8Array(0),
  };
  ctx.emit({ kind: "sign-vote", vote });
}

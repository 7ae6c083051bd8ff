// The steps Precommit and PrecommitWait (consensus/state.go of the fork): lock, relock, unlock.
import { PartSet, SignedMsgType, isZeroBlockId, sameBlockId, type BlockId } from "@wadi/comet-types";
import { assert } from "@wadi/util";
import { NIL, castVote } from "./ballots.ts";
import { requireValid } from "./block-check.ts";
import type { RoundsContext } from "./context.ts";
import { RoundStep } from "./step.ts";
import { precommitTimeoutMs } from "./timeouts.ts";

/** Once the prevotes of this round have a majority or their time is over: precommit by them. */
export function enterPrecommit(ctx: RoundsContext, round: number): void {
  const { rs } = ctx;
  if (round !== rs.round || rs.step >= RoundStep.precommit) return;
  castVote(ctx, SignedMsgType.precommit, doLock(ctx));
  rs.step = RoundStep.precommit;
  ctx.newStep();
}

/** Changes the lock as the prevotes of this round demand, and says what to precommit. */
function doLock(ctx: RoundsContext): BlockId {
  const { rs } = ctx;
  const polka = rs.votes.polka(rs.round);
  if (polka === undefined) return NIL;
  ctx.event({ kind: "polka", blockId: polka });
  if (isZeroBlockId(polka)) {
    unlock(ctx);
    return NIL;
  }
  if (rs.locked !== undefined && sameBlockId(rs.locked.id, polka)) {
    rs.lock(rs.locked);
    ctx.event({ kind: "relock" });
    return polka;
  }
  if (rs.proposed !== undefined && sameBlockId(rs.proposed.id, polka)) {
    requireValid(ctx, rs.proposed.block, "two thirds prevoted for an invalid block");
    rs.lock(rs.proposed);
    ctx.event({ kind: "lock" });
    return polka;
  }
  // The prevotes prove that the lock may be given up, though we lack their block: collect it.
  unlock(ctx);
  collectInstead(ctx, polka);
  return NIL;
}

/** Gives up a lock, if there is one. */
export function unlock(ctx: RoundsContext): void {
  if (ctx.rs.locked === undefined) return;
  ctx.rs.unlock();
  ctx.event({ kind: "unlock" });
}

/** Drops the block that was collected and collects this one, unless its parts already are. */
export function collectInstead({ rs }: RoundsContext, blockId: BlockId): void {
  if (rs.proposed !== undefined && sameBlockId(rs.proposed.id, blockId)) return;
  rs.proposed = undefined;
  if (!rs.expectsParts(blockId)) rs.proposalParts = new PartSet(blockId.partSetHeader);
}

/** Two thirds have precommitted without agreeing on a block: give the rest some time. */
export function enterPrecommitWait(ctx: RoundsContext, round: number): void {
  const { rs, config } = ctx;
  if (round !== rs.round || rs.hasScheduledPrecommitWait) return;
  assert(rs.votes.precommits(round)?.hasTwoThirdsAny(), "two thirds must have precommitted");
  ctx.schedule(precommitTimeoutMs(config.timeouts, round), RoundStep.precommitWait);
  rs.hasScheduledPrecommitWait = true;
  ctx.newStep();
}

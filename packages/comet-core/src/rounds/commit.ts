// The step Commit: two thirds have precommitted a block; once we have it, it is final
// (enterCommit to finalizeCommit of consensus/state.go in the fork).
import { isZeroBlockId, sameBlockId } from "@wadi/comet-types";
import { assert, must } from "@wadi/util";
import { requireValid } from "./block-check.ts";
import type { RoundsContext } from "./context.ts";
import { collectInstead } from "./precommit.ts";
import { RoundStep } from "./step.ts";

/** Two thirds have precommitted a block in `commitRound`, which may be an earlier round than ours. */
export function enterCommit(ctx: RoundsContext, commitRound: number): void {
  const { rs } = ctx;
  if (rs.step >= RoundStep.commit) return;
  const blockId = must(rs.votes.precommits(commitRound)?.majority);
  rs.step = RoundStep.commit;
  rs.commitRound = commitRound;
  rs.commitMs = ctx.now.ms;
  if (rs.locked !== undefined && sameBlockId(rs.locked.id, blockId)) {
    rs.proposed = rs.locked;
    rs.proposalParts = rs.locked.parts;
  }
  const wasExpected = rs.expectsParts(blockId);
  collectInstead(ctx, blockId);
  if (!wasExpected) {
    ctx.event({ kind: "valid-block", blockId });
    ctx.announceValidBlock();
  }
  ctx.newStep();
  tryFinalizeCommit(ctx);
}

/** Commits if the block that two thirds have precommitted is there. */
export function tryFinalizeCommit(ctx: RoundsContext): void {
  const { rs } = ctx;
  const precommits = must(rs.votes.precommits(rs.commitRound));
  const blockId = must(precommits.majority);
  assert(!isZeroBlockId(blockId), "the commit step is entered for a block only");
  if (rs.proposed === undefined || !sameBlockId(rs.proposed.id, blockId)) return;
  const { block, parts } = rs.proposed;
  requireValid(ctx, block, "two thirds committed an invalid block");
  rs.isApplying = true;
  ctx.emit({ kind: "commit-block", block, blockId, parts, seenCommit: precommits.makeCommit() });
}

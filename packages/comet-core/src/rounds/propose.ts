// The step Propose (consensus/state.go of the fork).
import { SignedMsgType, blockIdOf, blockPartSet } from "@wadi/comet-types";
import { EMPTY_COMMIT } from "../execution/create-block.ts";
import type { RoundsContext } from "./context.ts";
import { enterPrevote } from "./prevote.ts";
import { RoundStep } from "./step.ts";
import { proposeTimeoutMs } from "./timeouts.ts";
import type { BlockInParts } from "./view.ts";

/** Propose if it is our turn, and wait for the proposal. */
export function enterPropose(ctx: RoundsContext, round: number): void {
  const { rs, config } = ctx;
  if (round !== rs.round || rs.step >= RoundStep.propose) return;
  ctx.schedule(proposeTimeoutMs(config.timeouts, round), RoundStep.propose);
  if (config.validator !== undefined && rs.validators.proposer()?.address === config.validator) decideProposal(ctx);
  rs.step = RoundStep.propose;
  ctx.newStep();
  if (rs.isProposalComplete()) enterPrevote(ctx, round);
}

/** The valid block if there is one, else a new one. It comes back to us as own messages. */
function decideProposal(ctx: RoundsContext): void {
  const { rs } = ctx;
  const chosen = rs.valid ?? newBlock(ctx);
  if (chosen === undefined) return;
  rs.ownProposal = chosen;
  const proposal = {
    type: SignedMsgType.proposal,
    height: rs.height,
    round: rs.round,
    polRound: rs.validRound,
    blockId: chosen.id,
    timestamp: ctx.now.time,
    signature: new Uint8Array(0),
  };
  ctx.emit({ kind: "sign-proposal", proposal, parts: chosen.parts });
}

function newBlock({ rs, ports, config }: RoundsContext): BlockInParts | undefined {
  if (config.validator === undefined) return undefined;
  const isFirst = rs.height === rs.state.initialHeight;
  if (!isFirst && rs.lastCommit?.isCommit !== true) return undefined;
  const lastCommit = isFirst || rs.lastCommit === undefined ? EMPTY_COMMIT : rs.lastCommit.makeCommit();
  const block = ports.createProposalBlock(rs.state, rs.height, lastCommit, config.validator);
  if (block === undefined) return undefined;
  const parts = blockPartSet(block);
  return { block, parts, id: blockIdOf(block, parts) };
}

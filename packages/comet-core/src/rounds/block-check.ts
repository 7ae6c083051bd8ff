// Validity of blocks in the course of a height: each block is validated once, however often the
// rules ask for it.
import type { Block } from "@wadi/comet-types";
import { WadiError } from "@wadi/util";
import type { RoundsContext } from "./context.ts";
import { ErrConsensusFailure, ErrProposalRejected } from "./errors.ts";

function validateOnce({ rs, ports }: RoundsContext, block: Block): void {
  if (rs.validated.has(block)) return;
  ports.validateBlock(rs.state, block);
  rs.validated.add(block);
}

/** Why a proposed block does not get our prevote; undefined if it gets it. */
export function whyRefused(ctx: RoundsContext, block: Block): WadiError | undefined {
  try {
    validateOnce(ctx, block);
  } catch (e) {
    if (e instanceof WadiError) return e;
    throw e;
  }
  return ctx.ports.processProposal(ctx.state, block) ? undefined : new WadiError(ErrProposalRejected);
}

/** For blocks that two thirds have voted for: throws ErrConsensusFailure if such a block is not valid. */
export function requireValid(ctx: RoundsContext, block: Block, what: string): void {
  try {
    validateOnce(ctx, block);
  } catch (cause) {
    throw new WadiError(ErrConsensusFailure, { context: what, cause });
  }
}

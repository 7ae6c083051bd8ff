// Proposals and the parts of their blocks (defaultSetProposal to handleCompleteProposal of
// consensus/state.go in the fork).
import {
  BLOCK_PART_SIZE,
  PartSet,
  blockIdOf,
  decodeBlock,
  isZeroBlockId,
  proposalSignBytes,
  sameBlockId,
  samePartSetHeader,
  type Block,
  type BlockPart,
  type Proposal,
} from "@wadi/comet-types";
import { WadiError, must } from "@wadi/util";
import { tryFinalizeCommit } from "./commit.ts";
import type { RoundsContext } from "./context.ts";
import {
  ErrInvalidProposalPolRound,
  ErrInvalidProposalSignature,
  ErrProposalTooBig,
  ErrProposalTooManyParts,
} from "./errors.ts";
import { enterPrecommit } from "./precommit.ts";
import { enterPrevote } from "./prevote.ts";
import { RoundStep } from "./step.ts";
import { OWN_PEER } from "./types.ts";

/** Takes the first valid proposal of our round; others are ignored. */
export function addProposal(ctx: RoundsContext, proposal: Proposal, peer: string): void {
  const { rs } = ctx;
  if (rs.proposal !== undefined || proposal.height !== rs.height || proposal.round !== rs.round) return;
  const reason = whyInvalid(ctx, proposal);
  if (reason !== undefined) return ctx.event({ kind: "message-refused", peer, what: "proposal", reason });
  ctx.log({ kind: "proposal", proposal }, peer);
  rs.proposal = proposal;
  // In the commit step, or where two thirds have prevoted a block, we already collect that one.
  rs.proposalParts ??= new PartSet(proposal.blockId.partSetHeader);
}

function whyInvalid({ rs, ports, state }: RoundsContext, proposal: Proposal): WadiError | undefined {
  const { polRound, round, blockId, signature } = proposal;
  if (polRound < -1 || (polRound >= 0 && polRound >= round)) return new WadiError(ErrInvalidProposalPolRound);
  const { publicKey } = must(rs.validators.proposer());
  const message = proposalSignBytes(state.chainId, proposal);
  if (!ports.verifier.verify({ publicKey, message, signature })) return new WadiError(ErrInvalidProposalSignature);
  const maxParts = Math.floor((state.consensusParams.block.maxBytes - 1) / BLOCK_PART_SIZE) + 1;
  if (blockId.partSetHeader.total > maxParts) return new WadiError(ErrProposalTooManyParts);
  return undefined;
}

/** Adds a part to the block that is being collected; parts sent for other rounds are welcome if they fit. */
export function addBlockPart(ctx: RoundsContext, message: BlockPart, peer: string): void {
  const { rs, state } = ctx;
  const parts = rs.proposalParts;
  if (message.height !== rs.height || parts === undefined) return;
  try {
    if (!parts.add(message.part)) return;
    ctx.log({ kind: "block-part", part: message }, peer);
    if (peer !== OWN_PEER) ctx.event({ kind: "useful", peer, what: "block-part" });
    if (parts.byteSize > state.consensusParams.block.maxBytes) throw new WadiError(ErrProposalTooBig);
    if (!parts.isComplete) return;
    const block = knownBlock(ctx, parts) ?? decodeBlock(parts.data());
    rs.proposed = { block, parts, id: blockIdOf(block, parts) };
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
    // Parts of another round are refused for no other reason than that we collect another block.
    if (message.round === rs.round) ctx.event({ kind: "message-refused", peer, what: "block-part", reason: e });
    return;
  }
  ctx.event({ kind: "complete-proposal", blockId: rs.proposed.id });
  handleCompleteProposal(ctx);
}

/** A block that we already hold in the same parts, hence the same bytes. */
function knownBlock({ rs }: RoundsContext, { header }: PartSet): Block | undefined {
  const candidates = [rs.ownProposal, rs.valid, rs.locked];
  return candidates.find((known) => known !== undefined && samePartSetHeader(known.parts.header, header))?.block;
}

function handleCompleteProposal(ctx: RoundsContext): void {
  const { rs } = ctx;
  const proposed = must(rs.proposed);
  const polka = rs.votes.polka(rs.round);
  if (polka !== undefined && !isZeroBlockId(polka) && rs.validRound < rs.round && sameBlockId(proposed.id, polka)) {
    rs.validRound = rs.round;
    rs.valid = proposed;
  }
  if (rs.step <= RoundStep.propose && rs.isProposalComplete()) {
    enterPrevote(ctx, rs.round);
    if (polka !== undefined) enterPrecommit(ctx, rs.round);
  } else if (rs.step === RoundStep.commit) {
    tryFinalizeCommit(ctx);
  }
}

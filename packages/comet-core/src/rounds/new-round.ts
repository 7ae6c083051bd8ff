// The step NewRound, and whether a round waits for transactions (consensus/state.go of the fork).
import { must } from "@wadi/util";
import type { RoundsContext } from "./context.ts";
import { enterPropose } from "./propose.ts";
import { RoundStep } from "./step.ts";

/** Round 0 at the start time; later rounds when the one before has failed or others are ahead. */
export function enterNewRound(ctx: RoundsContext, round: number): void {
  const { rs, config } = ctx;
  if (round < rs.round || (round === rs.round && rs.step !== RoundStep.newHeight)) return;
  if (round > rs.round) rs.validators = rs.validators.rotated(round - rs.round);
  rs.round = round;
  rs.step = RoundStep.newRound;
  // Round 0 may have got its proposal already, while it waited for its start time.
  if (round > 0) {
    rs.proposal = undefined;
    rs.proposed = undefined;
    rs.proposalParts = undefined;
  }
  // The round after ours is followed as well, so that rounds can be skipped.
  rs.votes.setRound(round + 1);
  rs.hasScheduledPrecommitWait = false;
  ctx.event({ kind: "new-round", proposer: must(rs.validators.proposer()).address });
  if (!waitsForTransactions(ctx)) enterPropose(ctx, round);
  else if (config.emptyBlocksIntervalMs > 0) ctx.schedule(config.emptyBlocksIntervalMs, RoundStep.newRound);
}

/** The mempool has transactions: propose now if we waited for them, else as soon as the height starts. */
export function transactionsAvailable(ctx: RoundsContext): void {
  const { rs, now } = ctx;
  if (rs.round !== 0 || !waitsForTransactions(ctx)) return;
  if (rs.step === RoundStep.newRound) enterPropose(ctx, 0);
  // One ms later than round 0 itself would start. This timeout takes the place of that one.
  if (rs.step === RoundStep.newHeight) ctx.schedule(rs.startMs - now.ms + 1, RoundStep.newRound);
}

/** True if round 0 is not to be opened with an empty block. */
function waitsForTransactions({ rs, config, ports }: RoundsContext): boolean {
  const mayWait = !config.createEmptyBlocks || config.emptyBlocksIntervalMs > 0;
  if (!mayWait || rs.round !== 0) return false;
  return config.proofBlocks === false ? rs.height !== rs.state.initialHeight : !needsProofBlock(rs, ports);
}

/** A first block, or a block after one that changed the application's state, is made at once: it proves the new state. */
function needsProofBlock(rs: RoundsContext["rs"], ports: RoundsContext["ports"]): boolean {
  if (rs.height === rs.state.initialHeight) return true;
  const last = ports.loadHeader(rs.height - 1);
  return last === undefined || last.appHash !== rs.state.appHash;
}

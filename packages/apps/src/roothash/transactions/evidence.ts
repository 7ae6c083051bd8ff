// `roothash.Evidence`: a node signed two different commitments or proposals for one round.
// Reference: go/consensus/cometbft/apps/roothash/transactions.go (submitEvidence).
import { roothash, staking, ValidationError, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { slashForEquivocation } from "../slashing.ts";
import { hasEvidence, parameters, runningRuntime, setEvidence } from "../state.ts";

/**
 * Nothing is undone if a late step refuses: the hash of evidence against an unknown node stays and
 * makes the same evidence a duplicate.
 */
export function submitEvidence(ctx: Context, evidence: roothash.Evidence): void {
  requireValid(ctx, evidence);
  if (ctx.isCheck) return;
  const { gasCosts, maxEvidenceAge } = parameters(ctx.state);
  ctx.useGas(1, "evidence", gasCosts);
  if (ctx.isSimulation) return;
  const { runtime, lastBlock } = runningRuntime(ctx.state, evidence.id);
  const penalty = runtime.staking.slashing.get(staking.slashReasons.runtimeEquivocation)?.amount ?? 0n;
  if (penalty === 0n) {
    refuse(roothash.ErrRuntimeDoesNotSlash, "the runtime does not slash for equivocation", { runtime: runtime.id });
  }
  const { round, nodeId } = accused(evidence);
  const lastRound = lastBlock.header.round;
  if (BigInt.asUintN(64, round + maxEvidenceAge) < lastRound) {
    refuse(roothash.ErrInvalidEvidence, "equivocation evidence expired", { round, lastRound, maxEvidenceAge });
  }
  const hash = roothash.evidenceHash(evidence);
  if (hasEvidence(ctx.state, runtime.id, round, hash)) {
    refuse(roothash.ErrDuplicateEvidence, "the node was punished for this round", { round, nodeId });
  }
  setEvidence(ctx.state, runtime.id, round, hash);
  slashForEquivocation(ctx, nodeId, runtime, penalty);
}

function requireValid(ctx: Context, evidence: roothash.Evidence): void {
  try {
    roothash.validateEvidence(evidence, { verifier: ctx.verifier, chain: ctx.chainContext });
  } catch (e) {
    if (!(e instanceof ValidationError)) throw e;
    refuse(roothash.ErrInvalidEvidence, e.message);
  }
}

/** Who and for which round; valid evidence is of exactly one kind. */
function accused({ equivocationExecutor, equivocationProp }: roothash.Evidence): {
  readonly round: bigint;
  readonly nodeId: PublicKey;
} {
  if (equivocationExecutor !== null) {
    const { commitA } = equivocationExecutor;
    return { round: commitA.header.header.round, nodeId: commitA.nodeId };
  }
  const { propA } = must(equivocationProp, "proposal evidence");
  return { round: propA.header.round, nodeId: propA.nodeId };
}

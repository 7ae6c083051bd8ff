// New committees: every runtime gets an empty block, and whoever lost its committee or its stake
// is suspended. Reference: go/consensus/cometbft/apps/roothash/roothash.go (onCommitteeChanged).
import { registry as registryTypes, roothash, scheduler, staking } from "@wadi/types";
import { isError } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import { runtimes, suspendRuntime } from "../registry/state.ts";
import { committee as committeeOf } from "../scheduler/state.ts";
import { StakeClaims } from "../staking/stake-claims.ts";
import { finalizeEmptyBlock } from "./runtime-block.ts";
import { parameters, removeExpiredEvidence, runtimeState, setRuntimeState } from "./state.ts";

type Runtime = registryTypes.Runtime;

const { headerTypes } = roothash;

/** Gives all active compute runtimes, by hash of their ID, the committees of the epoch. */
export function changeCommittees(ctx: Context): void {
  const stake = new StakeClaims(ctx.state);
  for (const runtime of runtimes(ctx.state)) {
    if (runtime.kind === registryTypes.runtimeKinds.compute) changeCommittee(ctx, runtime, stake);
  }
}

/** A round in progress ends without results. The descriptor is the one in force until the next change. */
function changeCommittee(ctx: Context, runtime: Runtime, stake: StakeClaims): void {
  const { id } = runtime;
  const before = runtimeState(ctx.state, id);
  expireEvidence(ctx, runtime, before.lastBlock.header.round);
  const elected = committeeOf(ctx.state, scheduler.committeeKinds.executor, id);
  const committee = elected !== undefined && isPaidFor(ctx, runtime, stake) ? elected : null;
  if (committee === null) suspendRuntime(ctx, id);
  const headerType = committee === null ? headerTypes.suspended : headerTypes.epochTransition;
  const ended = finalizeEmptyBlock(ctx, before, headerType);
  setRuntimeState(ctx.state, { ...ended, runtime, committee, suspended: committee === null, livenessStats: null });
}

function expireEvidence(ctx: Context, { id }: Runtime, lastRound: bigint): void {
  const { maxEvidenceAge } = parameters(ctx.state);
  if (lastRound > maxEvidenceAge) removeExpiredEvidence(ctx.state, id, lastRound - maxEvidenceAge);
}

/** True if whoever is responsible for the runtime has the stake it needs. */
function isPaidFor(ctx: Context, runtime: Runtime, stake: StakeClaims): boolean {
  const { debugDoNotSuspendRuntimes, debugBypassStake } = parameters(ctx.state);
  if (debugDoNotSuspendRuntimes || debugBypassStake) return true;
  const owner = registryTypes.runtimeStakingAddress(runtime);
  if (owner === undefined) {
    throw new BlockFailure(
      `runtime ${runtime.id} has no staking account (governance model ${runtime.governanceModel})`,
    );
  }
  try {
    stake.check(owner);
    return true;
  } catch (e) {
    if (!isError(e, staking.ErrInsufficientStake)) throw e;
    return false;
  }
}

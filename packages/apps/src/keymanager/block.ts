// What the key manager does when an epoch begins. Reference: go/consensus/cometbft/apps/keymanager/keymanager.go.
import { registry, type Address } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, isRefusal } from "../framework/errors.ts";
import { runtimes, suspendRuntime } from "../registry/state.ts";
import { StakeClaims } from "../staking/stake-claims.ts";
import { stakingParameters } from "../staking/state.ts";
import { updateHandoffs } from "./churp/block.ts";
import { updateStatuses } from "./secrets/block.ts";

const { governanceModels, runtimeKinds } = registry;

export function beginBlock(ctx: Context, quotes: registry.QuoteVerifier): void {
  const epoch = ctx.epochChange();
  if (epoch === undefined) return;
  suspendKeyManagers(ctx);
  updateStatuses(ctx, epoch, quotes);
  updateHandoffs(ctx, epoch);
}

/** Suspends key managers whose owners no longer cover their stake claims. */
function suspendKeyManagers(ctx: Context): void {
  if (stakingParameters(ctx.state).debugBypassStake) return;
  const claims = new StakeClaims(ctx.state);
  for (const runtime of runtimes(ctx.state)) {
    if (runtime.kind !== runtimeKinds.keyManager || runtime.governanceModel === governanceModels.consensus) continue;
    const owner = registry.runtimeStakingAddress(runtime);
    if (owner === undefined) {
      throw new CorruptedStateError(`governance model ${runtime.governanceModel} of runtime ${runtime.id}`);
    }
    if (!isCovered(claims, owner)) suspendRuntime(ctx, runtime.id);
  }
}

function isCovered(claims: StakeClaims, owner: Address): boolean {
  try {
    claims.check(owner);
    return true;
  } catch (e) {
    if (isRefusal(e)) return false;
    throw e;
  }
}

// Registration of runtimes. Reference: go/consensus/cometbft/apps/registry/transactions.go.
import { events, registry } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { messages } from "../../message-kinds.ts";
import { addStakeClaim, removeStakeClaim } from "../../staking/stake-claims.ts";
import { stakingParameters } from "../../staking/state.ts";
import { isFeatureVersion261, registryLookup } from "../lookup.ts";
import { parameters, removeRuntimeOwner, runtime, setRuntime, setRuntimeOwner, suspendedRuntime } from "../state.ts";

type Runtime = registry.Runtime;
const { governanceModels, runtimeKinds } = registry;

/**
 * Registers a runtime or updates its descriptor; a suspended one stays suspended. Returns the
 * descriptor where it was stored, nothing in CheckTx and simulation.
 */
export function registerRuntime(ctx: Context, next: Runtime): Runtime | undefined {
  const { state } = ctx;
  const params = parameters(state);
  const epoch = ctx.blockEpoch();
  const is261 = isFeatureVersion261(ctx);
  verifyDescriptor(ctx, next, params, epoch);
  if (ctx.isCheck) return undefined;

  ctx.useGas(1, "register_runtime", params.gasCosts);
  if (ctx.isSimulation) return undefined;

  const active = runtime(state, next.id);
  const suspended = active === undefined ? suspendedRuntime(state, next.id) : undefined;
  const existing = active ?? suspended;
  if (existing === undefined) registry.verifyRuntimeNew(next, epoch, params, { isGenesis: ctx.isInitChain });
  else registry.verifyRuntimeUpdate(existing, next, epoch, params, is261);
  if (!ctx.isInitChain) verifyCaller(ctx, existing ?? next);

  ctx.atomically((inner) => {
    if (!stakingParameters(inner.state).debugBypassStake) claimStake(inner.state, existing, next);
    if (existing === undefined) inner.publish(messages.newRuntimeRegistered, next);
    inner.publish(messages.runtimeUpdated, next);
    setRuntime(inner.state, next, suspended !== undefined);
    updateOwner(inner.state, existing, next, is261);
    if (suspended === undefined) inner.emit(events.eventKinds.registryRuntimeStarted, { runtime: next });
  });
  return next;
}

/** Everything that can be said without knowing whether it is an update. */
function verifyDescriptor(ctx: Context, next: Runtime, params: registry.ConsensusParameters, epoch: bigint): void {
  if (params.disableRuntimeRegistration) refuse(registry.ErrForbidden, "registration of runtimes is disabled");
  const { verifier, debug } = ctx;
  const { dontBlameOasis } = debug;
  registry.verifyRuntime(next, {
    params,
    epoch,
    verifier,
    dontBlameOasis,
    isFeatureVersion261: isFeatureVersion261(ctx),
  });
  if (next.kind === runtimeKinds.keyManager && params.disableKmRuntimeRegistration) {
    refuse(registry.ErrForbidden, "registration of key manager runtimes is disabled");
  }
  if (next.kind === runtimeKinds.compute) registry.verifyRegisterComputeRuntime(next, registryLookup(ctx.state));
}

/**
 * Whoever governs the runtime so far, so that it can be handed over. The entity need not be
 * registered.
 */
function verifyCaller(ctx: Context, governed: Runtime): void {
  const expected = registry.runtimeStakingAddress(governed);
  const facts = { runtime: governed.id, caller: ctx.caller, expected };
  if (expected === undefined) refuse(registry.ErrForbidden, "governed by the consensus layer: only at genesis", facts);
  if (ctx.caller === expected) return;
  if (governed.governanceModel === governanceModels.entity) {
    refuse(registry.ErrIncorrectTxSigner, "the caller must be the controlling entity", facts);
  }
  refuse(registry.ErrForbidden, "the caller must be the runtime itself", facts);
}

/** The claim moves to the account that stakes from now on. */
function claimStake(state: State, existing: Runtime | undefined, next: Runtime): void {
  const owner = registry.runtimeStakingAddress(next);
  if (owner === undefined) return;
  const claim = registry.stakeClaimForRuntime(next.id);
  addStakeClaim(state, owner, claim, registry.stakeThresholdsForRuntime(next));
  const previous = existing === undefined ? undefined : registry.runtimeStakingAddress(existing);
  if (previous !== undefined && previous !== owner) removeStakeClaim(state, previous, claim);
}

/** Before 26.1 the entry of the previous owner stayed, so that the entity could never deregister. */
function updateOwner(state: State, existing: Runtime | undefined, next: Runtime, is261: boolean): void {
  if (is261 && existing !== undefined) {
    if (existing.entityId === next.entityId) return;
    removeRuntimeOwner(state, next.id, existing.entityId);
  }
  setRuntimeOwner(state, next.id, next.entityId);
}

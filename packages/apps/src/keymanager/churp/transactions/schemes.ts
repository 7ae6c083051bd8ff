// Owners of key managers create and change CHURP schemes.
// Reference: go/consensus/cometbft/apps/keymanager/churp/txs.go.
import { create } from "@wadi/codec";
import { stakingAddress } from "@wadi/crypto";
import { churp, events, registry } from "@wadi/types";

import type { Context } from "../../../framework/context.ts";
import { refuse, refusePlain } from "../../../framework/errors.ts";
import { isFeatureVersion261 } from "../../../registry/lookup.ts";
import { addStakeClaim } from "../../../staking/stake-claims.ts";
import { stakingParameters } from "../../../staking/state.ts";
import { keyManagerRuntime, requireOwner } from "../../runtimes.ts";
import { HANDOFFS_DISABLED } from "../handoff.ts";
import { setStatus, status } from "../state.ts";
import { chargeGas, nextEpoch, requireStatus, store } from "./shared.ts";

const { eventKinds } = events;

/** Creates a scheme; its first handoff is due in the next epoch. */
export function createScheme(ctx: Context, request: churp.CreateRequest): void {
  const { state } = ctx;
  requireAllowedPolicy(ctx, request.policy);
  if (!chargeGas(ctx, "create")) return;

  const { id, runtimeId, suiteId, threshold, extraShares, handoffInterval, policy } = request;
  const keyManager = keyManagerRuntime(state, runtimeId);
  requireOwner(keyManager, ctx.signer);
  if (status(state, request) !== undefined) refusePlain("the ID of the scheme is taken", { runtime: runtimeId, id });
  churp.validateCreateRequest(request);
  churp.validateSignedPolicy(policy, null, ctx.verifier);
  const nextHandoff = handoffInterval === 0n ? HANDOFFS_DISABLED : nextEpoch(ctx);
  if (ctx.isCheck) return;

  ctx.atomically((inner) => {
    if (!stakingParameters(inner.state).debugBypassStake) {
      const owner = stakingAddress(keyManager.entityId);
      addStakeClaim(inner.state, owner, churp.stakeClaim(runtimeId, id), churp.stakeThresholds());
    }
    const created = create(churp.Status, {
      id,
      runtimeId,
      suiteId,
      threshold,
      extraShares,
      handoffInterval,
      policy,
      nextHandoff,
    });
    setStatus(inner.state, created);
    inner.emit(eventKinds.churpCreate, { status: created });
  });
}

/** Changes what the request names. Interval 0 cancels the handoff under way and those to come. */
export function updateScheme(ctx: Context, request: churp.UpdateRequest): void {
  const { state } = ctx;
  requireAllowedPolicy(ctx, request.policy);
  if (!chargeGas(ctx, "update")) return;

  const keyManager = keyManagerRuntime(state, request.runtimeId);
  requireOwner(keyManager, ctx.signer);
  const current = requireStatus(ctx, request);
  churp.validateUpdateRequest(request);
  const { extraShares, handoffInterval, policy } = request;
  let next: churp.Status = { ...current, extraShares: extraShares ?? current.extraShares };
  if (handoffInterval !== null) next = withInterval(ctx, next, handoffInterval);
  if (policy !== null) {
    churp.validateSignedPolicy(policy, current.policy.policy, ctx.verifier);
    next = { ...next, policy };
  }
  if (ctx.isCheck) return;

  store(ctx, next);
}

/** A scheduled handoff stays where it is when only the interval changes. */
function withInterval(ctx: Context, current: churp.Status, handoffInterval: bigint): churp.Status {
  const changed = { ...current, handoffInterval };
  if (handoffInterval === 0n) {
    return { ...changed, nextHandoff: HANDOFFS_DISABLED, nextChecksum: null, applications: new Map() };
  }
  return current.handoffInterval === 0n ? { ...changed, nextHandoff: nextEpoch(ctx) } : changed;
}

/** Until 26.1 nobody could be allowed to query; that is judged before gas. */
function requireAllowedPolicy(ctx: Context, signed: churp.SignedPolicySGX | null): void {
  if (signed === null || signed.policy.mayQuery === null || isFeatureVersion261(ctx)) return;
  refuse(registry.ErrInvalidArgument, "may_query is not allowed before version 26.1");
}

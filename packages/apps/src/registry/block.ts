// What the registry does when an epoch begins. Reference: go/consensus/cometbft/apps/registry/registry.go.
import { stakingAddress } from "@wadi/crypto";
import { events, registry, type node as nodeTypes } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError } from "../framework/errors.ts";
import { StakeClaims } from "../staking/stake-claims.ts";
import { stakingParameters } from "../staking/state.ts";
import { nodeStatus, nodes, removeNode, setNodeStatus } from "./state.ts";

const { eventKinds } = events;
const MAX_EPOCH = (1n << 64n) - 1n;

/**
 * Marks nodes whose registration has run out. They are kept for the debonding interval, in which
 * they can still be punished, and then removed with their stake claim.
 */
export function beginBlock(ctx: Context): void {
  const epoch = ctx.epochChange();
  if (epoch === undefined) return;
  const { state } = ctx;
  const { debugBypassStake, debondingInterval } = stakingParameters(state);
  const claims = debugBypassStake ? undefined : new StakeClaims(state);
  const newlyExpired: nodeTypes.Node[] = [];
  for (const node of nodes(state)) {
    if (!registry.isNodeExpired(node, epoch)) continue;
    if (markExpired(ctx, node)) newlyExpired.push(node);
    const keptUntil = node.expiration + debondingInterval;
    // A sum beyond the range of epochs is never reached.
    if (keptUntil > MAX_EPOCH || keptUntil >= epoch) continue;
    removeNode(state, node);
    claims?.remove(stakingAddress(node.entityId), registry.stakeClaimForNode(node.id));
  }
  claims?.commit();

  for (const node of newlyExpired) ctx.emit(eventKinds.registryNode, { node, isRegistration: false });
  ctx.emit(eventKinds.registryNodeListEpoch, {});
}

/** False if that was done in an earlier epoch. */
function markExpired({ state }: Context, { id }: nodeTypes.Node): boolean {
  const status = nodeStatus(state, id);
  if (status === undefined) throw new CorruptedStateError(`status of node ${id} is missing`);
  if (status.expirationProcessed) return false;
  setNodeStatus(state, id, { ...status, expirationProcessed: true });
  return true;
}

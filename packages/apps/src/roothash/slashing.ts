// Punishing nodes of runtimes: their entities lose stake, the runtime and those who found them out
// get it. Reference: go/consensus/cometbft/apps/roothash/slashing.go.
import { runtimeAddress, stakingAddress } from "@wadi/crypto";
import { registry as registryTypes, roothash, type Address, type Namespace, type PublicKey } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import { node } from "../registry/state.ts";
import { slashEscrow } from "../staking/moves.ts";
import { transferFromCommonPool } from "../staking/rewards.ts";
import { subtract } from "../staking/share-pool.ts";

type Runtime = registryTypes.Runtime;

/** A node missed too many rounds: stake is lost, nobody gets it. */
export function slashForLiveness(ctx: Context, nodeId: PublicKey, penalty: bigint): void {
  if (penalty === 0n) return;
  const found =
    node(ctx.state, nodeId) ?? refuse(registryTypes.ErrNoSuchNode, "committee member is not registered", { nodeId });
  slashEscrow(ctx, stakingAddress(found.entityId), penalty);
}

/**
 * A node signed two different things in one round. Whoever reported it gets a part, in the case of
 * a node its entity. Nothing happens if the entity has no stake left.
 */
export function slashForEquivocation(ctx: Context, nodeId: PublicKey, runtime: Runtime, penalty: bigint): void {
  if (penalty === 0n) return;
  const found =
    node(ctx.state, nodeId) ?? refuse(roothash.ErrInvalidEvidence, "the evidence is about an unknown node", { nodeId });
  const slashed = slashEscrow(ctx, stakingAddress(found.entityId), penalty);
  if (slashed === 0n) return;
  const reporter = node(ctx.state, ctx.signer);
  const receiver = reporter === undefined ? ctx.caller : stakingAddress(reporter.entityId);
  distribute(ctx, slashed, runtime.staking.rewardEquivocation, runtime.id, [receiver]);
}

/** Entities whose nodes voted for a wrong result pay those whose nodes voted for the right one. */
export function slashForIncorrectResults(
  ctx: Context,
  wrong: readonly PublicKey[],
  right: readonly PublicKey[],
  runtime: Runtime,
  penalty: bigint,
): void {
  if (penalty === 0n) return;
  let slashed = 0n;
  for (const entity of wrong) slashed += slashEscrow(ctx, stakingAddress(entity), penalty);
  if (slashed === 0n) return;
  distribute(ctx, slashed, runtime.staking.rewardBadResults, runtime.id, right.map(stakingAddress));
}

/** The runtime's share goes to its account, the rest in equal parts into escrow; remainders stay in the common pool. */
function distribute(
  ctx: Context,
  slashed: bigint,
  runtimePercent: number,
  runtimeId: Namespace,
  receivers: readonly Address[],
): void {
  const runtimeShare = (slashed * BigInt(runtimePercent)) / 100n;
  transferFromCommonPool(ctx, runtimeAddress(runtimeId), runtimeShare, false);
  if (receivers.length === 0) return;
  const part = subtract(slashed, runtimeShare, "slashed stake left for reporters") / BigInt(receivers.length);
  for (const receiver of receivers) transferFromCommonPool(ctx, receiver, part, true);
}

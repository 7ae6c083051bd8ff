// Signing rewards: who signed enough blocks of an epoch.
// Reference: go/consensus/cometbft/apps/staking/signing_rewards.go, state/state.go (EpochSigning).
import { stakingAddress, type PublicKey } from "@wadi/crypto";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import type { EpochSigning } from "./epoch-signing-schema.ts";
import { keys } from "./keys.ts";
import { addRewards } from "./rewards.ts";
import { stakingParameters } from "./state.ts";

const MAX_U64 = (1n << 64n) - 1n;

function checked(value: bigint, what: string): bigint {
  if (value > MAX_U64) throw new BlockFailure(`${what}: overflow`);
  return value;
}

/** One more block and its voters; an entity with several validators counts for each. */
export function countSigners({ total, byEntity }: EpochSigning, voters: readonly PublicKey[]): EpochSigning {
  const counts = new Map(byEntity);
  for (const voter of voters) counts.set(voter, checked((counts.get(voter) ?? 0n) + 1n, `count of entity ${voter}`));
  return { total: checked(total + 1n, "total blocks"), byEntity: counts };
}

/** Entities that signed at least the given part of the blocks, in order of their keys. */
export function eligibleEntities(
  { total, byEntity }: EpochSigning,
  numerator: bigint,
  denominator: bigint,
): PublicKey[] {
  const needed = checked(total * numerator, "total blocks");
  const eligible: PublicKey[] = [];
  for (const [entity, count] of byEntity) {
    if (checked(count * denominator, `threshold of entity ${entity}`) >= needed) eligible.push(entity);
  }
  return eligible.toSorted((a, b) => (a < b ? -1 : 1));
}

/** BeginBlock: counts the voters of the last block. */
export function updateEpochSigning(ctx: Context, voters: readonly PublicKey[]): void {
  const at = keys.epochSigning.at();
  const before = ctx.state.get(at) ?? { total: 0n, byEntity: new Map() };
  ctx.state.set(at, countSigners(before, voters));
}

/** EndBlock of an epoch change: rewards for the epoch that ended, by the schedule of the new one. */
export function rewardEpochSigning(ctx: Context, epoch: bigint): void {
  const parameters = stakingParameters(ctx.state);
  const at = keys.epochSigning.at();
  const signing = ctx.state.get(at);
  ctx.state.remove(at);
  const { signingRewardThresholdNumerator: numerator, signingRewardThresholdDenominator: denominator } = parameters;
  if (denominator === 0n || signing === undefined || signing.total === 0n) return;
  const owners = eligibleEntities(signing, numerator, denominator).map(stakingAddress);
  addRewards(ctx, epoch, parameters.rewardFactorEpochSigned, owners);
}

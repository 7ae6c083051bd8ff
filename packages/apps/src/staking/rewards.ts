// Rewards out of the common pool. Reference: go/consensus/cometbft/apps/staking/state/state.go
// (AddRewards, AddRewardSingleAttenuated, TransferFromCommon).
import { reservedAddresses, type Address } from "@wadi/crypto";
import { events, type staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { BlockFailure } from "../framework/errors.ts";
import { credit, withActivePool } from "./accounts.ts";
import { deposit, splitCommission, subtract } from "./share-pool.ts";
import {
  account,
  commonPool,
  delegatedShares,
  setAccount,
  setCommonPool,
  setDelegatedShares,
  stakingParameters,
} from "./state.ts";

const { eventKinds } = events;

/** Scales of the reward schedule are numerators over this. */
export const REWARD_AMOUNT_DENOMINATOR = 100_000_000n;

/** The scale in force, or undefined after the end of the schedule. */
function rewardScale(parameters: staking.ConsensusParameters, epoch: bigint): bigint | undefined {
  return parameters.rewardSchedule.find(({ until }) => epoch < until)?.scale;
}

/**
 * Pays each account for what it has in escrow, in the given order. A reward that the common pool
 * cannot pay is skipped.
 */
export function addRewards(ctx: Context, epoch: bigint, factor: bigint, owners: readonly Address[]): void {
  const parameters = stakingParameters(ctx.state);
  const scale = rewardScale(parameters, epoch);
  if (scale === undefined) return;
  let pool = commonPool(ctx.state);
  for (const owner of owners) {
    const rewarded = account(ctx.state, owner);
    const reward = (rewarded.escrow.active.balance * factor * scale) / REWARD_AMOUNT_DENOMINATOR;
    if (reward === 0n || reward > pool) continue;
    pool = payReward(ctx, owner, rewarded, reward, pool, epoch);
  }
  setCommonPool(ctx.state, pool);
}

/** As `addRewards` for one account, scaled by a fraction; the two divisions are in this order. */
export function addAttenuatedReward(
  ctx: Context,
  epoch: bigint,
  factor: bigint,
  fraction: { readonly numerator: bigint; readonly denominator: bigint },
  owner: Address,
): void {
  const scale = rewardScale(stakingParameters(ctx.state), epoch);
  if (scale === undefined) return;
  const pool = commonPool(ctx.state);
  const rewarded = account(ctx.state, owner);
  const whole = (rewarded.escrow.active.balance * factor * scale * fraction.numerator) / REWARD_AMOUNT_DENOMINATOR;
  if (fraction.denominator === 0n) throw new BlockFailure("dividing by attenuation denominator: division by zero");
  const reward = whole / fraction.denominator;
  if (reward === 0n || reward > pool) return;
  setCommonPool(ctx.state, payReward(ctx, owner, rewarded, reward, pool, epoch));
}

/** Raises the value of all shares by the remainder, deposits the commission; returns what the pool has left. */
function payReward(
  ctx: Context,
  owner: Address,
  rewarded: staking.Account,
  reward: bigint,
  pool: bigint,
  epoch: bigint,
): bigint {
  const { commission, remainder } = splitCommission(rewarded.escrow, stakingParameters(ctx.state), epoch, reward);
  let { active } = rewarded.escrow;
  if (remainder > 0n) active = raiseShares(ctx, owner, active, remainder);
  if (commission > 0n) active = depositCommission(ctx, owner, active, commission);
  setAccount(ctx.state, owner, withActivePool(rewarded, active));
  return subtract(pool, reward, "common pool");
}

/** Stake without new shares: all delegators gain alike. */
function raiseShares(ctx: Context, owner: Address, active: staking.SharePool, amount: bigint): staking.SharePool {
  const from = reservedAddresses.commonPool;
  ctx.emit(eventKinds.stakingAddEscrow, { owner: from, escrow: owner, amount, newShares: 0n });
  return { ...active, balance: active.balance + amount };
}

/** The account delegates its commission to itself; this counts as a transfer to it and an escrow. */
function depositCommission(ctx: Context, owner: Address, active: staking.SharePool, amount: bigint): staking.SharePool {
  const owned = delegatedShares(ctx.state, owner, owner);
  const { pool, shares } = deposit(active, amount, amount, "commission");
  setDelegatedShares(ctx.state, owner, owner, owned + shares);
  ctx.emit(eventKinds.stakingTransfer, { from: reservedAddresses.commonPool, to: owner, amount });
  ctx.emit(eventKinds.stakingAddEscrow, { owner, escrow: owner, amount, newShares: shares });
  return pool;
}

/**
 * Moves up to `amount` from the common pool to the account's general balance, or into its escrow
 * as a reward. False if the pool was empty: nothing is written then.
 */
export function transferFromCommonPool(ctx: Context, to: Address, amount: bigint, toEscrow: boolean): boolean {
  const pool = commonPool(ctx.state);
  const receiver = account(ctx.state, to);
  const moved = amount < pool ? amount : pool;
  if (moved === 0n) return false;
  let changed: staking.Account;
  if (toEscrow) {
    changed = withActivePool(receiver, escrowReward(ctx, to, receiver, moved));
  } else {
    changed = credit(receiver, moved);
    ctx.emit(eventKinds.stakingTransfer, { from: reservedAddresses.commonPool, to, amount: moved });
  }
  setCommonPool(ctx.state, pool - moved);
  setAccount(ctx.state, to, changed);
  return true;
}

/** All is commission where nobody has shares yet; else the event of the remainder comes even if that is 0. */
function escrowReward(ctx: Context, to: Address, receiver: staking.Account, moved: bigint): staking.SharePool {
  const { active } = receiver.escrow;
  if (active.totalShares === 0n) return depositCommission(ctx, to, active, moved);
  const epoch = ctx.currentEpoch();
  const { commission, remainder } = splitCommission(receiver.escrow, stakingParameters(ctx.state), epoch, moved);
  const raised = raiseShares(ctx, to, active, remainder);
  return commission > 0n ? depositCommission(ctx, to, raised, commission) : raised;
}

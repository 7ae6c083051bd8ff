// Share arithmetic and commission. Every division truncates.
// Reference: go/staking/api/api.go (SharePool), go/consensus/cometbft/apps/staking/state/state.go.
import { staking } from "@wadi/types";

import { refuse, refusePlain } from "../framework/errors.ts";

type SharePool = staking.SharePool;

/** Takes `amount` from a balance; (`unknown`, 1) where it is not there. */
export function subtract(balance: bigint, amount: bigint, what: string): bigint {
  if (balance < amount) refusePlain(`insufficient balance: ${what}`, { balance, amount });
  return balance - amount;
}

/** Stake turned into shares. */
export interface Deposit {
  readonly pool: SharePool;
  /** May be 0 although stake was moved. */
  readonly shares: bigint;
}

/**
 * Moves `amount` out of `source` into the pool; `source` is what pays, and refuses with
 * (`unknown`, 1) if it holds less. A pool that lost everything takes nothing: (`staking`, 1).
 */
export function deposit(pool: SharePool, source: bigint, amount: bigint, what: string): Deposit {
  const shares = sharesForStake(pool, amount);
  subtract(source, amount, what);
  return { pool: { balance: pool.balance + amount, totalShares: pool.totalShares + shares }, shares };
}

function sharesForStake({ balance, totalShares }: SharePool, amount: bigint): bigint {
  if (totalShares === 0n) return amount;
  if (balance === 0n) refuse(staking.ErrInvalidArgument, "the pool has shares but no balance", { totalShares });
  return (amount * totalShares) / balance;
}

/** What the shares are worth now. */
export function stakeForShares({ balance, totalShares }: SharePool, shares: bigint): bigint {
  return shares === 0n || balance === 0n || totalShares === 0n ? 0n : (shares * balance) / totalShares;
}

/** Shares turned back into stake. */
export interface Withdrawal {
  readonly pool: SharePool;
  readonly stake: bigint;
  /** What the owner has left. */
  readonly sharesLeft: bigint;
}

/** Takes `shares` of the `owned` ones out of the pool; (`unknown`, 1) where they are not there. */
export function withdraw(pool: SharePool, owned: bigint, shares: bigint): Withdrawal {
  const stake = stakeForShares(pool, shares);
  const sharesLeft = subtract(owned, shares, "shares");
  const totalShares = subtract(pool.totalShares, shares, "shares of the pool");
  return { pool: { balance: pool.balance - stake, totalShares }, stake, sharesLeft };
}

/** A reward divided between the account itself and all who delegated to it. */
export interface Split {
  readonly commission: bigint;
  readonly remainder: bigint;
}

/** Commission by the account's rate of the epoch, or the minimum rate where it has none. */
export function splitCommission(
  { commissionSchedule }: staking.EscrowAccount,
  parameters: staking.ConsensusParameters,
  epoch: bigint,
  total: bigint,
): Split {
  const rate =
    staking.currentCommissionRate(commissionSchedule, epoch) ?? parameters.commissionScheduleRules.minCommissionRate;
  const commission = (total * rate) / staking.COMMISSION_RATE_DENOMINATOR;
  if (commission > total) refusePlain("commission above the total", { rate, total });
  return { commission, remainder: total - commission };
}

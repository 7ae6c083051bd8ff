// staking.AddEscrow and staking.ReclaimEscrow. Reference: go/consensus/cometbft/apps/staking/transactions.go.
import type { Address } from "@wadi/crypto";
import { events, staking, transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { debit, withActivePool, withDebondingPool } from "../accounts.ts";
import { requireMinimumBalance } from "../moves.ts";
import { deposit, withdraw } from "../share-pool.ts";
import { account, addDebondingDelegation, delegatedShares, setAccount, setDelegatedShares } from "../state.ts";
import { chargeMethod, requireCaller } from "./method-start.ts";

const { methods } = transaction;
const { eventKinds } = events;

/** `isRuntimeMessage`: a runtime asks, which a parameter must allow. */
export function addEscrow(
  ctx: Context,
  { account: to, amount }: staking.Escrow,
  isRuntimeMessage = false,
): staking.AddEscrowResult | undefined {
  const parameters = chargeMethod(ctx, methods.stakingAddEscrow);
  if (parameters === undefined) return undefined;
  requireEscrowMessages(parameters, isRuntimeMessage);
  if (ctx.isSimulation) return undefined;
  const { minDelegation } = parameters;
  if (amount < minDelegation) {
    refuse(staking.ErrUnderMinDelegationAmount, "below min_delegation", { amount, minDelegation });
  }
  const from = requireCaller(ctx);
  const delegator = account(ctx.state, from);
  const target = escrowAccount(ctx, parameters, from, delegator, to);

  const owned = delegatedShares(ctx.state, from, to);
  const { active } = target.escrow;
  const { pool, shares } = deposit(active, delegator.general.balance, amount, "general balance of the delegator");
  const debited = debit(delegator, amount);
  requireMinimumBalance(parameters, debited, "account");

  setAccount(ctx.state, from, from === to ? withActivePool(debited, pool) : debited);
  if (from !== to) setAccount(ctx.state, to, withActivePool(target, pool));
  setDelegatedShares(ctx.state, from, to, owned + shares);
  const result = { owner: from, escrow: to, amount, newShares: shares };
  ctx.emit(eventKinds.stakingAddEscrow, result);
  return result;
}

/** Shares that an account has in another's escrow start debonding. */
export function reclaimEscrow(
  ctx: Context,
  { account: from, shares }: staking.ReclaimEscrow,
  isRuntimeMessage = false,
): staking.ReclaimEscrowResult | undefined {
  if (shares === 0n) refuse(staking.ErrInvalidArgument, "no shares to reclaim");
  const parameters = chargeMethod(ctx, methods.stakingReclaimEscrow);
  if (parameters === undefined) return undefined;
  requireEscrowMessages(parameters, isRuntimeMessage);
  if (ctx.isSimulation) return undefined;
  const to = requireCaller(ctx);
  const delegator = account(ctx.state, to);
  const source = escrowAccount(ctx, parameters, to, delegator, from);

  const owned = delegatedShares(ctx.state, to, from);
  const debondEndTime = BigInt.asUintN(64, ctx.blockEpoch() + parameters.debondingInterval);
  const { pool: active, stake, sharesLeft } = withdraw(source.escrow.active, owned, shares);
  const debonding = deposit(source.escrow.debonding, stake, stake, "stake withdrawn");

  addDebondingDelegation(ctx.state, to, from, { shares: debonding.shares, debondEnd: debondEndTime });
  setDelegatedShares(ctx.state, to, from, sharesLeft);
  const changed = withDebondingPool(withActivePool(source, active), debonding.pool);
  setAccount(ctx.state, to, to === from ? changed : delegator);
  if (to !== from) setAccount(ctx.state, from, changed);

  const common = { owner: to, escrow: from, amount: stake, debondingShares: debonding.shares, debondEndTime };
  ctx.emit(eventKinds.stakingDebondingStart, { ...common, activeShares: shares });
  return { ...common, remainingShares: sharesLeft };
}

function requireEscrowMessages({ allowEscrowMessages }: staking.ConsensusParameters, isRuntimeMessage: boolean): void {
  if (isRuntimeMessage && !allowEscrowMessages) refuse(staking.ErrForbidden, "escrow messages are not allowed");
}

/** The account with the escrow; the caller's own may be it, another's only where delegation is allowed. */
function escrowAccount(
  ctx: Context,
  parameters: staking.ConsensusParameters,
  caller: Address,
  own: staking.Account,
  owner: Address,
): staking.Account {
  if (caller === owner) return own;
  if (parameters.disableDelegation) refuse(staking.ErrForbidden, "delegation to other accounts is disabled");
  return account(ctx.state, owner);
}

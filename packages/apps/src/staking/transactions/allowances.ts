// staking.Allow and staking.Withdraw. Reference: go/consensus/cometbft/apps/staking/transactions.go.
import { isReservedAddress, type Address } from "@wadi/crypto";
import { events, staking, transaction } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { isRefusal, reasonOf, refuse } from "../../framework/errors.ts";
import { messages } from "../../message-kinds.ts";
import { credit, debit } from "../accounts.ts";
import { requireMinimumBalance } from "../moves.ts";
import { account, setAccount, totalSupply } from "../state.ts";
import { chargeMethod } from "./method-start.ts";
import { requireMinimumTransfer } from "./transfer.ts";

const { methods } = transaction;
const { eventKinds } = events;

/** Raises or lowers what another account may withdraw. */
export function allow(ctx: Context, { beneficiary, negative, amountChange: requested }: staking.Allow): void {
  const parameters = chargeMethod(ctx, methods.stakingAllow);
  if (parameters === undefined || ctx.isSimulation) return;
  requireAllowances(parameters);
  const owner = ctx.caller;
  requireDistinct(owner, beneficiary);
  const found = account(ctx.state, owner);
  const before = found.general.allowances.get(beneficiary) ?? 0n;
  // Lowering stops at zero, and the event reports what was really taken.
  const amountChange = negative && requested > before ? before : requested;
  const allowance = negative ? before - amountChange : before + amountChange;
  const supply = totalSupply(ctx.state);
  if (allowance > supply) {
    refuse(staking.ErrAllowanceGreaterThanSupply, "allowance above the total supply", { allowance, supply });
  }
  const changed = withAllowance(found, beneficiary, allowance);
  const { size } = changed.general.allowances;
  if (size > parameters.maxAllowances) {
    refuse(staking.ErrTooManyAllowances, "above max_allowances", { size, maxAllowances: parameters.maxAllowances });
  }
  setAccount(ctx.state, owner, changed);
  ctx.emit(eventKinds.stakingAllowanceChange, { owner, beneficiary, allowance, negative, amountChange });
}

/** Takes from an account that allowed it, or whose hook does. Nothing of it stays if it is refused. */
export function withdraw(ctx: Context, { from, amount }: staking.Withdraw): staking.WithdrawResult | undefined {
  const parameters = chargeMethod(ctx, methods.stakingWithdraw);
  if (parameters === undefined || ctx.isSimulation) return undefined;
  requireMinimumTransfer(parameters, amount);
  requireAllowances(parameters);
  const to = ctx.caller;
  requireDistinct(to, from);
  return ctx.atomically((inner) => {
    const { source, allowance } = authorized(inner, account(inner.state, from), from, to, amount);
    const target = account(inner.state, to);
    const { balance } = source.general;
    if (balance < amount) refuse(staking.ErrInsufficientBalance, "source account", { balance, amount });
    const debited = debit(source, amount);
    const credited = credit(target, amount);
    requireMinimumBalance(parameters, debited, "source account");
    requireMinimumBalance(parameters, credited, "dest account");
    setAccount(inner.state, to, credited);
    setAccount(inner.state, from, debited);
    inner.emit(eventKinds.stakingTransfer, { from, to, amount });
    const change = { owner: from, beneficiary: to, allowance, amountChange: amount };
    inner.emit(eventKinds.stakingAllowanceChange, { ...change, negative: true });
    return change;
  });
}

function requireAllowances({ disableTransfers, maxAllowances }: staking.ConsensusParameters): void {
  if (disableTransfers) refuse(staking.ErrForbidden, "transfers are disabled");
  if (maxAllowances === 0) refuse(staking.ErrForbidden, "allowances are disabled: max_allowances is 0");
}

function requireDistinct(caller: Address, other: Address): void {
  if (isReservedAddress(caller) || isReservedAddress(other)) refuse(staking.ErrForbidden, "reserved account");
  if (caller === other) refuse(staking.ErrInvalidArgument, "both accounts are the same");
}

/** A withdraw hook decides instead of allowances, and leaves them alone. */
function authorized(
  ctx: Context,
  source: staking.Account,
  from: Address,
  to: Address,
  amount: bigint,
): { readonly source: staking.Account; readonly allowance: bigint } {
  const destination = source.general.hooks.get(staking.hookKinds.withdraw);
  if (destination !== undefined) {
    askHook(ctx, destination, from, to, amount);
    return { source, allowance: 0n };
  }
  const before = source.general.allowances.get(to);
  if (before === undefined) refuse(staking.ErrForbidden, "no allowance for the caller");
  if (before < amount) refuse(staking.ErrForbidden, "above the allowance", { allowance: before, amount });
  return { source: withAllowance(source, to, before - amount), allowance: before - amount };
}

function askHook(ctx: Context, destination: staking.HookDestination, from: Address, to: Address, amount: bigint): void {
  try {
    ctx.publish(messages.accountHook, { destination, from, to, amount });
  } catch (e) {
    if (!isRefusal(e)) throw e;
    refuse(staking.ErrForbidden, `withdraw hook of the account: ${reasonOf(e)}`);
  }
}

/** Zero removes the entry. */
function withAllowance(owner: staking.Account, beneficiary: Address, allowance: bigint): staking.Account {
  const allowances = new Map(owner.general.allowances);
  if (allowance === 0n) allowances.delete(beneficiary);
  else allowances.set(beneficiary, allowance);
  return { ...owner, general: { ...owner.general, allowances } };
}

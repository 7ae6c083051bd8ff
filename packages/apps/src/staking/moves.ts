// Moves of stake that other applications make. Reference:
// go/consensus/cometbft/apps/staking/state/state.go (Transfer, *GovernanceDeposit*, SlashEscrow).
import { reservedAddresses, type Address } from "@wadi/crypto";
import { events, staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import { credit, debit } from "./accounts.ts";
import { subtract } from "./share-pool.ts";
import {
  account,
  commonPool,
  governanceDeposits,
  setAccount,
  setCommonPool,
  setGovernanceDeposits,
  stakingParameters,
} from "./state.ts";

const { eventKinds } = events;

/** Refuses with (`staking`, 10) if one side of a move ends below `min_transact_balance`. */
export function requireMinimumBalance(
  { minTransactBalance }: staking.ConsensusParameters,
  { general: { balance } }: staking.Account,
  which: string,
): void {
  if (balance < minTransactBalance) {
    refuse(staking.ErrBalanceTooLow, `${which} would end below min_transact_balance`, { balance, minTransactBalance });
  }
}

/** Between general balances; nothing happens for equal accounts or nothing to move. (`staking`, 3 and 10.) */
export function transferBetween(ctx: Context, from: Address, to: Address, amount: bigint): void {
  if (from === to || amount === 0n) return;
  const source = account(ctx.state, from);
  const target = account(ctx.state, to);
  const { balance } = source.general;
  if (balance < amount) refuse(staking.ErrInsufficientBalance, "source account", { balance, amount });
  const debited = debit(source, amount);
  const credited = credit(target, amount);
  const parameters = stakingParameters(ctx.state);
  requireMinimumBalance(parameters, debited, "source account");
  requireMinimumBalance(parameters, credited, "dest account");
  setAccount(ctx.state, from, debited);
  setAccount(ctx.state, to, credited);
  if (!ctx.isCheck) ctx.emit(eventKinds.stakingTransfer, { from, to, amount });
}

/** The deposit of a proposal; the minimum balance does not apply. */
export function depositForGovernance(ctx: Context, from: Address, amount: bigint): void {
  const source = debit(account(ctx.state, from), amount);
  const deposits = governanceDeposits(ctx.state) + amount;
  setAccount(ctx.state, from, source);
  setGovernanceDeposits(ctx.state, deposits);
  emitTransfer(ctx, from, reservedAddresses.governanceDeposits, amount);
}

/** A deposit goes back to whoever made it. */
export function returnGovernanceDeposit(ctx: Context, to: Address, amount: bigint): void {
  const target = credit(account(ctx.state, to), amount);
  const deposits = subtract(governanceDeposits(ctx.state), amount, "governance deposits");
  setAccount(ctx.state, to, target);
  setGovernanceDeposits(ctx.state, deposits);
  emitTransfer(ctx, reservedAddresses.governanceDeposits, to, amount);
}

/** A deposit goes to the common pool. */
export function discardGovernanceDeposit(ctx: Context, amount: bigint): void {
  const deposits = subtract(governanceDeposits(ctx.state), amount, "governance deposits");
  setGovernanceDeposits(ctx.state, deposits);
  setCommonPool(ctx.state, commonPool(ctx.state) + amount);
  emitTransfer(ctx, reservedAddresses.governanceDeposits, reservedAddresses.commonPool, amount);
}

function emitTransfer(ctx: Context, from: Address, to: Address, amount: bigint): void {
  if (!ctx.isCheck) ctx.emit(eventKinds.stakingTransfer, { from, to, amount });
}

/**
 * Takes the penalty from the active and the debonding pool by their share of the whole, for the
 * common pool. Returns what was taken, which truncation can make less. Nothing is written for 0.
 */
export function slashEscrow(ctx: Context, owner: Address, penalty: bigint): bigint {
  const slashed = account(ctx.state, owner);
  const { active, debonding } = slashed.escrow;
  const total = active.balance + debonding.balance;
  if (total === 0n) return 0n;
  const fromActive = slashedPart(active, penalty, total);
  const fromDebonding = slashedPart(debonding, penalty, total);
  const taken = fromActive + fromDebonding;
  if (taken === 0n) return 0n;
  setCommonPool(ctx.state, commonPool(ctx.state) + taken);
  setAccount(ctx.state, owner, {
    ...slashed,
    escrow: {
      ...slashed.escrow,
      active: { ...active, balance: active.balance - fromActive },
      debonding: { ...debonding, balance: debonding.balance - fromDebonding },
    },
  });
  if (!ctx.isCheck) {
    ctx.emit(eventKinds.stakingTakeEscrow, { owner, amount: taken, debondingAmount: fromDebonding });
  }
  return taken;
}

function slashedPart({ balance }: staking.SharePool, penalty: bigint, total: bigint): bigint {
  const part = (balance * penalty) / total;
  return part < balance ? part : balance;
}

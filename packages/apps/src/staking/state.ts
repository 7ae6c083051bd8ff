// Reading and writing the state of the staking application, without rules.
// Reference: go/consensus/cometbft/apps/staking/state/state.go.
import { addressToText, isReservedAddress, type Address } from "@wadi/crypto";
import { staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

export function stakingParameters(state: State): staking.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setStakingParameters(ctx: Context, parameters: staking.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`staking parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), parameters);
}

/** Stake that a kind of registration must have behind it; 0 where none is set. */
export function threshold(parameters: staking.ConsensusParameters, kind: staking.ThresholdKind): bigint {
  return parameters.thresholds.get(kind) ?? 0n;
}

export function totalSupply(state: State): bigint {
  return state.get(keys.totalSupply.at()) ?? 0n;
}

export function setTotalSupply(state: State, amount: bigint): void {
  state.set(keys.totalSupply.at(), amount);
}

export function commonPool(state: State): bigint {
  return state.get(keys.commonPool.at()) ?? 0n;
}

export function setCommonPool(state: State, amount: bigint): void {
  state.set(keys.commonPool.at(), amount);
}

export function lastBlockFees(state: State): bigint {
  return state.get(keys.lastBlockFees.at()) ?? 0n;
}

export function setLastBlockFees(state: State, amount: bigint): void {
  state.set(keys.lastBlockFees.at(), amount);
}

export function governanceDeposits(state: State): bigint {
  return state.get(keys.governanceDeposits.at()) ?? 0n;
}

export function setGovernanceDeposits(state: State, amount: bigint): void {
  state.set(keys.governanceDeposits.at(), amount);
}

/**
 * The account, an empty one if it is unknown. Reserved accounts cannot be loaded, so that naming
 * one as a counterparty refuses with (`unknown`, 1).
 */
export function account(state: State, owner: Address): staking.Account {
  if (isReservedAddress(owner)) {
    refusePlain(`invalid account address: ${addressToText(owner)} is reserved`, { owner });
  }
  return state.get(keys.accounts.at({ owner })) ?? staking.Account.zero();
}

/** Also keeps the index of accounts with a commission schedule. */
export function setAccount(state: State, owner: Address, value: staking.Account): void {
  state.set(keys.accounts.at({ owner }), value);
  const { rates, bounds } = value.escrow.commissionSchedule;
  const index = keys.commissionSchedules.at({ owner });
  if (rates.length === 0 && bounds.length === 0) state.remove(index);
  else state.set(index, true);
}

/** Owners of all stored accounts, in order. */
export function accountAddresses(state: State): Address[] {
  return Array.from(state.keys(keys.accounts.all()), ({ owner }) => owner);
}

/** Owners of accounts with a commission schedule, in order. */
export function commissionScheduleAddresses(state: State): Address[] {
  return Array.from(state.keys(keys.commissionSchedules.all()), ({ owner }) => owner);
}

/** What an account's active pool holds. */
export function escrowBalance(state: State, owner: Address): bigint {
  return account(state, owner).escrow.active.balance;
}

/** Calls another module when something happens to the account. */
export function setAccountHook(
  state: State,
  owner: Address,
  kind: staking.HookKind,
  destination: staking.HookDestination,
): void {
  const { general, ...rest } = account(state, owner);
  const hooks = new Map(general.hooks).set(kind, destination);
  setAccount(state, owner, { ...rest, general: { ...general, hooks } });
}

/** Shares of a delegator in an account's active pool; 0 if there is no delegation. */
export function delegatedShares(state: State, delegator: Address, escrow: Address): bigint {
  return state.get(keys.delegations.at({ escrow, delegator }))?.shares ?? 0n;
}

/** A delegation without shares is removed. */
export function setDelegatedShares(state: State, delegator: Address, escrow: Address, shares: bigint): void {
  const forward = keys.delegations.at({ escrow, delegator });
  const reverse = keys.delegationsByDelegator.at({ delegator, escrow });
  if (shares === 0n) {
    state.remove(forward);
    state.remove(reverse);
    return;
  }
  state.set(forward, { shares });
  state.set(reverse, { shares });
}

/** Delegations of one delegator by escrow account, in order. */
export function delegationsFor(state: State, delegator: Address): Map<Address, staking.Delegation> {
  const found = state.list(keys.delegationsByDelegator.under({ delegator }));
  return new Map(found.map(({ fields, value }) => [fields.escrow, value]));
}

/** Delegations to one escrow account by delegator, in order. */
export function delegationsTo(state: State, escrow: Address): Map<Address, staking.Delegation> {
  const found = state.list(keys.delegations.under({ escrow }));
  return new Map(found.map(({ fields, value }) => [fields.delegator, value]));
}

/** One entry for each end epoch: shares of an existing one are added to. */
export function addDebondingDelegation(
  state: State,
  delegator: Address,
  escrow: Address,
  added: staking.DebondingDelegation,
): void {
  const epoch = added.debondEnd;
  const at = keys.debondingDelegations.at({ delegator, escrow, epoch });
  const shares = added.shares + (state.get(at)?.shares ?? 0n);
  state.set(keys.debondingQueue.at({ epoch, delegator, escrow }), true);
  state.set(at, { shares, debondEnd: epoch });
}

/** Removes an entry and its place in the queue. */
export function removeDebondingDelegation(state: State, delegator: Address, escrow: Address, epoch: bigint): void {
  state.remove(keys.debondingQueue.at({ epoch, delegator, escrow }));
  state.remove(keys.debondingDelegations.at({ delegator, escrow, epoch }));
}

/** A debonding delegation whose time has come. */
export interface ExpiredDebonding {
  readonly epoch: bigint;
  readonly delegator: Address;
  readonly escrow: Address;
  readonly shares: bigint;
}

/** Entries of the queue that end at or before `epoch`, by epoch, delegator, escrow account. */
export function expiredDebonding(state: State, epoch: bigint): ExpiredDebonding[] {
  const expired: ExpiredDebonding[] = [];
  for (const place of state.keys(keys.debondingQueue.all())) {
    if (place.epoch > epoch) break;
    expired.push({ ...place, shares: state.get(keys.debondingDelegations.at(place))?.shares ?? 0n });
  }
  return expired;
}

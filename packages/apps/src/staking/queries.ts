// What others ask about the staking state of a height.
// Reference: go/consensus/cometbft/apps/staking/query.go, go/consensus/cometbft/staking/staking.go.
import { reservedAddresses, type Address } from "@wadi/crypto";
import { staking } from "@wadi/types";

import { refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { withBalance } from "./accounts.ts";
import { keys } from "./keys.ts";
import {
  account,
  accountAddresses,
  commissionScheduleAddresses,
  commonPool,
  delegationsFor,
  delegationsTo,
  governanceDeposits,
  lastBlockFees,
  stakingParameters,
  totalSupply,
} from "./state.ts";

type ByAddress<T> = ReadonlyMap<Address, T>;

/** Answers about one state. */
export const stakingQueries = {
  totalSupply,
  commonPool,
  lastBlockFees,
  governanceDeposits,
  consensusParameters: stakingParameters,
  threshold,
  /** Also of empty accounts. */
  addresses: accountAddresses,
  commissionScheduleAddresses,
  account: queryAccount,
  allowance,
  delegationsFor,
  delegationsTo,
  delegationInfosFor,
  debondingDelegationsFor,
  debondingDelegationInfosFor,
  debondingDelegationsTo,
  tokenSymbol,
  tokenValueExponent,
} as const;

/** (`staking`, 6) for a kind without a threshold. */
function threshold(state: State, kind: staking.ThresholdKind): bigint {
  const found = stakingParameters(state).thresholds.get(kind);
  return found ?? refuse(staking.ErrInvalidThreshold, `kind ${kind} has no threshold`);
}

/** Three reserved accounts show the balance they stand for; the burn account is refused. */
function queryAccount(state: State, owner: Address): staking.Account {
  const holding = (balance: bigint): staking.Account => withBalance(staking.Account.zero(), balance);
  switch (owner) {
    case reservedAddresses.commonPool:
      return holding(commonPool(state));
    case reservedAddresses.feeAccumulator:
      return holding(lastBlockFees(state));
    case reservedAddresses.governanceDeposits:
      return holding(governanceDeposits(state));
    default:
      return account(state, owner);
  }
}

function allowance(state: State, owner: Address, beneficiary: Address): bigint {
  return queryAccount(state, owner).general.allowances.get(beneficiary) ?? 0n;
}

function delegationInfosFor(state: State, delegator: Address): ByAddress<staking.DelegationInfo> {
  return withPools(delegationsFor(state, delegator), (delegation, escrow) => ({
    ...delegation,
    pool: account(state, escrow).escrow.active,
  }));
}

function withPools<T, U>(byEscrow: ByAddress<T>, join: (value: T, escrow: Address) => U): ByAddress<U> {
  return new Map(Array.from(byEscrow, ([escrow, value]) => [escrow, join(value, escrow)]));
}

/** Lists are in order of end epochs. */
function debondingDelegationsFor(state: State, delegator: Address): ByAddress<readonly staking.DebondingDelegation[]> {
  const found = new Map<Address, staking.DebondingDelegation[]>();
  for (const { fields, value } of state.iterate(keys.debondingDelegations.under({ delegator }))) {
    found.set(fields.escrow, [...(found.get(fields.escrow) ?? []), value]);
  }
  return found;
}

function debondingDelegationInfosFor(
  state: State,
  delegator: Address,
): ByAddress<readonly staking.DebondingDelegationInfo[]> {
  return withPools(debondingDelegationsFor(state, delegator), (entries, escrow) => {
    const pool = account(state, escrow).escrow.debonding;
    return entries.map((entry) => ({ ...entry, pool }));
  });
}

/** Has to look at all debonding delegations: no table is ordered by escrow account. */
function debondingDelegationsTo(state: State, escrow: Address): ByAddress<readonly staking.DebondingDelegation[]> {
  const found = new Map<Address, staking.DebondingDelegation[]>();
  for (const { fields, value } of state.iterate(keys.debondingDelegations.all())) {
    if (fields.escrow !== escrow) continue;
    found.set(fields.delegator, [...(found.get(fields.delegator) ?? []), value]);
  }
  return found;
}

/** The parameters' own, else the genesis document's. */
function tokenSymbol(state: State, original: staking.Genesis): string {
  const { tokenSymbol: symbol } = stakingParameters(state);
  return symbol === "" ? original.tokenSymbol : symbol;
}

/** The parameters' own, else the genesis document's. */
function tokenValueExponent(state: State, original: staking.Genesis): number {
  const { tokenValueExponent: exponent } = stakingParameters(state);
  return exponent === 0 ? original.tokenValueExponent : exponent;
}

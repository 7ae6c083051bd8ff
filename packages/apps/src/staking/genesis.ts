// Import and export of the staking state. Reference: go/consensus/cometbft/apps/staking/genesis.go.
import { addressToText, isReservedAddress, type Address } from "@wadi/crypto";
import { genesis, staking } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";
import {
  account,
  addDebondingDelegation,
  commonPool,
  governanceDeposits,
  lastBlockFees,
  setAccount,
  setCommonPool,
  setDelegatedShares,
  setGovernanceDeposits,
  setStakingParameters,
  setTotalSupply,
  stakingParameters,
  totalSupply,
} from "./state.ts";

const PREFIX = "staking: invalid genesis state";
const problem = genesis.problemsOf(PREFIX, "staking");

/** Throws SanityError naming the member. */
export function initChain(ctx: Context, { staking: document }: genesis.Document): void {
  const { state } = ctx;
  genesis.checkStakingParameters(document.params, ctx.debug, genesis.problemsOf(PREFIX, "staking.params"));
  setStakingParameters(ctx, document.params);
  // Nobody has voted for the first block, so fees that were kept go to the common pool.
  const pool = document.commonPool + document.lastBlockFees;
  setGovernanceDeposits(state, document.governanceDeposits);
  let total = pool + document.governanceDeposits;
  for (const [owner, stored] of document.ledger) {
    const { general, escrow } = stored;
    const member = `ledger.${addressToText(owner)}`;
    requireOrdinary(owner, member);
    // Claims come from what is registered; others could contradict it.
    if (escrow.stakeAccumulator.claims.size > 0) {
      throw problem(`${member}.escrow.stake_accumulator`, "stake accumulator is not empty");
    }
    total += general.balance + escrow.active.balance + escrow.debonding.balance;
    setAccount(state, owner, stored);
  }
  if (total !== document.totalSupply) {
    throw problem("total_supply", `total supply mismatch (expected: ${document.totalSupply} actual: ${total})`);
  }
  setCommonPool(state, pool);
  setTotalSupply(state, total);
  initDelegations(state, document);
  initDebondingDelegations(state, document);
}

function requireOrdinary(owner: Address, member: string): void {
  if (isReservedAddress(owner)) throw problem(member, `address ${addressToText(owner)} is reserved`);
}

function requireShares(actual: bigint, { totalShares }: staking.SharePool, which: string, member: string): void {
  if (actual !== totalShares) {
    throw problem(member, `total ${which} shares mismatch: actual: ${actual} (expected: ${totalShares})`);
  }
}

function initDelegations(state: State, { delegations }: staking.Genesis): void {
  for (const [escrow, delegators] of delegations) {
    const member = `delegations.${addressToText(escrow)}`;
    requireOrdinary(escrow, member);
    let total = 0n;
    for (const [delegator, { shares }] of delegators) {
      requireOrdinary(delegator, `${member}.${addressToText(delegator)}`);
      total += shares;
      setDelegatedShares(state, delegator, escrow, shares);
    }
    requireShares(total, account(state, escrow).escrow.active, "active", member);
  }
}

function initDebondingDelegations(state: State, { debondingDelegations }: staking.Genesis): void {
  for (const [escrow, delegators] of debondingDelegations) {
    const member = `debonding_delegations.${addressToText(escrow)}`;
    requireOrdinary(escrow, member);
    let total = 0n;
    for (const [delegator, entries] of delegators) {
      requireOrdinary(delegator, `${member}.${addressToText(delegator)}`);
      for (const entry of entries) {
        total += entry.shares;
        addDebondingDelegation(state, delegator, escrow, entry);
      }
    }
    requireShares(total, account(state, escrow).escrow.debonding, "debonding", member);
  }
}

/** The section that would start a chain from this state; the token's name stays that of the document. */
export function exportGenesis(state: State, original: staking.Genesis): staking.Genesis {
  const params = stakingParameters(state);
  const ledger = new Map<Address, staking.Account>();
  for (const { fields, value } of state.iterate(keys.accounts.all())) {
    const escrow = { ...value.escrow, stakeAccumulator: staking.StakeAccumulator.zero() };
    ledger.set(fields.owner, { ...value, escrow });
  }
  return {
    params,
    tokenSymbol: params.tokenSymbol === "" ? original.tokenSymbol : params.tokenSymbol,
    tokenValueExponent: params.tokenValueExponent === 0 ? original.tokenValueExponent : params.tokenValueExponent,
    totalSupply: totalSupply(state),
    commonPool: commonPool(state),
    lastBlockFees: lastBlockFees(state),
    governanceDeposits: governanceDeposits(state),
    ledger,
    delegations: exportedDelegations(state),
    debondingDelegations: exportedDebondingDelegations(state),
  };
}

function exportedDelegations(state: State): Map<Address, Map<Address, staking.Delegation>> {
  const exported = new Map<Address, Map<Address, staking.Delegation>>();
  for (const { fields, value } of state.iterate(keys.delegations.all())) {
    const delegators = exported.get(fields.escrow) ?? new Map<Address, staking.Delegation>();
    exported.set(fields.escrow, delegators.set(fields.delegator, value));
  }
  return exported;
}

function exportedDebondingDelegations(state: State): Map<Address, Map<Address, staking.DebondingDelegation[]>> {
  const exported = new Map<Address, Map<Address, staking.DebondingDelegation[]>>();
  for (const { fields, value } of state.iterate(keys.debondingDelegations.all())) {
    const delegators = exported.get(fields.escrow) ?? new Map<Address, staking.DebondingDelegation[]>();
    const entries = delegators.get(fields.delegator) ?? [];
    entries.push(value);
    exported.set(fields.escrow, delegators.set(fields.delegator, entries));
  }
  return exported;
}

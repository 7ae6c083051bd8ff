// Reference: oasis-core go/staking/api/sanity_check.go. One pass over each table and nothing kept:
// ledgers of live networks have hundreds of thousands of accounts.
import { addressToText, isReservedAddress } from "@wadi/crypto";

import type { Address } from "../../scalars/address.ts";
import type { Account, DebondingDelegation, Delegation } from "../../staking/account.ts";
import type { Genesis } from "../../staking/genesis.ts";
import { pruneAndValidateSchedule } from "../../staking/verify/commission-schedule.ts";
import type { SanityContext } from "./options.ts";
import { problemsOf, reason, SanityError } from "./problem.ts";
import { checkStakingParameters, checkToken } from "./staking-parameters.ts";

const PREFIX = "staking: sanity check failed";
const problem = problemsOf(PREFIX, "staking");

export function checkStaking(genesis: Genesis, epoch: bigint, context: SanityContext): void {
  checkStakingParameters(genesis.params, context, problemsOf(PREFIX, "staking.params"));
  checkToken(genesis, problem);
  checkLedger(genesis, epoch);
}

/** The rules of accounts and delegations, of a document or of what a state would be exported as. */
export function checkLedger(genesis: Genesis, epoch: bigint): void {
  checkBalances(genesis, epoch);
  checkDelegations(genesis);
  checkDebondingDelegations(genesis);
  for (const [address, account] of genesis.ledger) {
    checkActivePool(address, account, genesis.delegations.get(address));
    checkDebondingPool(address, account, genesis.debondingDelegations.get(address));
  }
}

function checkBalances(genesis: Genesis, epoch: bigint): void {
  let total = genesis.governanceDeposits + genesis.commonPool + genesis.lastBlockFees;
  for (const [address, account] of genesis.ledger) {
    checkAccount(address, account, genesis, epoch);
    total += account.general.balance + account.escrow.active.balance + account.escrow.debonding.balance;
  }
  if (total !== genesis.totalSupply) {
    throw problem(
      "total_supply",
      "balances in accounts, plus governance_deposits, plus common_pool, plus last_block_fees " +
        `(${total}) do not add up to total_supply (${genesis.totalSupply})`,
    );
  }
}

function checkAccount(address: Address, account: Account, genesis: Genesis, epoch: bigint): void {
  // This covers the burn address, so that the reference's further rules about it never apply.
  if (isReservedAddress(address)) throw accountProblem(address, "", "account has a reserved address");
  const { commissionSchedule, stakeAccumulator } = account.escrow;
  if (commissionSchedule.rates.length > 0 || commissionSchedule.bounds.length > 0) {
    try {
      pruneAndValidateSchedule(commissionSchedule, genesis.params.commissionScheduleRules, epoch);
    } catch (e) {
      throw accountProblem(address, "escrow.commission_schedule", `invalid commission_schedule: ${reason(e)}`, e);
    }
  }
  for (const [beneficiary, allowance] of account.general.allowances) {
    checkAllowance(address, beneficiary, allowance, genesis.totalSupply);
  }
  // Claims are made from the registry's genesis state; claims in the document could contradict it.
  if (stakeAccumulator.claims.size > 0) {
    const text = addressToText(address);
    throw new SanityError(
      `staking: non-empty stake accumulator in genesis (account ${text})`,
      `staking.ledger.${text}.escrow.stake_accumulator`,
    );
  }
}

function checkAllowance(address: Address, beneficiary: Address, allowance: bigint, totalSupply: bigint): void {
  if (!isReservedAddress(beneficiary) && allowance <= totalSupply) return;
  const text = addressToText(beneficiary);
  const what = isReservedAddress(beneficiary)
    ? `allowance of reserved address ${text}`
    : `allowance ${allowance} exceeds total_supply ${totalSupply}`;
  throw accountProblem(address, `general.allowances.${text}`, what);
}

function accountProblem(address: Address, member: string, what: string, cause?: unknown): Error {
  const text = addressToText(address);
  const path = member === "" ? `ledger.${text}` : `ledger.${text}.${member}`;
  return problem(path, `account ${text}: ${what}`, cause);
}

function checkDelegations({ ledger, delegations }: Genesis): void {
  for (const [to, from] of delegations) {
    const account = delegationTarget(ledger, "delegations", to);
    for (const delegator of from.keys()) checkDelegator("delegations", to, delegator);
    checkActivePool(to, account, from);
  }
}

function checkDebondingDelegations({ ledger, debondingDelegations }: Genesis): void {
  for (const [to, from] of debondingDelegations) {
    const account = delegationTarget(ledger, "debonding_delegations", to);
    for (const delegator of from.keys()) checkDelegator("debonding_delegations", to, delegator);
    checkDebondingPool(to, account, from);
  }
}

function delegationTarget(ledger: Genesis["ledger"], member: string, to: Address): Account {
  const account = ledger.get(to);
  if (account !== undefined) return account;
  const text = addressToText(to);
  throw problem(`${member}.${text}`, `${member} to the nonexisting account ${text}`);
}

function checkDelegator(member: string, to: Address, delegator: Address): void {
  if (!isReservedAddress(delegator)) return;
  const path = `${member}.${addressToText(to)}.${addressToText(delegator)}`;
  throw problem(path, `${member} from the reserved address ${addressToText(delegator)}`);
}

/** Shares of all delegations are those of the pool, and without delegations the pool is empty. */
function checkActivePool(
  address: Address,
  { escrow: { active } }: Account,
  delegations: ReadonlyMap<Address, Delegation> | undefined,
): void {
  let shares = 0n;
  for (const delegation of delegations?.values() ?? []) shares += delegation.shares;
  if (shares !== active.totalShares) {
    throw accountProblem(
      address,
      "escrow.active.total_shares",
      `shares of delegations (${shares}) do not add up to active.total_shares (${active.totalShares})`,
    );
  }
  if ((delegations?.size ?? 0) === 0 && active.balance !== 0n) {
    throw accountProblem(address, "escrow.active.balance", `no delegations, but active.balance is ${active.balance}`);
  }
}

/** As `checkActivePool`, for what is being unbonded. */
function checkDebondingPool(
  address: Address,
  { escrow: { debonding } }: Account,
  delegations: ReadonlyMap<Address, readonly DebondingDelegation[]> | undefined,
): void {
  let shares = 0n;
  let count = 0;
  for (const list of delegations?.values() ?? []) {
    for (const delegation of list) shares += delegation.shares;
    count += list.length;
  }
  if (shares !== debonding.totalShares) {
    throw accountProblem(
      address,
      "escrow.debonding.total_shares",
      `shares of debonding delegations (${shares}) do not add up to debonding.total_shares (${debonding.totalShares})`,
    );
  }
  if (count === 0 && debonding.balance !== 0n) {
    throw accountProblem(
      address,
      "escrow.debonding.balance",
      `no debonding delegations, but debonding.balance is ${debonding.balance}`,
    );
  }
}

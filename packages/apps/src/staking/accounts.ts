// Accounts as values: the changes that rules make to them.
import type { staking } from "@wadi/types";

import { subtract } from "./share-pool.ts";

type Account = staking.Account;

/** The account with another general balance. */
export function withBalance(account: Account, balance: bigint): Account {
  return { ...account, general: { ...account.general, balance } };
}

export function credit(account: Account, amount: bigint): Account {
  return withBalance(account, account.general.balance + amount);
}

/** Refuses with (`unknown`, 1) if the balance is lower. */
export function debit(account: Account, amount: bigint): Account {
  return withBalance(account, subtract(account.general.balance, amount, "general balance of the account"));
}

export function withActivePool(account: Account, active: staking.SharePool): Account {
  return { ...account, escrow: { ...account.escrow, active } };
}

export function withDebondingPool(account: Account, debonding: staking.SharePool): Account {
  return { ...account, escrow: { ...account.escrow, debonding } };
}

export function withCommissionSchedule(account: Account, commissionSchedule: staking.CommissionSchedule): Account {
  return { ...account, escrow: { ...account.escrow, commissionSchedule } };
}

export function withNextNonce(account: Account): Account {
  const nonce = BigInt.asUintN(64, account.general.nonce + 1n);
  return { ...account, general: { ...account.general, nonce } };
}

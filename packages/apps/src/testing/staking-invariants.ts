// What must hold of the staking state after every block.
import assert from "node:assert/strict";

import type { State } from "../framework/state.ts";
import { keys } from "../staking/keys.ts";
import { commonPool, governanceDeposits, lastBlockFees, totalSupply } from "../staking/state.ts";

/** Balances, escrow, pool, kept fees and deposits are the supply; shares and indices agree. */
export function assertStakingInvariants(state: State): void {
  let sum = commonPool(state) + lastBlockFees(state) + governanceDeposits(state);
  const scheduled = new Set<string>();
  for (const { fields, value } of state.iterate(keys.accounts.all())) {
    const { general, escrow } = value;
    sum += general.balance + escrow.active.balance + escrow.debonding.balance;
    if (escrow.commissionSchedule.rates.length + escrow.commissionSchedule.bounds.length > 0)
      scheduled.add(fields.owner);
    assertShares(state, fields.owner, escrow);
  }
  assert.equal(sum, totalSupply(state), "total supply");
  const indexed = Array.from(state.keys(keys.commissionSchedules.all()), ({ owner }) => owner);
  assert.deepEqual(indexed, [...scheduled], "accounts with a commission schedule");
  assertMirrors(state);
}

type Owner = Parameters<typeof keys.accounts.at>[0]["owner"];
type Escrow = NonNullable<ReturnType<typeof keys.accounts.format.decode>>["escrow"];

function assertShares(state: State, owner: Owner, { active, debonding }: Escrow): void {
  let shares = 0n;
  for (const { value } of state.iterate(keys.delegations.under({ escrow: owner }))) shares += value.shares;
  assert.equal(shares, active.totalShares, `active shares of ${owner}`);
  let leaving = 0n;
  for (const { fields, value } of state.iterate(keys.debondingDelegations.all())) {
    if (fields.escrow === owner) leaving += value.shares;
  }
  assert.equal(leaving, debonding.totalShares, `debonding shares of ${owner}`);
}

/** Delegations are stored twice, and each debonding delegation has its place in the queue. */
function assertMirrors(state: State): void {
  const line = (...parts: readonly unknown[]): string => parts.join(" ");
  const forward = state.list(keys.delegations.all());
  const reverse = state.list(keys.delegationsByDelegator.all());
  assert.deepEqual(
    forward.map(({ fields, value }) => line(fields.delegator, fields.escrow, value.shares)).sort(),
    reverse.map(({ fields, value }) => line(fields.delegator, fields.escrow, value.shares)).sort(),
    "delegations by both ends",
  );
  assert.ok(
    forward.every(({ value }) => value.shares > 0n),
    "no delegation without shares",
  );
  const debonding = state.list(keys.debondingDelegations.all());
  assert.deepEqual(
    debonding.map(({ fields }) => line(fields.epoch, fields.delegator, fields.escrow)).sort(),
    Array.from(state.keys(keys.debondingQueue.all()), (f) => line(f.epoch, f.delegator, f.escrow)).sort(),
    "debonding queue",
  );
}

// Stake claims: what registrations tie up of an account's escrow.
// Reference: go/consensus/cometbft/apps/staking/state/accumulator.go, go/staking/api/api.go.
import type { Address } from "@wadi/crypto";
import { staking } from "@wadi/types";

import { refuse, refusePlain } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { account, setAccount, stakingParameters } from "./state.ts";

type Thresholds = staking.ConsensusParameters["thresholds"];
/** Thresholds of a claim; null or empty for a claim that only marks a registration. */
export type ClaimThresholds = readonly staking.StakeThreshold[] | null;

/**
 * Several changes of claims in one go. Accounts are loaded at first use and changed in memory;
 * `commit` stores every account that was touched, also those only read. Not to be mixed with
 * other writes of the same accounts.
 */
export class StakeClaims {
  readonly #state: State;
  readonly #thresholds: Thresholds;
  readonly #accounts = new Map<Address, staking.Account>();

  constructor(state: State) {
    this.#state = state;
    this.#thresholds = stakingParameters(state).thresholds;
  }

  /** Refuses with (`staking`, 4) if the account's escrow does not cover its claims. */
  check(owner: Address): void {
    const { active, stakeAccumulator } = this.#account(owner).escrow;
    this.#requireStake(owner, active.balance, this.#total(stakeAccumulator, undefined));
  }

  /** Sets a claim in place of the one of the same name; (`staking`, 4) if it is not covered. */
  add(owner: Address, claim: string, thresholds: ClaimThresholds): void {
    const found = this.#account(owner);
    const { active, stakeAccumulator } = found.escrow;
    const needed = this.#total(stakeAccumulator, claim) + this.#sum(thresholds);
    this.#requireStake(owner, active.balance, needed);
    // A list that the reference appends nothing to stays nil, and is stored as such.
    const stored = thresholds?.length === 0 ? null : thresholds;
    this.#setClaims(owner, found, new Map(stakeAccumulator.claims).set(claim, stored));
  }

  /** (`unknown`, 1) if there is no such claim. */
  remove(owner: Address, claim: string): void {
    const found = this.#account(owner);
    const claims = new Map(found.escrow.stakeAccumulator.claims);
    if (!claims.delete(claim)) refusePlain(`staking: claim does not exist: ${claim}`, { owner });
    this.#setClaims(owner, found, claims);
  }

  /** The account's active balance. */
  escrowBalance(owner: Address): bigint {
    return this.#account(owner).escrow.active.balance;
  }

  commit(): void {
    for (const [owner, changed] of this.#accounts) setAccount(this.#state, owner, changed);
  }

  #account(owner: Address): staking.Account {
    const known = this.#accounts.get(owner) ?? account(this.#state, owner);
    this.#accounts.set(owner, known);
    return known;
  }

  #setClaims(owner: Address, found: staking.Account, claims: ReadonlyMap<string, ClaimThresholds>): void {
    this.#accounts.set(owner, { ...found, escrow: { ...found.escrow, stakeAccumulator: { claims } } });
  }

  #total({ claims }: staking.StakeAccumulator, except: string | undefined): bigint {
    let total = 0n;
    for (const [name, thresholds] of claims) if (name !== except) total += this.#sum(thresholds);
    return total;
  }

  #sum(thresholds: ClaimThresholds): bigint {
    return (thresholds ?? []).reduce((sum, { global, const: constant }) => {
      if (global !== null) return sum + (this.#thresholds.get(global) ?? 0n);
      return sum + (constant ?? refusePlain("staking: invalid claim threshold"));
    }, 0n);
  }

  #requireStake(owner: Address, balance: bigint, needed: bigint): void {
    if (balance < needed) {
      refuse(staking.ErrInsufficientStake, "escrow does not cover the stake claims", { owner, balance, needed });
    }
  }
}

/** One claim added and stored. */
export function addStakeClaim(state: State, owner: Address, claim: string, thresholds: ClaimThresholds): void {
  const claims = new StakeClaims(state);
  claims.add(owner, claim, thresholds);
  claims.commit();
}

/** One claim removed and stored. */
export function removeStakeClaim(state: State, owner: Address, claim: string): void {
  const claims = new StakeClaims(state);
  claims.remove(owner, claim);
  claims.commit();
}

/** Refuses with (`staking`, 4) if the account's escrow does not cover its claims; writes nothing. */
export function checkStakeClaims(state: State, owner: Address): void {
  new StakeClaims(state).check(owner);
}

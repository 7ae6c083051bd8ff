// Counting votes. Validators vote with all shares of their pool; a delegator who votes otherwise
// takes the own shares out of the validator's vote.
// Reference: go/consensus/cometbft/apps/governance/governance.go (closeProposal),
// go/governance/api/proposal.go (CloseProposal).
import type { Address } from "@wadi/crypto";
import { governance, type staking } from "@wadi/types";

import { refusePlain } from "../framework/errors.ts";
import { stakeForShares, subtract } from "../staking/share-pool.ts";

type Vote = governance.Vote;

/** Active pools of the entities in the validator set. */
export type ValidatorPools = ReadonlyMap<Address, staking.SharePool>;

export interface Tally {
  /** Stake by vote. Votes that others took all shares out of stay with 0. */
  readonly results: Map<Vote, bigint>;
  /** Voters who have delegated nothing to any validator. */
  readonly invalidVotes: bigint;
}

/** `delegationsFor` gives what a voter has delegated, by escrow account. */
export function tallyVotes(
  pools: ValidatorPools,
  votes: readonly governance.VoteEntry[],
  delegationsFor: (voter: Address) => ReadonlyMap<Address, staking.Delegation>,
): Tally {
  const shares = new Map(Array.from(pools.keys(), (validator) => [validator, new Map<Vote, bigint>()]));
  const validatorVotes = new Map<Address, Vote>();
  for (const { voter, vote } of votes) {
    const pool = pools.get(voter);
    if (pool === undefined) continue;
    validatorVotes.set(voter, vote);
    shares.get(voter)?.set(vote, pool.totalShares);
  }

  let invalidVotes = 0n;
  for (const { voter, vote } of votes) {
    let isInvalid = true;
    for (const [validator, delegation] of delegationsFor(voter)) {
      const byVote = shares.get(validator);
      if (byVote === undefined) continue;
      isInvalid = false;
      moveShares(byVote, validatorVotes.get(validator), vote, delegation.shares);
    }
    if (isInvalid) invalidVotes++;
  }
  return { results: stakeByVote(pools, shares), invalidVotes };
}

function moveShares(byVote: Map<Vote, bigint>, from: Vote | undefined, to: Vote, shares: bigint): void {
  if (from === to) return;
  if (from !== undefined) byVote.set(from, subtract(byVote.get(from) ?? 0n, shares, "shares of the validator's vote"));
  byVote.set(to, (byVote.get(to) ?? 0n) + shares);
}

function stakeByVote(
  pools: ValidatorPools,
  shares: ReadonlyMap<Address, ReadonlyMap<Vote, bigint>>,
): Map<Vote, bigint> {
  const results = new Map<Vote, bigint>();
  for (const [validator, pool] of pools) {
    for (const [vote, amount] of shares.get(validator) ?? []) {
      results.set(vote, (results.get(vote) ?? 0n) + stakeForShares(pool, amount));
    }
  }
  return results;
}

/**
 * What becomes of an active proposal with these results: passed if at least `stakeThreshold` per
 * cent of all stake that could vote says yes, else rejected. Refuses with (`unknown`, 1) what
 * correct counting never yields; that fails the block.
 */
export function decide(
  { state, results }: Pick<governance.Proposal, "state" | "results">,
  totalStake: bigint,
  stakeThreshold: number,
): governance.ProposalState {
  if (state !== governance.proposalStates.active) refusePlain("invalid proposal state: not active", { state });
  if (results === null) refusePlain("invalid proposal state: results not initialized");
  if (totalStake === 0n) refusePlain("invalid proposal state: total voting stake is zero");
  let voted = 0n;
  for (const stake of results.values()) voted += stake;
  if (voted > totalStake) {
    refusePlain("invalid proposal state: more stake voted than there is", { voted, totalStake });
  }
  const yes = results.get(governance.votes.yes) ?? 0n;
  const { passed, rejected } = governance.proposalStates;
  // Without any yes even a threshold of 0 is not enough.
  return yes > 0n && (yes * 100n) / totalStake >= BigInt(stakeThreshold) ? passed : rejected;
}

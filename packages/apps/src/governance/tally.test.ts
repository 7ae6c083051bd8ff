import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleAddress, type Address } from "@wadi/crypto";
import { governance, type staking } from "@wadi/types";
import fc from "fast-check";

import { stakeForShares } from "../staking/share-pool.ts";
import { decide, tallyVotes } from "./tally.ts";

const addresses = Array.from({ length: 8 }, (_, i) => moduleAddress("tally", `${i}`));
const validators = addresses.slice(0, 3);

interface Scene {
  /** Shares by validator and delegator. */
  readonly shares: ReadonlyMap<Address, ReadonlyMap<Address, bigint>>;
  readonly pools: ReadonlyMap<Address, staking.SharePool>;
  readonly votes: readonly governance.VoteEntry[];
}

const shareTable = fc.array(fc.array(fc.bigInt({ min: 0n, max: 50n }), { minLength: 8, maxLength: 8 }), {
  minLength: 3,
  maxLength: 3,
});

const scene: fc.Arbitrary<Scene> = fc
  .tuple(
    shareTable,
    fc.array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: 3, maxLength: 3 }),
    fc.array(fc.option(fc.integer({ min: 0, max: 4 })), { minLength: 8, maxLength: 8 }),
  )
  .map(([table, balances, choices]) => {
    const shares = new Map(
      validators.map((validator, v) => {
        const row = addresses.map((delegator, d) => [delegator, table[v]?.[d] ?? 0n] as const);
        return [validator, new Map(row.filter(([, amount]) => amount > 0n))];
      }),
    );
    const pools = new Map(
      validators.map((validator, v) => {
        const totalShares = sum(shares.get(validator)?.values() ?? []);
        return [validator, { balance: balances[v] ?? 0n, totalShares }];
      }),
    );
    const votes = addresses.flatMap((voter, i) => {
      const vote = choices[i];
      return vote === null || vote === undefined ? [] : [{ voter, vote }];
    });
    return { shares, pools, votes };
  });

function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

function delegationsIn({ shares }: Scene): (voter: Address) => Map<Address, staking.Delegation> {
  return (voter) => {
    const found = new Map<Address, staking.Delegation>();
    for (const [validator, delegators] of shares) {
      const amount = delegators.get(voter);
      if (amount !== undefined) found.set(validator, { shares: amount });
    }
    return found;
  };
}

/** Every share votes as its owner, or, if that one has no vote, as the validator. */
function tallyShareByShare({ shares, pools, votes }: Scene): Map<governance.Vote, bigint> {
  const voteOf = new Map(votes.map(({ voter, vote }) => [voter, vote]));
  const results = new Map<governance.Vote, bigint>();
  for (const [validator, pool] of pools) {
    const byVote = new Map<governance.Vote, bigint>();
    for (const [delegator, amount] of shares.get(validator) ?? []) {
      const vote = voteOf.get(delegator) ?? voteOf.get(validator);
      if (vote !== undefined) byVote.set(vote, (byVote.get(vote) ?? 0n) + amount);
    }
    for (const [vote, amount] of byVote) {
      results.set(vote, (results.get(vote) ?? 0n) + stakeForShares(pool, amount));
    }
  }
  return results;
}

const withoutZeros = (results: ReadonlyMap<governance.Vote, bigint>): [number, bigint][] =>
  [...results].filter(([, stake]) => stake > 0n).toSorted(([a], [b]) => a - b);

test("every share counts once, for its owner or else for the validator", () => {
  fc.assert(
    fc.property(scene, (s) => {
      const { results, invalidVotes } = tallyVotes(s.pools, s.votes, delegationsIn(s));
      assert.deepEqual(withoutZeros(results), withoutZeros(tallyShareByShare(s)));
      const delegations = delegationsIn(s);
      const withoutStake = s.votes.filter(({ voter }) => delegations(voter).size === 0);
      assert.equal(invalidVotes, BigInt(withoutStake.length));
    }),
  );
});

test("neither the order of votes nor of validators matters, and no more stake votes than there is", () => {
  fc.assert(
    fc.property(scene, (s) => {
      const forward = tallyVotes(s.pools, s.votes, delegationsIn(s));
      const pools = new Map([...s.pools].toReversed());
      const backward = tallyVotes(pools, s.votes.toReversed(), delegationsIn(s));
      assert.deepEqual(backward.results, new Map(forward.results));
      assert.equal(backward.invalidVotes, forward.invalidVotes);
      const total = sum(Array.from(s.pools.values(), ({ balance }) => balance));
      assert.ok(sum(forward.results.values()) <= total);
    }),
  );
});

test("votes that delegators took everything out of stay with nothing", () => {
  const [validator, delegator] = addresses as [Address, Address];
  const pools = new Map([[validator, { balance: 10n, totalShares: 10n }]]);
  const votes = [
    { voter: validator, vote: governance.votes.yes },
    { voter: delegator, vote: governance.votes.no },
  ];
  const delegations = new Map([[validator, { shares: 10n }]]);
  const { results } = tallyVotes(pools, votes, (voter) => (voter === delegator ? delegations : new Map()));
  assert.deepEqual(
    [...results],
    [
      [governance.votes.yes, 0n],
      [governance.votes.no, 10n],
    ],
  );
});

test("a decision is the truncated percentage of all stake that says yes", () => {
  const { active, passed, rejected } = governance.proposalStates;
  const arbitrary = fc.tuple(fc.bigInt({ min: 1n, max: 10_000n }), fc.nat({ max: 100 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(arbitrary, ([total, part, threshold]) => {
      const yes = (total * BigInt(part)) / 100n;
      const results = new Map([[governance.votes.yes, yes]]);
      const isPassed = yes > 0n && Number((yes * 100n) / total) >= threshold;
      assert.equal(decide({ state: active, results }, total, threshold), isPassed ? passed : rejected);
    }),
  );
});

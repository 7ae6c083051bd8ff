import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";
import { node as nodeTypes, type Address } from "@wadi/types";

import { candidate, candidates, electionWith, keyOf, lotsFor } from "./testing/elections.ts";
import { electValidators } from "./validator-election.ts";
import { validatorUpdates } from "./validator-updates.ts";

test("the entities with most stake are elected, with the power of their stake", () => {
  const pools = fc.record({
    stakes: fc.array(fc.bigInt({ min: 16n, max: 1_000_000n }), { minLength: 1, maxLength: 30 }),
    maximum: fc.integer({ min: 1, max: 20 }),
    isVrf: fc.boolean(),
  });
  fc.assert(
    fc.property(pools, ({ stakes, maximum, isVrf }) => {
      const pool = candidates(stakes.length);
      const balances = new Map(pool.map(({ owner }, i) => [owner, stakes[i] ?? 0n]));
      const stake = { balance: (owner: Address) => balances.get(owner) ?? 0n, coversClaims: () => true };
      const lots = isVrf ? lotsFor(pool) : undefined;
      const { validators } = electValidators(electionWith({ maxValidators: BigInt(maximum) }, { stake, lots }), pool);
      const powers = Array.from(validators.values(), ({ votingPower }) => votingPower);
      const expected = stakes.map((one) => one / 16n).toSorted((a, b) => Number(b - a));
      assert.deepEqual(powers, expected.slice(0, maximum));
    }),
    { numRuns: 40 },
  );
});

test("no more nodes of an entity than allowed, each with the whole power", () => {
  const pool = candidates(6, () => 1);
  const { entities, validators } = electValidators(electionWith({ maxValidatorsPerEntity: 2n }), pool);
  assert.deepEqual(
    Array.from(validators.values(), ({ votingPower }) => votingPower),
    [100n, 100n],
  );
  assert.equal(entities.size, 1);
});

test("other roles, entities without their stake and nobody at all", () => {
  const observer = candidate(1, 1, { roles: nodeTypes.roles.observer });
  assert.throws(() => electValidators(electionWith(), [observer]), {
    message: /any validators/,
    module: "unknown",
    code: 1,
  });
  const stake = { balance: () => 0n, coversClaims: () => false };
  assert.throws(() => electValidators(electionWith({}, { stake }), candidates(3)), /any validators/);
  const bypass = electionWith({ debugBypassStake: true }, { stake });
  assert.deepEqual(
    Array.from(electValidators(bypass, candidates(3)).validators.values(), ({ votingPower }) => votingPower),
    [1n, 1n, 1n],
  );
  assert.throws(() => electValidators(electionWith({ minValidators: 4n }), candidates(3)), /insufficient/);
  assert.throws(
    () => electValidators(electionWith({ maxValidators: 2n, minValidators: 3n }), candidates(3)),
    /insufficient/,
  );
});

test("VRF: nodes without proof are no validators once enough have proved", () => {
  const pool = candidates(5);
  const lots = lotsFor(pool, [2, 4, 5]);
  const elected = electValidators(electionWith({ minValidators: 2n }, { lots }), pool).validators;
  assert.deepEqual(Array.from(elected.values(), ({ id }) => id).toSorted(), [keyOf(1), keyOf(3)]);
  const fallback = electValidators(electionWith({ minValidators: 3n }, { lots }), pool).validators;
  assert.equal(fallback.size, 5);
});

test("updates are what turns one set into the other", () => {
  const powers = fc.dictionary(fc.integer({ min: 1, max: 12 }).map(String), fc.bigInt({ min: 1n, max: 3n }));
  const setOf = (of: Readonly<Record<string, bigint>>) =>
    new Map(
      Object.entries(of).map(([n, votingPower]) => [
        keyOf(Number(n)),
        { id: keyOf(0), entityId: keyOf(0), votingPower },
      ]),
    );
  fc.assert(
    fc.property(powers, powers, (before, after) => {
      const result = new Map(Object.entries(before).map(([n, power]) => [keyOf(Number(n)), power]));
      const updates = validatorUpdates(setOf(before), setOf(after));
      for (const { power, publicKey } of updates) {
        assert.notEqual(result.get(publicKey), power, "nothing that stays is listed");
        if (power === 0n) assert.ok(result.delete(publicKey));
        else result.set(publicKey, power);
      }
      assert.deepEqual(result, new Map(Object.entries(after).map(([n, power]) => [keyOf(Number(n)), power])));
      const order = updates.map(({ publicKey }) => publicKey);
      assert.deepEqual(order, order.toSorted());
    }),
  );
});

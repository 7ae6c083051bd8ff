import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { runtimeAddress, stakingAddress } from "@wadi/crypto";
import { registry, staking, type PublicKey } from "@wadi/types";
import fc from "fast-check";

import type { Context } from "../framework/context.ts";
import { account, accountAddresses, commonPool, setAccount, setStakingParameters } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { slashForIncorrectResults } from "./slashing.ts";
import { runtimeId, runtimeOf, signers } from "./testing/round.ts";

const entities = signers("a", "b", "c", "d").map(({ publicKey }) => publicKey);

function total(ctx: Context): bigint {
  return accountAddresses(ctx.state).reduce((sum, owner) => {
    const { general, escrow } = account(ctx.state, owner);
    return sum + general.balance + escrow.active.balance + escrow.debonding.balance;
  }, commonPool(ctx.state));
}

const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n });
const choices = fc.array(fc.constantFrom(...entities), { maxLength: 6 });

test("slashing moves stake and makes or loses none", () => {
  const balances = fc.array(fc.tuple(amounts, amounts), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      balances,
      amounts,
      fc.integer({ min: 0, max: 100 }),
      choices,
      choices,
      (initial, penalty, percent, wrong, right) => {
        const ctx = testContext({ mode: "init-chain" });
        setStakingParameters(ctx, staking.ConsensusParameters.zero());
        for (const [i, [active, debonding]] of initial.entries()) {
          const zero = staking.Account.zero();
          const escrow = {
            ...zero.escrow,
            active: { balance: active, totalShares: active },
            debonding: { balance: debonding, totalShares: debonding },
          };
          setAccount(ctx.state, stakingAddress(entities[i] as PublicKey), { ...zero, escrow });
        }
        const before = total(ctx);
        const terms = create(registry.RuntimeStakingParameters, { rewardBadResults: percent });
        const runtime = runtimeOf(runtimeId(1), { staking: terms });
        slashForIncorrectResults(ctx, wrong, right, runtime, penalty);
        assert.equal(total(ctx), before);
        if (wrong.length === 0) assert.equal(account(ctx.state, runtimeAddress(runtime.id)).general.balance, 0n);
      },
    ),
    { numRuns: 100 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@wadi/codec";
import { stakingAddress } from "@wadi/crypto";
import { registry, staking } from "@wadi/types";
import fc from "fast-check";

import { nodeStatus, setNodeStatus } from "../registry/state.ts";
import { account, setAccount, setStakingParameters } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { evaluateLiveness, isLive, newLivenessStatistics } from "./liveness.ts";
import { committeeOf, runningOf, runtimeId, runtimeOf, signers, storeNode, type TestSigner } from "./testing/round.ts";

const id = runtimeId(1);
const [member, owner] = signers("member", "owner") as [TestSigner, TestSigner];
const committee = committeeOf([member], []);

test("nodes that are not live: failure upon failure, then frozen and slashed", () => {
  const slashing = new Map([[staking.slashReasons.runtimeLiveness, { amount: 30n, freezeInterval: 5n }]]);
  const runtime = runtimeOf(id, {
    executor: create(registry.ExecutorParameters, { minLiveRoundsPercent: 50, maxLivenessFails: 2 }),
    staking: create(registry.RuntimeStakingParameters, { slashing }),
  });
  const ctx = testContext({ mode: "init-chain" });
  setStakingParameters(ctx, staking.ConsensusParameters.zero());
  const zero = staking.Account.zero();
  const escrow = { ...zero.escrow, active: { balance: 100n, totalShares: 100n } };
  setAccount(ctx.state, stakingAddress(owner.publicKey), { ...zero, escrow });
  storeNode(ctx, member.publicKey, owner.publicKey);
  setNodeStatus(ctx.state, member.publicKey, registry.NodeStatus.zero());
  const livenessStats = { ...newLivenessStatistics(1), totalRounds: 10n, goodRounds: [4n] };
  const running = { ...runningOf(runtime, committee), livenessStats };
  const status = (): registry.NodeStatus | undefined => nodeStatus(ctx.state, member.publicKey);
  evaluateLiveness(ctx, 10n, running);
  assert.deepEqual(status()?.faults.get(id), { failures: 1, suspendedUntil: 12n });
  evaluateLiveness(ctx, 11n, running);
  assert.equal(status()?.faults.get(id)?.failures, 1, "a suspended node is not judged");
  evaluateLiveness(ctx, 12n, running);
  assert.equal(status()?.freezeEndTime, 17n);
  assert.equal(account(ctx.state, stakingAddress(owner.publicKey)).escrow.active.balance, 70n);
});

test("doing more never makes a node less live", () => {
  const percent = fc.integer({ min: 0, max: 100 });
  const count = fc.bigInt({ min: 0n, max: 1000n });
  fc.assert(
    fc.property(percent, percent, count, count, count, count, (live, missed, total, good, finalized, failed) => {
      const executor = create(registry.ExecutorParameters, {
        minLiveRoundsPercent: live,
        maxMissedProposalsPercent: missed,
      });
      const record = { goodRounds: good, finalizedProposals: finalized, missedProposals: failed };
      if (!isLive(total, record, executor)) return;
      assert(isLive(total, { ...record, goodRounds: good + 1n }, executor));
      assert(isLive(total, { ...record, finalizedProposals: finalized + 1n }, executor));
    }),
  );
});

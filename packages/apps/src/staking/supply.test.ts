// Random transactions of every method against a small network: they never fail otherwise than by
// refusal, the supply stays what it is, and a block executed twice gives one state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reservedAddresses, type Address } from "@wadi/crypto";
import { staking, transaction } from "@wadi/types";
import fc from "fast-check";

import { assertStakingInvariants } from "../testing/staking-invariants.ts";
import { TestNetwork } from "../testing/network.ts";
import { account } from "./state.ts";

const { methods } = transaction;
const names = ["alice", "bob", "carol", "validator"] as const;

/** A transaction before it is signed: who, what, how much. */
interface Plan {
  readonly who: (typeof names)[number];
  readonly method: keyof typeof bodies;
  readonly other: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly gas: bigint;
  readonly negative: boolean;
  readonly nonceOff: bigint;
}

type Body = (other: Address, plan: Plan) => readonly [transaction.Method, unknown];
const body =
  <T>(method: transaction.Method<T>, make: (other: Address, plan: Plan) => T): Body =>
  (other, plan) => [method, make(other, plan)];

const bodies = {
  transfer: body(methods.stakingTransfer, (to, { amount }) => ({ to, amount })),
  burn: body(methods.stakingBurn, (_, { amount }) => ({ amount })),
  addEscrow: body(methods.stakingAddEscrow, (account, { amount }) => ({ account, amount })),
  reclaimEscrow: body(methods.stakingReclaimEscrow, (account, { amount }) => ({ account, shares: amount })),
  allow: body(methods.stakingAllow, (beneficiary, { amount, negative }) => ({
    beneficiary,
    negative,
    amountChange: amount,
  })),
  withdraw: body(methods.stakingWithdraw, (from, { amount }) => ({ from, amount })),
  amend: body(methods.stakingAmendCommissionSchedule, (_, { amount }) => ({
    amendment: {
      rates: [{ start: amount % 20n, rate: amount * 100n }],
      bounds: [{ start: amount % 20n, rateMin: 0n, rateMax: 100_000n }],
    },
  })),
} as const;

const plan: fc.Arbitrary<Plan> = fc.record({
  who: fc.constantFrom(...names),
  method: fc.constantFrom(...(Object.keys(bodies) as (keyof typeof bodies)[])),
  other: fc.nat({ max: names.length + 1 }),
  amount: fc.oneof(fc.bigInt({ min: 0n, max: 60n }), fc.bigInt({ min: 0n, max: 1200n }), fc.constant(1n << 70n)),
  fee: fc.bigInt({ min: 0n, max: 20n }),
  gas: fc.constantFrom(0n, 5n, 1000n),
  negative: fc.boolean(),
  nonceOff: fc.constantFrom(0n, 0n, 0n, 0n, 1n),
});

const block = fc.record({
  plans: fc.array(plan, { maxLength: 12 }),
  voted: fc.boolean(),
  misbehaved: fc.constantFrom("none", "none", "none", "duplicate-vote", "light-client-attack"),
});

function network(): TestNetwork {
  const thresholds = new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, 10n]));
  const penalty = { amount: 77n, freezeInterval: 0n };
  return new TestNetwork({
    accounts: { alice: 1000n, bob: 1000n, carol: 1000n, validator: 1000n },
    commonPool: 5000n,
    epochInterval: 3n,
    staking: {
      thresholds,
      minTransfer: 1n,
      minDelegation: 1n,
      minTransactBalance: 2n,
      maxAllowances: 2,
      debondingInterval: 1n,
      gasCosts: new Map([["transfer", 3n]]),
      rewardSchedule: [{ until: 1000n, scale: 1_000_000n }],
      rewardFactorBlockProposed: 1n,
      rewardFactorEpochSigned: 3n,
      signingRewardThresholdNumerator: 1n,
      signingRewardThresholdDenominator: 2n,
      commissionScheduleRules: {
        rateChangeInterval: 1n,
        rateBoundLead: 1n,
        maxRateSteps: 4,
        maxBoundSteps: 4,
        minCommissionRate: 0n,
      },
      slashing: new Map([
        [staking.slashReasons.consensusEquivocation, penalty],
        [staking.slashReasons.consensusLightClientAttack, penalty],
      ]),
    },
    consensus: { maxBlockGas: 100_000n, gasCosts: new Map([["tx_byte", 1n]]) },
  });
}

function signed(net: TestNetwork, planned: Plan): Uint8Array {
  const { who, method, other, fee, gas, nonceOff } = planned;
  const target = names[other];
  const address =
    target === undefined ? reservedAddresses[other === names.length ? "burn" : "commonPool"] : net.address(target);
  const [called, value] = bodies[method](address, planned);
  const nonce = net.nonce(who) + nonceOff;
  return net.transaction(who, called, value, { fee: { amount: fee, gas: gas * 1000n }, nonce });
}

test("random blocks keep the supply and the indices, and give one state however often executed", () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 12 }), (blocks) => {
      const net = network();
      net.machine.initChain();
      for (const { plans, voted, misbehaved } of blocks) {
        const validator = net.consensusAddress("validator");
        const misbehavior =
          misbehaved === "none"
            ? []
            : [{ type: misbehaved as "duplicate-vote", validatorAddress: validator, height: 1 }];
        const txs = plans.map((planned) => {
          const raw = signed(net, planned);
          if (planned.nonceOff === 0n && net.machine.checkTransaction(raw).code === 0) {
            net.setNonce(planned.who, net.nonce(planned.who) + 1n);
          }
          return raw;
        });
        const lastCommit = net.machine.lastHeight === 0 ? [] : [{ address: validator, signed: voted }];
        const proposal = net.propose(txs, { misbehavior, lastCommit });
        const verdict = net.machine.processProposal(proposal);
        assert.ok(verdict.accepted, String(verdict.reason));
        const first = net.machine.execute(proposal);
        const again = net.machine.execute({ ...proposal, hash: "the same block again" });
        assert.equal(again.stateRoot, first.stateRoot);
        assert.equal(net.machine.commit().appHash, first.stateRoot);
        assertStakingInvariants(net.machine.stateAt(0));
        for (const who of names) net.setNonce(who, nonceOf(net, who));
      }
    }),
    { numRuns: 60 },
  );
});

function nonceOf(net: TestNetwork, who: (typeof names)[number]): bigint {
  return account(net.machine.stateAt(0), net.address(who)).general.nonce;
}

test("what a simulation uses is what execution uses, where that succeeds", () => {
  fc.assert(
    fc.property(plan, (planned) => {
      const net = network();
      net.machine.initChain();
      net.block([]);
      const usable = { ...planned, nonceOff: 0n, gas: 1000n };
      const target = net.address(names[usable.other] ?? "alice");
      const [called, value] = bodies[usable.method](target, usable);
      const fee = { amount: 1n << 60n, gas: (1n << 64n) - 1n };
      const tx = transaction.newTransaction(called, value, { nonce: 0n, fee });
      const estimated = net.machine.estimateGas(net.signer(usable.who).publicKey, tx);
      const real = net.sign(usable.who, { ...tx, fee: { amount: 0n, gas: estimated } });
      const padded = BigInt(
        net.sign(usable.who, { ...tx, fee: { amount: (1n << 64n) - 1n, gas: (1n << 64n) - 1n } }).length - real.length,
      );
      const [result] = net.block([real]).transactions;
      // Execution charges the bytes of the smaller fee.
      if (result?.code === 0) assert.equal(result.gasUsed + padded, estimated);
    }),
    { numRuns: 40 },
  );
});

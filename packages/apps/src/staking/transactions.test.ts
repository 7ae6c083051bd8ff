import assert from "node:assert/strict";
import { test } from "node:test";
import { reservedAddresses, type Address } from "@wadi/crypto";
import { staking, transaction } from "@wadi/types";
import { must } from "@wadi/util";

import type { Application } from "../framework/application.ts";
import type { TransactionResult } from "../framework/block.ts";
import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import { subscribe } from "../framework/messages.ts";
import { messages, taken, type Taken } from "../message-kinds.ts";
import { assertStakingInvariants } from "../testing/staking-invariants.ts";
import { TestNetwork, type TestNetworkOptions } from "../testing/network.ts";
import { account, delegatedShares, setAccountHook, totalSupply } from "./state.ts";

const { methods } = transaction;
const gasCosts = new Map([
  ["transfer", 10n],
  ["add_escrow", 20n],
]);

/** Alice, Bob and Carol have 1000 each; the first block is committed. */
function network(
  parameters: Partial<staking.ConsensusParameters> = {},
  more: Partial<TestNetworkOptions> = {},
): TestNetwork {
  const made = new TestNetwork({
    accounts: { alice: 1000n, bob: 1000n, carol: 1000n, validator: 1000n },
    staking: {
      minTransfer: 10n,
      minTransactBalance: 5n,
      minDelegation: 20n,
      maxAllowances: 1,
      gasCosts,
      ...parameters,
    },
    ...more,
  });
  made.machine.initChain();
  made.block([]);
  return made;
}

/** Executes one transaction in a block and checks the invariants. */
function run<T>(net: TestNetwork, who: string, method: transaction.Method<T>, body: T): TransactionResult {
  const { transactions } = net.block([net.transaction(who, method, body)]);
  assertStakingInvariants(net.machine.stateAt(0));
  return must(transactions[0]);
}

const balance = (net: TestNetwork, who: string): bigint =>
  account(net.machine.stateAt(0), net.address(who)).general.balance;
const outcome = ({ codespace, code }: TransactionResult): string => (code === 0 ? "ok" : `${codespace}/${code}`);
const kinds = ({ events }: TransactionResult): string[] => events.map(([{ kind }]) => kind.kind);

test("transfer moves stake and reports it", () => {
  const net = network();
  const result = run(net, "alice", methods.stakingTransfer, { to: net.address("bob"), amount: 100n });
  assert.equal(outcome(result), "ok");
  assert.deepEqual(kinds(result), ["transfer"]);
  assert.equal(result.gasUsed, 10n);
  assert.deepEqual([balance(net, "alice"), balance(net, "bob")], [900n, 1100n]);
});

const transferRefusals: readonly (readonly [name: string, to: string, amount: bigint, expected: string])[] = [
  ["below the minimum transfer", "bob", 9n, "staking/9"],
  ["above the balance", "bob", 1001n, "unknown/1"],
  ["leaving too little", "bob", 996n, "staking/10"],
  ["to oneself above the balance", "alice", 1001n, "staking/3"],
  ["to a reserved account", "common pool", 100n, "unknown/1"],
];
for (const [name, to, amount, expected] of transferRefusals) {
  test(`transfer ${name} is refused with ${expected} and keeps the nonce used`, () => {
    const net = network();
    const address = to === "common pool" ? reservedAddresses.commonPool : net.address(to);
    const result = run(net, "alice", methods.stakingTransfer, { to: address, amount });
    assert.equal(outcome(result), expected);
    assert.equal(balance(net, "alice"), 1000n);
    assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.nonce, 1n);
  });
}

test("a transfer to oneself is only a check", () => {
  const net = network();
  assert.equal(outcome(run(net, "alice", methods.stakingTransfer, { to: net.address("alice"), amount: 1000n })), "ok");
  assert.equal(balance(net, "alice"), 1000n);
});

test("disabled transfers still let whitelisted accounts and burns through", () => {
  const net = new TestNetwork({ accounts: { alice: 1000n, bob: 1000n, validator: 1n } });
  const alice = net.address("alice");
  const closed = network({ disableTransfers: true, undisableTransfersFrom: new Map([[alice, true]]) });
  const to = closed.address("carol");
  assert.equal(outcome(run(closed, "alice", methods.stakingTransfer, { to, amount: 100n })), "ok");
  assert.equal(outcome(run(closed, "bob", methods.stakingTransfer, { to, amount: 100n })), "staking/5");
  assert.equal(outcome(run(closed, "bob", methods.stakingBurn, { amount: 100n })), "ok");
});

test("what is sent to the burn address is burnt, and both are reported in this order", () => {
  const net = network();
  const result = run(net, "alice", methods.stakingTransfer, { to: reservedAddresses.burn, amount: 100n });
  assert.deepEqual(kinds(result), ["burn", "transfer"]);
  assert.equal(totalSupply(net.machine.stateAt(0)), 3900n);
});

test("escrow: shares, own and others', and the switch for others", () => {
  const net = network();
  const bob = net.address("bob");
  assert.equal(outcome(run(net, "alice", methods.stakingAddEscrow, { account: bob, amount: 19n })), "staking/8");
  assert.equal(outcome(run(net, "alice", methods.stakingAddEscrow, { account: bob, amount: 996n })), "staking/10");
  assert.equal(outcome(run(net, "alice", methods.stakingAddEscrow, { account: bob, amount: 1001n })), "unknown/1");
  assert.equal(outcome(run(net, "alice", methods.stakingAddEscrow, { account: bob, amount: 100n })), "ok");
  assert.equal(outcome(run(net, "bob", methods.stakingAddEscrow, { account: bob, amount: 50n })), "ok");
  const state = net.machine.stateAt(0);
  assert.equal(delegatedShares(state, net.address("alice"), bob), 100n);
  assert.deepEqual(account(state, bob).escrow.active, { balance: 150n, totalShares: 150n });
  assert.equal(account(state, bob).general.balance, 950n);

  const closed = network({ disableDelegation: true });
  const own = closed.address("alice");
  const others = { account: closed.address("bob"), amount: 100n };
  assert.equal(outcome(run(closed, "alice", methods.stakingAddEscrow, others)), "staking/5");
  assert.equal(outcome(run(closed, "alice", methods.stakingAddEscrow, { account: own, amount: 100n })), "ok");
});

test("reclaimed shares debond, merge by end epoch, and come back", () => {
  const net = network({ debondingInterval: 1n }, { epochInterval: 5n });
  const bob = net.address("bob");
  run(net, "alice", methods.stakingAddEscrow, { account: bob, amount: 100n });
  assert.equal(outcome(run(net, "alice", methods.stakingReclaimEscrow, { account: bob, shares: 0n })), "staking/1");
  assert.equal(outcome(run(net, "alice", methods.stakingReclaimEscrow, { account: bob, shares: 101n })), "unknown/1");
  const { transactions } = net.block([
    net.transaction("alice", methods.stakingReclaimEscrow, { account: bob, shares: 30n }),
    net.transaction("alice", methods.stakingReclaimEscrow, { account: bob, shares: 20n }),
  ]);
  assert.deepEqual(transactions.slice(0, 2).map(outcome), ["ok", "ok"]);
  assert.deepEqual(account(net.machine.stateAt(0), bob).escrow.debonding, { balance: 50n, totalShares: 50n });
  for (let i = 0; i < 10; i++) {
    net.block([]);
    assertStakingInvariants(net.machine.stateAt(0));
  }
  assert.deepEqual(account(net.machine.stateAt(0), bob).escrow.debonding, { balance: 0n, totalShares: 0n });
  assert.equal(balance(net, "alice"), 950n);
});

test("allowances: bounds, number, lowering to zero, and what they let others take", () => {
  const net = network();
  const [bob, carol] = [net.address("bob"), net.address("carol")];
  const allow = (who: string, beneficiary: Address, amountChange: bigint, negative = false): string =>
    outcome(run(net, who, methods.stakingAllow, { beneficiary, negative, amountChange }));
  assert.equal(allow("alice", net.address("alice"), 10n), "staking/1");
  assert.equal(allow("alice", reservedAddresses.commonPool, 10n), "staking/5");
  assert.equal(allow("alice", bob, 4001n), "staking/11");
  assert.equal(allow("alice", bob, 100n), "ok");
  assert.equal(allow("alice", carol, 100n), "staking/7");
  assert.equal(allow("alice", carol, 100n, true), "ok", "nothing to lower");
  const take = (who: string, amount: bigint): TransactionResult =>
    run(net, who, methods.stakingWithdraw, { from: net.address("alice"), amount });
  assert.equal(outcome(take("carol", 10n)), "staking/5");
  assert.equal(outcome(take("bob", 101n)), "staking/5");
  assert.equal(outcome(take("bob", 9n)), "staking/9");
  assert.equal(outcome(take("alice", 10n)), "staking/1");
  const taken = take("bob", 60n);
  assert.deepEqual([outcome(taken), kinds(taken)], ["ok", ["transfer", "allowance_change"]]);
  assert.equal(allow("alice", bob, 1000n, true), "ok");
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.allowances.size, 0);
  assert.equal(allow("bob", carol, 10n), "ok");
  assert.equal(
    outcome(
      run(network({ maxAllowances: 0 }), "alice", methods.stakingAllow, {
        beneficiary: bob,
        negative: false,
        amountChange: 1n,
      }),
    ),
    "staking/5",
  );
});

/** Sets a withdraw hook on Alice's account in genesis, and answers it as told. */
function hookedNetwork(answer: ((ctx: Context) => Taken) | undefined): TestNetwork {
  const names = new TestNetwork({ accounts: {} });
  const hooked: Application = {
    name: "999_hooked",
    module: "hooked",
    keys: {},
    initChain: ({ state }) =>
      setAccountHook(state, names.address("alice"), staking.hookKinds.withdraw, { module: "hooked" }),
    subscriptions: answer === undefined ? [] : [subscribe(messages.accountHook, answer)],
  };
  return network({}, { more: [hooked] });
}

test("a withdraw hook decides instead of allowances, and takes nothing with it where it refuses", () => {
  const withdrawal = (net: TestNetwork): TransactionResult =>
    run(net, "bob", methods.stakingWithdraw, { from: net.address("alice"), amount: 10n });
  const kept = withdrawal(hookedNetwork(() => taken));
  assert.deepEqual([outcome(kept), kinds(kept)], ["ok", ["transfer", "allowance_change"]]);
  assert.equal(outcome(withdrawal(hookedNetwork(undefined))), "staking/5", "nobody serves the hook");
  const net = hookedNetwork((ctx) => {
    setAccountHook(ctx.state, net.address("carol"), staking.hookKinds.withdraw, { module: "changed" });
    return refuse(staking.ErrInsufficientStake, "the hook's own refusal");
  });
  const refused = withdrawal(net);
  assert.deepEqual([outcome(refused), kinds(refused)], ["staking/5", []]);
  assert.equal(account(net.machine.stateAt(0), net.address("carol")).general.hooks.size, 0);
});

test("a commission schedule needs the stake of a validator and may only be of the future", () => {
  const rules = { rateChangeInterval: 1n, rateBoundLead: 1n, maxRateSteps: 5, maxBoundSteps: 5, minCommissionRate: 0n };
  const thresholds = new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, 50n]));
  const net = network({ commissionScheduleRules: rules, thresholds });
  const amendment = (start: bigint): staking.AmendCommissionSchedule => ({
    amendment: { rates: [{ start, rate: 50_000n }], bounds: [{ start, rateMin: 0n, rateMax: 100_000n }] },
  });
  const method = methods.stakingAmendCommissionSchedule;
  assert.equal(outcome(run(net, "alice", method, amendment(5n))), "staking/4");
  run(net, "alice", methods.stakingAddEscrow, { account: net.address("alice"), amount: 100n });
  assert.equal(outcome(run(net, "alice", method, amendment(0n))), "unknown/1");
  assert.equal(outcome(run(net, "alice", method, amendment(5n))), "ok");
});

test("what the pipeline refuses before and after it takes the fee", () => {
  const net = network({}, { consensus: { gasCosts: new Map([["tx_byte", 1n]]), maxTxSize: 400n } });
  const to = net.address("bob");
  const body = { to, amount: 100n };
  const fee = { amount: 7n, gas: 1_000_000n };
  const transfer = methods.stakingTransfer;
  const unknown = { ...transfer, name: "staking.Unknown" };
  const txs = [
    net.transaction("alice", transfer, body, { fee, nonce: 5n }),
    net.transaction("alice", unknown, body, { fee, nonce: 0n }),
    net.transaction("alice", transfer, body, { fee: { amount: 996n, gas: 1n }, nonce: 0n }),
    net.transaction("alice", transfer, body, { fee: { amount: 7n, gas: 50n } }),
    net.transaction("alice", transfer, body, { fee: null }),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(401),
  ];
  const { transactions } = net.block(txs);
  const expected = [
    "consensus/transaction/1",
    "unknown/1",
    "staking/10",
    "unknown/1",
    "unknown/1",
    "unknown/1",
    "consensus/2",
  ];
  assert.deepEqual(transactions.slice(0, -1).map(outcome), expected);
  assert.deepEqual(
    transactions.slice(0, -1).map(({ gasWanted }) => gasWanted),
    [0n, 0n, 0n, 50n, 0n, 0n, 0n],
  );
  assert.equal(balance(net, "alice"), 993n, "only the fourth paid");
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.nonce, 2n);
  assertStakingInvariants(net.machine.stateAt(0));
});

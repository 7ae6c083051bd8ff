import assert from "node:assert/strict";
import { test } from "node:test";
import { create as make, encodeCbor } from "@wadi/codec";
import { reservedAddresses, type Address } from "@wadi/crypto";
import { transaction, vault } from "@wadi/types";
import { must } from "@wadi/util";
import fc from "fast-check";

import { assertStakingInvariants } from "../testing/staking-invariants.ts";
import { pendingActions, vaultAt } from "./state.ts";
import { VaultNetwork } from "./testing/vault-network.ts";

const { methods } = transaction;
const names = ["alice", "bob", "carol", "dave"] as const;

interface Step {
  readonly who: (typeof names)[number];
  readonly kind: "authorize" | "cancel" | "withdraw" | "raw";
  /** Added to the vault's nonce. */
  readonly ahead: bigint;
  readonly action: number;
  readonly amount: bigint;
  readonly bytes: Uint8Array;
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(...names),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant("authorize" as const) },
    { weight: 1, arbitrary: fc.constantFrom("cancel" as const, "withdraw" as const, "raw" as const) },
  ),
  ahead: fc.oneof({ weight: 9, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: fc.constant(1n) }),
  action: fc.nat({ max: 9 }),
  amount: fc.bigInt({ min: 0n, max: 3000n }),
  bytes: fc.uint8Array({ maxLength: 12 }),
});

/** Few different ones, so that several submit the same. */
function actionOf(net: VaultNetwork, { action, amount, bytes }: Step): vault.Action {
  const dave = net.address("dave");
  const few = amount / 1000n;
  const call = <T>(method: transaction.Method<T>, body: T): Partial<vault.Action> => ({
    executeMsg: { method: method.name, body: encodeCbor(method.body, body) },
  });
  const nested = { vault: net.vault, nonce: net.stored.nonce };
  const choices: readonly Partial<vault.Action>[] = [
    { suspend: {} },
    { resume: {} },
    call(methods.stakingTransfer, { to: dave, amount: few * 900n }),
    call(methods.stakingBurn, { amount: few }),
    call(methods.stakingAddEscrow, { account: net.address("bob"), amount: few * 100n }),
    call(methods.vaultCancelAction, nested),
    call(methods.vaultAuthorizeAction, { ...nested, action: make(vault.Action, { resume: {} }) }),
    { updateWithdrawPolicy: { address: dave, policy: { limitAmount: few * 500n, limitInterval: 3n } } },
    {
      updateAuthority: {
        adminAuthority: net.authority(1 + Number(few), "alice", "bob", "carol"),
        suspendAuthority: null,
      },
    },
    { executeMsg: { method: "staking.Transfer", body: bytes.length === 0 ? null : Uint8Array.of(0xa1, ...bytes) } },
  ];
  return make(vault.Action, must(choices[action]));
}

function transactionOf(net: VaultNetwork, one: Step): transaction.Transaction {
  const { who, kind, ahead, amount, bytes } = one;
  const options = { nonce: net.nonce(who), fee: { amount: 0n, gas: 100_000n } };
  const body = { vault: net.vault, nonce: net.stored.nonce + ahead };
  switch (kind) {
    case "authorize":
      return transaction.newTransaction(methods.vaultAuthorizeAction, { ...body, action: actionOf(net, one) }, options);
    case "cancel":
      return transaction.newTransaction(methods.vaultCancelAction, body, options);
    case "withdraw": {
      const from: Address = amount > 2900n ? reservedAddresses.commonPool : net.vault;
      return transaction.newTransaction(methods.stakingWithdraw, { from, amount }, options);
    }
    case "raw":
      return { ...options, method: methods.vaultAuthorizeAction.name, body: bytes };
  }
}

test("whatever is sent: supply and nonces stay right, and estimates are the gas that is used", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const net = new VaultNetwork();
      net.create();
      net.run("alice", methods.stakingTransfer, { to: net.vault, amount: 5000n });
      for (const one of steps) {
        const tx = transactionOf(net, one);
        const estimate = net.machine.estimateGas(net.signer(one.who).publicKey, tx);
        const before = net.stored;
        net.setNonce(one.who, tx.nonce + 1n);
        const result = must(net.block([net.sign(one.who, tx)]).transactions[0]);
        if (result.code === 0) assert.equal(result.gasUsed, estimate);

        const state = net.machine.stateAt(0);
        assertStakingInvariants(state);
        const { nonce } = vaultAt(state, net.vault);
        const isOver = result.events.some(([{ kind }]) => ["action_executed", "action_canceled"].includes(kind.kind));
        assert.equal(nonce, before.nonce + (isOver ? 1n : 0n));
        for (const pending of pendingActions(state, net.vault)) assert.equal(pending.nonce, nonce);
      }
    }),
    { numRuns: 15 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { create as make, encodeCbor } from "@wadi/codec";
import { reservedAddresses, vaultAddress, type Address } from "@wadi/crypto";
import { staking, transaction, vault } from "@wadi/types";
import { must } from "@wadi/util";

import type { TransactionResult } from "../framework/block.ts";
import { account } from "../staking/state.ts";
import { TestNetwork } from "../testing/network.ts";
import { vaultApplication } from "./app.ts";
import { exportGenesis } from "./genesis.ts";
import { vaultQueries } from "./queries.ts";
import { addressState, pendingAction, vaultAt } from "./state.ts";
import { VaultNetwork } from "./testing/vault-network.ts";

const { methods } = transaction;
const { suspended, active } = vault.vaultStates;

/** With a vault that has 5000. */
function network(): VaultNetwork {
  const net = new VaultNetwork();
  assert.equal(outcome(net.create()), "ok");
  net.run("alice", methods.stakingTransfer, { to: net.vault, amount: 5000n });
  return net;
}

const outcome = ({ codespace, code }: TransactionResult): string => (code === 0 ? "ok" : `${codespace}/${code}`);
const kinds = ({ events }: TransactionResult): string[] => events.map(([{ kind }]) => kind.kind);

/** Module and code of the executed action. */
function executed({ events }: TransactionResult): string {
  const found = events.flat().find(({ kind }) => kind.kind === "action_executed");
  const { module, code } = (must(found).value as vault.ActionExecutedEvent).result;
  return `${module}/${code}`;
}

const message = <T>(method: transaction.Method<T>, body: T): Partial<vault.Action> => ({
  executeMsg: { method: method.name, body: encodeCbor(method.body, body) },
});

test("a vault is created under the creator's next nonce, with a withdraw hook on its account", () => {
  const net = new VaultNetwork();
  const result = net.create();
  assert.equal(outcome(result), "ok");
  assert.deepEqual([result.gasUsed, kinds(result)], [1000n, []]);
  const { id, state, nonce, creator } = net.stored;
  assert.deepEqual([id, state, nonce, creator], [1n, active, 0n, net.address("alice")]);
  const { hooks } = account(net.machine.stateAt(0), net.vault).general;
  assert.deepEqual([...hooks], [[staking.hookKinds.withdraw, { module: "vault" }]]);
});

test("authorities that are not valid are refused with vault/1, already in the mempool", () => {
  const net = new VaultNetwork();
  const good = net.authority(1, "alice");
  const bad: readonly (readonly [string, vault.Authority])[] = [
    ["nobody", net.authority(1)],
    ["null", { addresses: null, threshold: 1 }],
    ["no threshold", net.authority(0, "alice")],
    ["too high a threshold", net.authority(2, "alice")],
    ["too many", net.authority(1, "alice", "bob", "carol", "dave")],
    ["twice the same", net.authority(1, "alice", "alice")],
  ];
  for (const [name, one] of bad) {
    for (const body of [
      { adminAuthority: one, suspendAuthority: good },
      { adminAuthority: good, suspendAuthority: one },
    ]) {
      const tx = net.transaction("dave", methods.vaultCreate, body);
      const { codespace, code } = net.machine.checkTransaction(tx);
      assert.equal(`${codespace}/${code}`, "vault/1", name);
      assert.equal(outcome(must(net.block([tx]).transactions[0])), "vault/1", name);
    }
  }
});

test("an action waits until enough have authorized it", () => {
  const net = network();
  const action = message(methods.stakingTransfer, { to: net.address("dave"), amount: 100n });
  const first = net.authorize("alice", 0n, action);
  assert.deepEqual([outcome(first), kinds(first)], ["ok", ["action_submitted"]]);
  assert.equal(first.gasUsed, 500n);
  assert.deepEqual(kinds(net.authorize("alice", 0n, action)), ["action_submitted"]);
  const state = net.machine.stateAt(0);
  assert.deepEqual(pendingAction(state, net.vault, 0n)?.authorizedBy, [net.address("alice")]);

  const second = net.authorize("bob", 0n, action);
  assert.deepEqual(kinds(second), ["action_submitted", "transfer", "action_executed"]);
  assert.deepEqual([executed(second), second.gasUsed, net.stored.nonce], ["/0", 507n, 1n]);
  assert.equal(pendingAction(net.machine.stateAt(0), net.vault, 0n), undefined);
  assert.equal(account(net.machine.stateAt(0), net.address("dave")).general.balance, 1100n);
});

test("an action that fails is over all the same", () => {
  const net = network();
  const tooMuch = message(methods.stakingTransfer, { to: net.address("dave"), amount: 5001n });
  net.authorize("alice", 0n, tooMuch);
  const result = net.authorize("bob", 0n, tooMuch);
  assert.deepEqual([outcome(result), executed(result), net.stored.nonce], ["ok", "unknown/1", 1n]);
  const unknown = { executeMsg: { method: "no.Such", body: null } };
  net.authorize("alice", 1n, unknown);
  assert.equal(executed(net.authorize("bob", 1n, unknown)), "unknown/1");
});

test("refusals of actions", () => {
  const net = network();
  const pause = { suspend: {} };
  const policy = (address: Address): Partial<vault.Action> => ({
    updateWithdrawPolicy: { address, policy: { limitAmount: 1n, limitInterval: 1n } },
  });
  const cases: readonly (readonly [name: string, who: string, nonce: bigint, Partial<vault.Action>, string])[] = [
    ["nothing", "alice", 0n, {}, "vault/1"],
    ["two actions", "alice", 0n, { suspend: {}, resume: {} }, "vault/1"],
    ["a method without a name", "alice", 0n, { executeMsg: { method: "", body: null } }, "vault/1"],
    ["a policy for a reserved account", "alice", 0n, policy(reservedAddresses.commonPool), "vault/1"],
    [
      "no change of authorities",
      "alice",
      0n,
      { updateAuthority: { adminAuthority: null, suspendAuthority: null } },
      "vault/1",
    ],
    ["another nonce", "alice", 1n, pause, "vault/4"],
    ["an outsider", "dave", 0n, pause, "vault/5"],
    ["one who may only suspend", "carol", 0n, policy(net.address("dave")), "vault/5"],
  ];
  for (const [name, who, nonce, action, code] of cases) {
    assert.equal(outcome(net.authorize(who, nonce, action)), code, name);
  }
  const elsewhere = { vault: net.address("dave"), nonce: 0n, action: make(vault.Action, pause) };
  assert.equal(outcome(net.run("alice", methods.vaultAuthorizeAction, elsewhere)), "vault/2");
  const reserved = { ...elsewhere, vault: reservedAddresses.commonPool };
  assert.equal(outcome(net.run("alice", methods.vaultAuthorizeAction, reserved)), "vault/1");

  net.authorize("alice", 0n, policy(net.address("dave")));
  const other = net.authorize("bob", 0n, policy(net.address("carol")));
  assert.deepEqual([outcome(other), kinds(other)], ["vault/1", []]);
});

test("those who may suspend may resume, and only a change of state is reported", () => {
  const net = network();
  const changed = ["action_submitted", "state_changed", "action_executed"];
  assert.deepEqual(kinds(net.authorize("carol", 0n, { suspend: {} })), changed);
  assert.equal(net.stored.state, suspended);
  assert.deepEqual(kinds(net.authorize("carol", 1n, { suspend: {} })), ["action_submitted", "action_executed"]);
  assert.deepEqual(kinds(net.authorize("carol", 2n, { resume: {} })), changed);
  assert.deepEqual([net.stored.state, net.stored.nonce], [active, 3n]);
});

test("cancelling", () => {
  const net = network();
  assert.equal(outcome(net.cancel("alice", 0n)), "vault/6");
  assert.equal(outcome(net.cancel("dave", 0n)), "vault/5");
  assert.equal(outcome(net.cancel("alice", 1n)), "vault/4");
  net.authorize("alice", 0n, message(methods.stakingTransfer, { to: net.address("dave"), amount: 1n }));
  assert.equal(outcome(net.cancel("carol", 0n)), "vault/5");
  const result = net.cancel("bob", 0n);
  assert.deepEqual([outcome(result), kinds(result), result.gasUsed], ["ok", ["action_canceled"], 400n]);
  assert.deepEqual([net.stored.nonce, vaultQueries.pendingActions(net.machine.stateAt(0), net.vault)], [1n, []]);
});

test("new authorities decide on the next action", () => {
  const net = network();
  const change = { updateAuthority: { adminAuthority: net.authority(1, "dave"), suspendAuthority: null } };
  net.authorize("alice", 0n, change);
  assert.ok(kinds(net.authorize("bob", 0n, change)).includes("authority_updated"));
  assert.equal(outcome(net.authorize("alice", 1n, { suspend: {} })), "vault/5");
  assert.equal(outcome(net.authorize("dave", 1n, { suspend: {} })), "ok");
  assert.deepEqual(net.stored.suspendAuthority, net.authority(1, "carol"));
});

test("withdrawals follow the policy, and stop while the vault is suspended", () => {
  const net = network();
  const withdraw = (amount: bigint): string =>
    outcome(net.run("dave", methods.stakingWithdraw, { from: net.vault, amount }));
  assert.equal(withdraw(10n), "staking/5");
  const policy = { limitAmount: 100n, limitInterval: 1000n };
  const set = { updateWithdrawPolicy: { address: net.address("dave"), policy } };
  net.authorize("alice", 0n, set);
  net.authorize("bob", 0n, set);
  assert.deepEqual([withdraw(60n), withdraw(60n), withdraw(40n), withdraw(1n)], ["ok", "staking/5", "ok", "staking/5"]);
  const state = net.machine.stateAt(0);
  assert.equal(addressState(state, net.vault, net.address("dave"))?.amount, 100n);
  assert.equal(account(state, net.address("dave")).general.balance, 1100n);
  net.authorize("carol", 1n, { suspend: {} });
  assert.equal(withdraw(0n), "staking/5");
});

test("a disabled application has no methods", () => {
  const net = new VaultNetwork({ enabled: false });
  const result = net.create();
  assert.deepEqual([outcome(result), result.gasUsed, net.machine.lastHeight], ["unknown/1", 0n, 2]);
});

/** Dave alone decides; what his vault executes may be about the vault itself. */
function ownVault(net: VaultNetwork): Address {
  const authority = net.authority(1, "dave");
  const id = net.nonce("dave") + 1n;
  const address = vaultAddress(net.address("dave"), id);
  assert.equal(
    outcome(net.run("dave", methods.vaultCreate, { adminAuthority: authority, suspendAuthority: authority })),
    "ok",
  );
  const both = { addresses: [net.address("dave"), address], threshold: 1 };
  const action = make(vault.Action, { updateAuthority: { adminAuthority: both, suspendAuthority: both } });
  assert.equal(outcome(net.run("dave", methods.vaultAuthorizeAction, { vault: address, nonce: 0n, action })), "ok");
  return address;
}

const nested = (of: Address, nonce: bigint, action: Partial<vault.Action>): Partial<vault.Action> =>
  message(methods.vaultAuthorizeAction, { vault: of, nonce, action: make(vault.Action, action) });

test("what an action writes about its own vault comes last", () => {
  const net = new VaultNetwork();
  const address = ownVault(net);
  // The vault suspends itself with the same nonce: the nested execution sees the vault as it was,
  // finds the pending action to be another one, and is refused.
  const result = net.run("dave", methods.vaultAuthorizeAction, {
    vault: address,
    nonce: 1n,
    action: make(vault.Action, nested(address, 1n, { suspend: {} })),
  });
  assert.deepEqual([outcome(result), executed(result)], ["ok", "vault/1"]);
  assert.deepEqual(
    [vaultAt(net.machine.stateAt(0), address).nonce, vaultAt(net.machine.stateAt(0), address).state],
    [2n, active],
  );

  // Cancelling the very action that is executed works. The cancelled vault is in the nested state,
  // so it replaces what the execution stored, which is the same.
  const cancelling = net.run("dave", methods.vaultAuthorizeAction, {
    vault: address,
    nonce: 2n,
    action: make(vault.Action, message(methods.vaultCancelAction, { vault: address, nonce: 2n })),
  });
  assert.deepEqual(
    [executed(cancelling), kinds(cancelling)],
    ["/0", ["action_submitted", "action_canceled", "action_executed"]],
  );
  const state = net.machine.stateAt(0);
  assert.equal(vaultAt(state, address).nonce, 3n);
  assert.equal(pendingAction(state, address, 2n), undefined);
});

test("three levels of calls work, the fourth is refused", () => {
  const net = new VaultNetwork();
  const first = ownVault(net);
  let action: Partial<vault.Action> = message(methods.stakingTransfer, { to: net.address("alice"), amount: 0n });
  const vaults = [first];
  for (let i = 0; i < 3; i++) {
    const authority = { addresses: [must(vaults.at(-1))], threshold: 1 };
    const id = net.nonce("dave") + 1n;
    net.run("dave", methods.vaultCreate, { adminAuthority: authority, suspendAuthority: authority });
    vaults.push(vaultAddress(net.address("dave"), id));
  }
  for (const of of vaults.slice(1).toReversed()) action = nested(of, 0n, action);
  const result = net.run("dave", methods.vaultAuthorizeAction, {
    vault: first,
    nonce: 1n,
    action: make(vault.Action, action),
  });
  const codes = result.events
    .flat()
    .filter(({ kind }) => kind.kind === "action_executed")
    .map(({ value }) => (value as vault.ActionExecutedEvent).result.code);
  assert.deepEqual(codes, [1, 0, 0, 0]);
});

test("estimates count the gas of the message", () => {
  const net = network();
  const action = make(vault.Action, message(methods.stakingTransfer, { to: net.address("dave"), amount: 1n }));
  net.authorize("alice", 0n, action);
  const body = { vault: net.vault, nonce: 0n, action };
  const tx = transaction.newTransaction(methods.vaultAuthorizeAction, body, { nonce: 0n, fee: null });
  assert.equal(net.machine.estimateGas(net.signer("bob").publicKey, tx), 507n);
  assert.equal(net.machine.estimateGas(net.signer("alice").publicKey, tx), 500n);
});

test("an exported state is imported as it was", () => {
  const net = network();
  net.authorize("alice", 0n, { suspend: {} });
  const policy = { limitAmount: 100n, limitInterval: 1000n };
  net.authorize("alice", 0n, { updateWithdrawPolicy: { address: net.address("dave"), policy } });
  const exported = exportGenesis(net.machine.stateAt(0));
  const copy = new TestNetwork({
    accounts: { validator: 1n },
    more: [
      {
        ...vaultApplication(),
        initChain: (ctx) => vaultApplication().initChain?.(ctx, { ...copy.document, vault: exported }),
      },
    ],
  });
  copy.machine.initChain();
  copy.block([]);
  assert.deepEqual(exportGenesis(copy.machine.stateAt(0)), exported);
  assert.deepEqual([exported.vaults.length, exported.states.size, exported.pendingActions.size], [1, 0, 1]);
});

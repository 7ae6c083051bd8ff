import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { governance, staking, vault, type upgrade } from "@wadi/types";
import { must } from "@wadi/util";

import type { TransactionResult } from "../framework/block.ts";
import type { EmittedEvent } from "../framework/events.ts";
import { account, commonPool, governanceDeposits, stakingParameters } from "../staking/state.ts";
import { testContext } from "../testing/context.ts";
import { assertStakingInvariants } from "../testing/staking-invariants.ts";
import { MemoryUpgradeStore } from "../upgrade/upgrade-store.ts";
import { UpgradeManager } from "../upgrade/upgrade-manager.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { activeProposals, parameters, pendingUpgrades, proposal, takeProposalId, votes } from "./state.ts";
import {
  EPOCH_BLOCKS,
  GovernanceNetwork,
  upgradeAt,
  type GovernanceNetworkOptions,
} from "./testing/governance-network.ts";

const { yes, no, abstain } = governance.votes;
const { active, passed, rejected, failed } = governance.proposalStates;

const outcome = ({ codespace, code }: TransactionResult): string => (code === 0 ? "ok" : `${codespace}/${code}`);
const kinds = (events: readonly EmittedEvent[]): string[] => events.map(([{ kind }]) => `${kind.app} ${kind.kind}`);
const minDelegation = (amount: bigint): Uint8Array =>
  encodeCbor(staking.ConsensusParameterChanges, create(staking.ConsensusParameterChanges, { minDelegation: amount }));
const change = (module: string, changes: Uint8Array): Partial<governance.ProposalContent> => ({
  changeParameters: { module, changes },
});
const upgrading = (descriptor: upgrade.Descriptor): Partial<governance.ProposalContent> => ({ upgrade: descriptor });
const stakingChange = change("staking", minDelegation(7n));

/** A proposal that these vote yes for, closed. */
function decided(
  net: GovernanceNetwork,
  content: Partial<governance.ProposalContent>,
  voters: readonly string[],
): bigint {
  net.nextEpoch();
  assert.equal(outcome(net.run(net.submit("dave", content))), "ok");
  const { id } = must(activeProposals(net.machine.stateAt(0)).at(-1));
  net.block(voters.map((name) => net.vote(name, id, yes)));
  net.nextEpoch();
  return id;
}

test("a proposal is stored with its deposit and closes after the voting period", () => {
  const net = new GovernanceNetwork();
  const result = net.run(net.submit("dave", stakingChange));
  assert.equal(outcome(result), "ok");
  assert.equal(result.gasUsed, 100n);
  assert.deepEqual(kinds(result.events), ["staking transfer", "governance proposal_submitted"]);
  const state = net.machine.stateAt(0);
  const stored = proposal(state, 1n);
  assert.deepEqual(
    [stored.state, stored.createdAt, stored.closesAt, stored.deposit, stored.submitter],
    [active, 0n, 1n, 50n, net.address("dave")],
  );
  assert.equal(governanceDeposits(state), 50n);
  assert.equal(account(state, net.address("dave")).general.balance, 1950n);
  assertStakingInvariants(state);
});

test("votes decide, the deposit comes back and the change is in force", () => {
  const net = new GovernanceNetwork();
  const id = decided(net, stakingChange, ["alice", "bob", "carol"]);
  const state = net.machine.stateAt(0);
  const { state: decision, results, invalidVotes } = proposal(state, id);
  assert.deepEqual([decision, results?.get(yes), invalidVotes], [passed, 3000n, 0n]);
  assert.equal(stakingParameters(state).minDelegation, 7n);
  assert.equal(account(state, net.address("dave")).general.balance, 2000n);
  assert.deepEqual(activeProposals(state), []);
  assertStakingInvariants(state);
});

test("events of a proposal that passed come in order", () => {
  const net = new GovernanceNetwork();
  net.nextEpoch();
  net.run(net.submit("dave", stakingChange));
  net.block(["alice", "bob", "carol"].map((name) => net.vote(name, 1n, yes)));
  const { endEvents } = net.nextEpoch();
  const expected = ["governance proposal_executed", "governance proposal_finalized", "staking transfer"];
  assert.deepEqual(kinds(endEvents).slice(-3), expected);
});

test("without enough stake for it a proposal is rejected and costs the deposit", () => {
  const net = new GovernanceNetwork();
  const before = commonPool(net.machine.stateAt(0));
  const id = decided(net, stakingChange, ["alice", "bob"]);
  const state = net.machine.stateAt(0);
  assert.equal(proposal(state, id).state, rejected);
  assert.equal(commonPool(state), before + 50n);
  assert.equal(stakingParameters(state).minDelegation, 0n);
  assertStakingInvariants(state);
});

test("a delegator who votes otherwise takes the own shares out of the validator's vote", () => {
  const net = new GovernanceNetwork({ parameters: { allowVoteWithoutEntity: true } });
  net.delegate("erin", "alice", 500n);
  net.nextEpoch();
  net.run(net.submit("dave", stakingChange));
  net.block([
    net.vote("alice", 1n, yes),
    net.vote("bob", 1n, abstain),
    net.vote("erin", 1n, yes),
    net.vote("erin", 1n, no),
  ]);
  net.nextEpoch();
  const { results, state } = proposal(net.machine.stateAt(0), 1n);
  assert.deepEqual([results?.get(yes), results?.get(no), results?.get(abstain), state], [1000n, 500n, 1000n, rejected]);
});

const voteRefusals: readonly (readonly [
  name: string,
  options: GovernanceNetworkOptions,
  who: string,
  id: bigint,
  code: string,
])[] = [
  ["of somebody without stake", { parameters: { allowVoteWithoutEntity: true } }, "dave", 1n, "governance/6"],
  ["of a signer without entity, where one is needed", { withoutEntity: ["alice"] }, "alice", 1n, "governance/6"],
  ["for a proposal that does not exist", {}, "alice", 9n, "governance/5"],
];
for (const [name, options, who, id, code] of voteRefusals) {
  test(`a vote ${name} is refused with ${code}`, () => {
    const net = new GovernanceNetwork(options);
    net.run(net.submit("dave", stakingChange));
    assert.equal(outcome(net.run(net.vote(who, id, yes))), code);
  });
}

test("a validator without entity votes as its own delegator where that is allowed", () => {
  const net = new GovernanceNetwork({ withoutEntity: ["alice"], parameters: { allowVoteWithoutEntity: true } });
  net.run(net.submit("dave", stakingChange));
  assert.equal(outcome(net.run(net.vote("alice", 1n, 77))), "ok");
  assert.deepEqual(votes(net.machine.stateAt(0), 1n), [{ voter: net.address("alice"), vote: 77 }]);
});

test("closed proposals take no votes", () => {
  const net = new GovernanceNetwork();
  const id = decided(net, stakingChange, []);
  assert.equal(outcome(net.run(net.vote("alice", id, yes))), "governance/7");
});

const metadata = { title: "abc", description: "" };
const cancel = { cancelUpgrade: { proposalId: 1n } };
const proposalRefusals: readonly (readonly [
  name: string,
  content: Partial<governance.ProposalContent>,
  code: string,
  params?: Partial<governance.ConsensusParameters>,
])[] = [
  ["without content", {}, "governance/1"],
  ["with two contents", { ...cancel, ...stakingChange }, "governance/1"],
  ["with metadata where there is none", { metadata, ...stakingChange }, "governance/1"],
  ["without metadata where it is needed", stakingChange, "governance/1", { allowProposalMetadata: true }],
  ["of changes where they are disabled", stakingChange, "governance/1", { enableChangeParametersProposal: false }],
  ["of changes for a module without any", change("beacon", Uint8Array.of(0xa0)), "governance/1"],
  ["of no changes", change("staking", Uint8Array.of(0xa0)), "unknown/1"],
  ["of malformed changes", change("governance", Uint8Array.of(0xff)), "unknown/1"],
  [
    "of changes that break the parameters",
    change("governance", Buffer.from("a16f7374616b655f7468726573686f6c640a", "hex")),
    "unknown/1",
  ],
  ["of an upgrade that is too soon", upgrading(upgradeAt(2n)), "governance/2"],
  ["of an upgrade whose epoch wraps around", upgrading(upgradeAt(2n)), "ok", { upgradeMinEpochDiff: (1n << 64n) - 1n }],
  ["cancelling what does not exist", { cancelUpgrade: { proposalId: 9n } }, "governance/5"],
  ["with a deposit nobody has", stakingChange, "staking/3", { minProposalDeposit: 3000n }],
];
for (const [name, content, code, params = {}] of proposalRefusals) {
  test(`a proposal ${name}: ${code}`, () => {
    const net = new GovernanceNetwork({ parameters: params });
    // An epoch of 1 lets the widest distance wrap to 0.
    net.nextEpoch();
    assert.equal(outcome(net.run(net.submit("dave", content))), code);
    assertStakingInvariants(net.machine.stateAt(0));
  });
}

test("malformed proposals do not get into the mempool, other refusals show in a block", () => {
  const net = new GovernanceNetwork();
  const check = (tx: Uint8Array): string => outcome({ ...net.machine.checkTransaction(tx), data: tx, events: [] });
  assert.equal(check(net.submit("dave", {})), "governance/1");
  assert.equal(check(net.submit("erin", upgrading(upgradeAt(1n)))), "ok");
  assert.equal(check(net.submit("alice", change("beacon", Uint8Array.of(0xa0)))), "ok");
});

test("upgrades keep their distance, are cancelled in time, and a vote for a cancelled one fails", () => {
  const net = new GovernanceNetwork();
  const all = ["alice", "bob", "carol"];
  const first = decided(net, upgrading(upgradeAt(20n)), all);
  assert.deepEqual(pendingUpgrades(net.machine.stateAt(0)), [upgradeAt(20n)]);
  assert.equal(outcome(net.run(net.submit("dave", upgrading(upgradeAt(22n))))), "governance/3");

  const other = decided(net, { cancelUpgrade: { proposalId: first } }, all);
  assert.equal(proposal(net.machine.stateAt(0), other).state, passed);
  assert.deepEqual(pendingUpgrades(net.machine.stateAt(0)), []);
  assert.equal(outcome(net.run(net.submit("dave", { cancelUpgrade: { proposalId: first } }))), "governance/4");
  assert.equal(outcome(net.run(net.submit("dave", { cancelUpgrade: { proposalId: other } }))), "governance/4");
});

test("of two upgrades for the same time decided together the second one fails", () => {
  const net = new GovernanceNetwork();
  net.nextEpoch();
  net.block([net.submit("dave", upgrading(upgradeAt(20n))), net.submit("erin", upgrading(upgradeAt(21n)))]);
  net.block(["alice", "bob", "carol"].flatMap((name) => [net.vote(name, 1n, yes), net.vote(name, 2n, yes)]));
  net.nextEpoch();
  const state = net.machine.stateAt(0);
  assert.deepEqual([proposal(state, 1n).state, proposal(state, 2n).state], [passed, failed]);
  // A proposal that failed was not rejected.
  assert.equal(account(state, net.address("erin")).general.balance, 2000n);
  assertStakingInvariants(state);
});

test("a vault is no module while it is disabled", () => {
  const net = new GovernanceNetwork();
  const changes = create(vault.ConsensusParameterChanges, { maxAuthorityAddresses: 3 });
  const content = change("vault", encodeCbor(vault.ConsensusParameterChanges, changes));
  assert.equal(outcome(net.run(net.submit("dave", content))), "governance/1");
});

test("governance changes its own parameters", () => {
  const net = new GovernanceNetwork();
  const changes = create(governance.ConsensusParameterChanges, { stakeThreshold: 90 });
  const bytes = encodeCbor(governance.ConsensusParameterChanges, changes);
  decided(net, change("governance", bytes), ["alice", "bob", "carol"]);
  const { stakeThreshold, votingPeriod } = parameters(net.machine.stateAt(0));
  assert.deepEqual([stakeThreshold, votingPeriod], [90, 1n]);
});

test("a node that cannot do an upgrade stops before its first block", () => {
  const upgrader = new UpgradeManager({ store: new MemoryUpgradeStore() });
  const net = new GovernanceNetwork({ machine: { upgrader } });
  decided(net, upgrading(upgradeAt(5n, "unknown handler")), ["alice", "bob", "carol"]);
  assert.equal(upgrader.pendingUpgrades().length, 1);
  assert.throws(
    () => {
      for (;;) net.nextEpoch();
    },
    { name: "StopForUpgrade" },
  );
  assert.equal(net.machine.lastHeight, 5 * EPOCH_BLOCKS - 1);
});

test("a node that does not know of an upgrade stops in its first block", () => {
  const upgrader = new UpgradeManager({ store: new MemoryUpgradeStore() });
  const net = new GovernanceNetwork({ machine: { upgrader } });
  decided(net, upgrading(upgradeAt(5n)), ["alice", "bob", "carol"]);
  upgrader.cancelUpgrade(upgradeAt(5n));
  assert.throws(
    () => {
      for (;;) net.nextEpoch();
    },
    { name: "StopForUpgrade" },
  );
  assert.equal(net.machine.lastHeight, 5 * EPOCH_BLOCKS - 1);
});

test("an upgrade without local work is done in place, and a restarted node hears of pending ones", () => {
  const upgrader = new UpgradeManager({ store: new MemoryUpgradeStore() });
  const net = new GovernanceNetwork({ machine: { upgrader } });
  decided(net, upgrading(upgradeAt(5n)), ["alice", "bob", "carol"]);
  upgrader.cancelUpgrade(upgradeAt(5n));
  net.machine.announceState();
  net.machine.announceState();
  assert.equal(upgrader.pendingUpgrades().length, 1);
  while (net.machine.lastHeight < 22) net.block([]);
  assert.deepEqual(upgrader.pendingUpgrades(), []);
  assert.deepEqual(pendingUpgrades(net.machine.stateAt(0)), []);
});

test("an export names every proposal, with null where nobody voted", () => {
  const net = new GovernanceNetwork();
  net.block([net.submit("dave", stakingChange), net.submit("erin", stakingChange)]);
  net.block([net.vote("bob", 2n, no)]);
  const { voteEntries, proposals } = exportGenesis(net.machine.stateAt(0));
  assert.deepEqual(
    proposals.map(({ id }) => id),
    [1n, 2n],
  );
  assert.deepEqual(
    [...voteEntries],
    [
      [1n, null],
      [2n, [{ voter: net.address("bob"), vote: no }]],
    ],
  );
});

test("an exported state is imported as it was, without pending upgrades", () => {
  const net = new GovernanceNetwork();
  decided(net, upgrading(upgradeAt(20n)), ["alice", "bob", "carol"]);
  net.block([net.submit("dave", stakingChange)]);
  net.block([net.vote("bob", 2n, no)]);
  const before = net.machine.stateAt(0);
  const exported = exportGenesis(before);
  const ctx = testContext({ mode: "init-chain", environment: { committed: undefined } });
  initChain(ctx, { ...net.document, governance: exported });
  const { state } = ctx;
  assert.deepEqual(exportGenesis(state), exported);
  assert.deepEqual(activeProposals(state), activeProposals(before));
  assert.deepEqual([pendingUpgrades(before).length, pendingUpgrades(state).length], [1, 0]);
  assert.deepEqual([takeProposalId(state), takeProposalId(state)], [3n, 4n]);
});

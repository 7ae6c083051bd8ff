import assert from "node:assert/strict";
import { test } from "node:test";
import { openNodeDb, ZERO_NAMESPACE } from "@wadi/mkvs";
import { consensus, transaction, upgrade, type Hash } from "@wadi/types";
import { isError, must, WadiError } from "@wadi/util";

import { TestNetwork, type TestNetworkOptions } from "../testing/network.ts";
import { account } from "../staking/state.ts";
import { blockResultsHash, StopForUpgrade } from "./block.ts";
import { BlockFailure } from "./errors.ts";
import type { Upgrader } from "./ports.ts";
import type { BlockInput } from "./executed-block.ts";
import { DatabaseStateStore } from "./state-store.ts";
import { signBlockMetadata } from "./system-transactions.ts";

const { methods } = transaction;

function network(more: Partial<TestNetworkOptions> = {}): TestNetwork {
  const net = new TestNetwork({ accounts: { alice: 1000n, bob: 1000n, validator: 1000n }, ...more });
  net.machine.initChain();
  return net;
}

const pay = (net: TestNetwork, amount = 1n, nonce?: bigint): Uint8Array =>
  net.transaction(
    "alice",
    methods.stakingTransfer,
    { to: net.address("bob"), amount },
    nonce === undefined ? {} : { nonce },
  );

const reasonOf = (net: TestNetwork, input: BlockInput): string => {
  const { accepted, reason } = net.machine.processProposal(input);
  assert.equal(accepted, false);
  assert.ok(reason instanceof BlockFailure, String(reason));
  return reason.message;
};

test("an own proposal is recognized and not executed again; another node comes to the same block", () => {
  const [proposer, other] = [network(), network()];
  const proposal = proposer.propose([pay(proposer)]);
  assert.equal(proposal.txs.length, 2, "the metadata is appended");
  assert.ok(proposer.machine.processProposal(proposal).accepted);
  const own = proposer.machine.execute(proposal);
  assert.equal(own.transactions.length, 2);
  assert.ok(other.machine.processProposal(proposal).accepted);
  const theirs = other.machine.execute(proposal);
  assert.equal(theirs.stateRoot, own.stateRoot);
  assert.equal(blockResultsHash(theirs.transactions), blockResultsHash(own.transactions));
  assert.equal(proposer.machine.commit().appHash, other.machine.commit().appHash);
});

test("failing transactions stay in a proposal; the first one that does not fit ends it", () => {
  const net = network();
  const txs = [pay(net, 5000n), pay(net), pay(net)];
  const size = must(txs[0]).length + must(txs[1]).length;
  const room = consensus.MAX_BLOCK_METADATA_SIZE + size;
  const proposed = net.machine.prepareProposal(net.input(txs), room, net.signer("validator"));
  assert.equal(proposed.length, 3);
});

test("a proposal is rejected for its metadata", () => {
  const net = network();
  const raw = pay(net);
  const proposal = net.propose([raw]);
  const metadata = must(proposal.txs[1]);
  const { stateRoot, eventsRoot } = net.machine.execute(proposal);
  net.machine.reset();
  const sign = (root: string, events: Uint8Array, who = "validator"): Uint8Array =>
    signBlockMetadata({ stateRoot: root, eventsRoot: events }, net.signer(who), net.machine.chainContext);
  const judge = (...txs: readonly Uint8Array[]): string => reasonOf(net, { ...proposal, txs, hash: "changed" });
  assert.match(judge(raw), /missing required block metadata/);
  assert.match(judge(raw, metadata, metadata), /duplicate block metadata/);
  assert.match(judge(raw, sign("00".repeat(32), eventsRoot)), /invalid state root/);
  assert.match(judge(raw, sign(stateRoot, new Uint8Array(32))), /invalid events root/);
  assert.match(judge(raw, sign(stateRoot, new Uint8Array(31))), /malformed block metadata/);
  assert.match(judge(raw, sign(stateRoot, eventsRoot, "bob")), /not signed by block proposer/);
  const withNonce = {
    ...transaction.newTransaction(
      methods.consensusMeta,
      { stateRoot: stateRoot as Hash, eventsRoot },
      { nonce: 1n, fee: null },
    ),
  };
  assert.match(judge(raw, net.sign("validator", withNonce)), /malformed system transaction/);
  assert.ok(
    net.machine.processProposal({ ...proposal, txs: [metadata, raw], hash: "metadata first" }).accepted,
    "its place is free",
  );
});

test("a system transaction is neither proposed nor taken into the mempool", () => {
  const net = network();
  const metadata = signBlockMetadata(
    { stateRoot: "00".repeat(32), eventsRoot: new Uint8Array(32) },
    net.signer("validator"),
    net.machine.chainContext,
  );
  const { code, codespace } = net.machine.checkTransaction(metadata);
  assert.deepEqual([codespace, code], ["unknown", 1]);
  assert.deepEqual(net.machine.prepareProposal(net.input([metadata]), 1_000_000, net.signer("validator")), []);
});

test("a proposal that fails leaves the machine where it was", () => {
  const net = network();
  net.block([pay(net)]);
  const before = net.machine.lastRoot;
  const bad = { ...net.input([pay(net)]), hash: "no metadata" };
  reasonOf(net, bad);
  assert.equal(net.machine.lastRoot, before);
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.nonce, 1n);
  net.setNonce("alice", 1n);
  net.block([pay(net)]);
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.nonce, 2n);
});

test("a block of another height is refused", () => {
  const net = network();
  assert.match(reasonOf(net, { ...net.input([]), height: 2, hash: "x" }), /block of height 2 where 1 is next/);
});

test("checked transactions count for the next checks until a block is committed", () => {
  const net = network();
  const [first, second] = [pay(net), pay(net)];
  const tooEarly = net.machine.checkTransaction(second);
  assert.deepEqual([tooEarly.codespace, tooEarly.code], ["consensus/transaction", 1]);
  assert.equal(net.machine.checkTransaction(first).code, 0);
  assert.equal(net.machine.checkTransaction(first).code, 1, "its nonce is used up");
  const checked = net.machine.checkTransaction(second);
  assert.deepEqual([checked.code, checked.priority, checked.gasWanted], [0, 1000, 1_000_000n]);
  net.block([]);
  assert.equal(net.machine.checkTransaction(first).code, 0, "the block did not contain it");
  net.block([first]);
  assert.equal(net.machine.checkTransaction(second).code, 0);
});

test("the local gas price is asked in checks only, and not of the node itself", () => {
  const strict = network({ machine: { local: { minGasPrice: 1n } } });
  const cheap = pay(strict);
  const refused = strict.machine.checkTransaction(cheap);
  assert.deepEqual([refused.codespace, refused.code], ["consensus/transaction", 3]);
  assert.equal(strict.block([cheap]).transactions[0]?.code, 0);
  const own = new TestNetwork({ accounts: { alice: 1n } }).address("alice");
  const net = network({ machine: { local: { minGasPrice: 1n, ownAddress: own } } });
  assert.equal(net.machine.checkTransaction(pay(net)).code, 0);
});

test("the network's gas price is asked after the fee was taken", () => {
  const net = network({ consensus: { minGasPrice: 1n } });
  const fee = { amount: 10n, gas: 11n };
  const raw = net.transaction("alice", methods.stakingTransfer, { to: net.address("bob"), amount: 1n }, { fee });
  const [result] = net.block([raw]).transactions;
  assert.deepEqual([result?.codespace, result?.code], ["consensus/transaction", 3]);
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.balance, 990n);
});

test("gas of a block with a limit is reported as it adds up", () => {
  const net = network({ consensus: { maxBlockGas: 900n, gasCosts: new Map([["tx_byte", 1n]]) } });
  const txs = [pay(net), pay(net), pay(net), pay(net)];
  const [first, second, third, fourth] = net.block(txs).transactions;
  const sizes = txs.map(({ length }) => BigInt(length));
  assert.equal(first?.gasUsed, sizes[0]);
  assert.equal(second?.gasUsed, (sizes[0] ?? 0n) + (sizes[1] ?? 0n));
  assert.equal(third?.code, 0);
  assert.equal(fourth?.code, 1, "the block is full");
  assert.match(fourth?.log ?? "", /out of gas \(limit: 900/);
  assert.equal(account(net.machine.stateAt(0), net.address("alice")).general.nonce, 4n, "and yet it paid");
});

test("estimates need a block, a size within bounds, and no more", () => {
  const net = network({ consensus: { maxTxSize: 300n, gasCosts: new Map([["tx_byte", 1n]]) } });
  const { publicKey } = net.signer("alice");
  const body = { to: net.address("bob"), amount: 1n };
  const tx = transaction.newTransaction(methods.stakingTransfer, body, { nonce: 77n, fee: null });
  assert.throws(
    () => net.machine.estimateGas(publicKey, tx),
    (e) => isError(e, consensus.ErrNoCommittedBlocks),
  );
  net.block([]);
  assert.ok(net.machine.estimateGas(publicKey, tx) > 200n);
  const large = { ...tx, body: new Uint8Array(300) };
  assert.throws(
    () => net.machine.estimateGas(publicKey, large),
    (e) => isError(e, consensus.ErrOversizedTx),
  );
  assert.equal(net.machine.estimateGas(publicKey, { ...tx, method: "no.Method" }), 0n);
});

test("states of kept heights can be read, others are told apart", () => {
  const net = network();
  assert.throws(
    () => net.machine.stateAt(0),
    (e) => isError(e, consensus.ErrNoCommittedBlocks),
  );
  net.block([pay(net, 10n)]);
  net.block([pay(net, 20n)]);
  const balanceAt = (height: number): bigint =>
    account(net.machine.stateAt(height), net.address("bob")).general.balance;
  assert.deepEqual([balanceAt(1), balanceAt(2), balanceAt(0), balanceAt(-1)], [1010n, 1030n, 1030n, 1030n]);
  assert.throws(
    () => net.machine.stateAt(3),
    (e) => isError(e, consensus.ErrVersionNotFound),
  );
  net.block([]);
  assert.throws(
    () => net.machine.stateAt(1),
    (e) => isError(e, consensus.ErrVersionNotFound),
    "memory keeps two",
  );
});

test("a database keeps the states, and another machine goes on from them", async () => {
  await using database = openNodeDb({ namespace: ZERO_NAMESPACE, discardWriteLogs: true });
  const reference = network();
  const roots: string[] = [];
  const inDatabase = (): TestNetwork =>
    new TestNetwork({
      accounts: { alice: 1000n, bob: 1000n, validator: 1000n },
      machine: { store: new DatabaseStateStore(database) },
    });
  const first = inDatabase();
  first.machine.initChain();
  for (let i = 0; i < 3; i++) {
    roots.push(reference.block([pay(reference)]).stateRoot);
    assert.equal(first.block([pay(first)]).stateRoot, roots.at(-1));
  }
  const second = inDatabase();
  assert.equal(second.machine.lastHeight, 3);
  assert.equal(second.machine.lastRoot, roots[2]);
  second.setNonce("alice", 3n);
  assert.equal(second.block([pay(second)]).stateRoot, reference.block([pay(reference)]).stateRoot);
  assert.equal(account(second.machine.stateAt(1), second.address("bob")).general.balance, 1001n);

  const foreign = (): TestNetwork =>
    new TestNetwork({ accounts: { alice: 5n }, machine: { store: new DatabaseStateStore(database) } });
  assert.throws(foreign, /state chain context does not match genesis file/);
});

test("a chain may begin at any height, also in a database", async () => {
  await using database = openNodeDb({ namespace: ZERO_NAMESPACE, discardWriteLogs: true });
  const machine = { store: new DatabaseStateStore(database) };
  const late = { initialHeight: 180n, epochInterval: 1000n };
  const [inMemory, stored] = [network(late), network({ ...late, machine })];
  for (let i = 0; i < 3; i++) {
    const { height, stateRoot } = inMemory.block([pay(inMemory)]);
    assert.equal(height, 180 + i);
    assert.equal(stored.block([pay(stored)]).stateRoot, stateRoot);
  }
  assert.equal(account(stored.machine.stateAt(180), stored.address("bob")).general.balance, 1001n);
  for (const height of [-5n, 0n, 1n << 60n]) assert.throws(() => network({ initialHeight: height }), /out of range/);
});

test("it stops at the configured height and epoch", () => {
  const byHeight = network({ machine: { halt: { height: 3 } } });
  byHeight.block([]);
  byHeight.block([]);
  assert.throws(() => byHeight.block([]), StopForUpgrade);
  assert.equal(byHeight.machine.lastHeight, 2);
  const byEpoch = network({ epochInterval: 3n, machine: { halt: { epoch: 1n } } });
  const run = (): void => {
    for (let i = 0; i < 10; i++) byEpoch.block([]);
  };
  assert.throws(run, StopForUpgrade);
  assert.ok(byEpoch.machine.lastHeight < 10);
});

/** Wants the node to stop as soon as the given height is the last. */
function stoppingAt(height: number): Upgrader {
  return {
    consensusUpgrade(_ctx, _epoch, last) {
      if (last >= height) throw new WadiError(upgrade.ErrStopForUpgrade);
    },
    hasPendingUpgradeAt: (at) => at === height,
    submitDescriptor: () => undefined,
    cancelUpgrade: () => undefined,
    getUpgrade: () => assert.fail("not asked"),
  };
}

test("it stops for upgrades: told after the commit, and before the next block", () => {
  const net = network({ machine: { upgrader: stoppingAt(2) } });
  const commit = (): boolean => {
    net.machine.execute(net.propose([]));
    return net.machine.commit().mustStop;
  };
  assert.equal(commit(), false);
  const pending = net.machine.checkTransaction(pay(net));
  assert.deepEqual([pending.codespace, pending.code], ["consensus/transaction", 4]);
  assert.equal(commit(), true);
  assert.throws(() => net.propose([]), StopForUpgrade);
});

test("events of genesis come before those of the first block and are not proved", () => {
  const net = network();
  const first = net.block([]);
  const second = net.block([]);
  assert.ok(first.beginEvents.length >= 1, "the beacon's epoch event of InitChain");
  assert.deepEqual(Buffer.from(first.eventsRoot).toString("hex").slice(0, 8), "e3b0c442");
  assert.ok(second.beginEvents.length < first.beginEvents.length);
});

test("an application that refuses the document fails InitChain by name", () => {
  const net = new TestNetwork({
    accounts: { alice: 1n },
    staking: { feeSplitWeightPropose: 0n, feeSplitWeightVote: 0n, feeSplitWeightNextPropose: 0n },
  });
  assert.throws(() => net.machine.initChain(), /InitChain: 100_staking: .*all zero/);
});

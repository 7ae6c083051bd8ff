import assert from "node:assert/strict";
import { test } from "node:test";
import { beaconApp, type Upgrader } from "@wadi/apps";
import { nodeSigner } from "@wadi/apps/testing";
import { ErrApplicationStop } from "@wadi/comet-core";
import { dataHash, type Block } from "@wadi/comet-types";
import { MemorySigner, SignerRole, testSeed } from "@wadi/crypto";
import { transaction, upgrade } from "@wadi/types";
import { WadiError, isError, must } from "@wadi/util";

import { ErrGenesis } from "./errors.ts";
import { engineGenesis } from "./genesis.ts";
import { accountAddress, accountSigner, testGenesis } from "./testing/network-genesis.ts";
import { TestChain } from "./testing/test-chain.ts";
import { NO_VRF_DUTY, decideVrf } from "./vrf/vrf-duty.ts";

const { methods } = transaction;
const validators = ["a", "b", "c"];
const accounts = { alice: 1000n, bob: 0n };
const document = testGenesis({ validators, accounts });
const alice = accountSigner("alice");
const to = accountAddress("bob");

/** Sees every execution of a block, and may stop the node at one. */
class Observer implements Upgrader {
  readonly executed: number[] = [];
  stopAt = Infinity;

  consensusUpgrade(...[ctx, , heightLast]: Parameters<Upgrader["consensusUpgrade"]>): void {
    if (ctx?.mode === "begin-block") this.executed.push(ctx.currentHeight);
    if (heightLast + 1 >= this.stopAt) throw new WadiError(upgrade.ErrStopForUpgrade);
  }

  hasPendingUpgradeAt(): boolean {
    return false;
  }

  submitDescriptor(): void {
    assert.fail("no upgrade is decided on");
  }

  cancelUpgrade(): void {
    assert.fail("no upgrade is cancelled");
  }

  getUpgrade(): never {
    assert.fail("no upgrade is asked for");
  }
}

const transfer = (chain: TestChain, nonce: bigint, amount = 10n): Uint8Array =>
  chain.sign(alice, methods.stakingTransfer, { to, amount }, nonce);

/** The block with other transactions, its hashes made to fit. */
function withTxs(block: Block, txs: readonly Uint8Array[]): Block {
  return { ...block, txs, header: { ...block.header, dataHash: dataHash(txs) } };
}

test("proposing, voting for and executing an own block is one execution; for another node's too", () => {
  const upgrader = new Observer();
  const [ours, theirs] = [
    new TestChain({ document, validators, machine: { upgrader } }),
    new TestChain({ document, validators }),
  ];
  for (let height = 1; height <= 4; height++) {
    const { block } = ours.next([transfer(ours, BigInt(height - 1))]);
    assert.ok(theirs.process(block));
    theirs.apply(block);
    assert.equal(theirs.state.appHash, ours.state.appHash);
  }
  assert.deepEqual(upgrader.executed, [1, 2, 3, 4]);
  upgrader.executed.length = 0;
  const foreign = theirs.propose([transfer(theirs, 4n)]);
  // Another proposal in between is thrown away, its execution with it.
  ours.propose([]);
  assert.ok(ours.process(foreign));
  ours.apply(foreign);
  assert.deepEqual(upgrader.executed, [5, 5], "one for the own proposal, one for the other's");
});

test("a block is refused without metadata, with two, or with another state root", () => {
  const rejections: string[] = [];
  const onRejected = (_height: number, reason: unknown): void => void rejections.push(String(reason));
  const chain = new TestChain({ document, validators, application: { onRejected } });
  chain.next();
  const tx = transfer(chain, 0n);
  const block = chain.propose([tx]);
  const metadata = must(block.txs.at(-1));
  assert.equal(chain.process(withTxs(block, [tx])), false);
  assert.equal(chain.process(withTxs(block, [tx, metadata, metadata])), false);
  assert.equal(chain.process(withTxs(block, [metadata])), false);
  const expected = [/missing required block metadata/, /duplicate block metadata/, /invalid state root/];
  for (const [i, pattern] of expected.entries()) assert.match(rejections[i] ?? "", pattern);
  assert.ok(chain.process(block), "the block itself is valid still");
});

test("checks give priority and gas, and refusals their pair", () => {
  const invalidated: unknown[] = [];
  const onInvalidated = (_raw: Uint8Array, error: unknown): void => void invalidated.push(error);
  const chain = new TestChain({ document, validators, application: { onInvalidated } });
  chain.next();
  const { application } = chain;
  const first = application.checkTx(transfer(chain, 0n), "new");
  assert.deepEqual([first.code, first.priority, first.sender], [0, 1000, ""]);
  assert.ok(first.gasWanted === 10_000n && first.gasUsed > 0n);
  const again = application.checkTx(transfer(chain, 0n), "new");
  assert.deepEqual([again.codespace, again.code], ["consensus/transaction", 1], "the nonce of the check state");
  assert.equal(application.checkTx(transfer(chain, 1n), "new").code, 0);
  assert.notEqual(application.checkTx(Uint8Array.of(0xff), "new").code, 0);
  assert.deepEqual(invalidated, [], "only re-checks tell");
  chain.next();
  assert.notEqual(application.checkTx(transfer(chain, 5n), "recheck").code, 0);
  assert.ok(isError(must(invalidated[0]), transaction.ErrInvalidNonce));
});

test("transactions that do not fit are left out, and the block still holds its metadata", () => {
  const small = testGenesis({ validators, accounts, consensus: { maxBlockSize: 20_000n, maxEvidenceSize: 1000n } });
  const chain = new TestChain({ document: small, validators });
  const txs = Array.from({ length: 30 }, (_, i) => transfer(chain, BigInt(i)));
  const { response } = chain.next(txs);
  const { length } = response.deliverTxs;
  assert.ok(length > 1 && length < txs.length, `${length} transactions`);
  assert.ok(response.deliverTxs.every(({ code }) => code === 0));
});

test("a halt height stops the node before that block, wherever it meets it", () => {
  const chain = new TestChain({ document, validators, machine: { halt: { height: 4 }, upgrader: new Observer() } });
  const free = new TestChain({ document, validators });
  for (let height = 1; height <= 3; height++) chain.apply(free.next().block);
  const { block } = free.next();
  const stops = (e: unknown): boolean => isError(e, ErrApplicationStop);
  assert.throws(() => chain.propose(), stops);
  assert.throws(() => chain.process(block), stops);
  assert.throws(() => chain.apply(block), stops);
  assert.equal(chain.application.info().lastHeight, 3);
});

test("a halt epoch stops the node after the last block before it", () => {
  const short = testGenesis({ validators, epochInterval: 5n });
  const chain = new TestChain({
    document: short,
    validators,
    machine: { halt: { epoch: 2n }, upgrader: new Observer() },
  });
  const stops = Array.from({ length: 10 }, () => chain.next().commit.mustStop);
  const epoch = beaconApp.beaconQueries.epoch(chain.machine.stateAt(0));
  assert.equal(stops.indexOf(true), 9);
  assert.deepEqual(epoch, { epoch: 1n, height: 6 });
});

test("an upgrade that is due stops the node before its block", () => {
  const upgrader = new Observer();
  upgrader.stopAt = 3;
  const chain = new TestChain({ document, validators, machine: { upgrader } });
  assert.equal(chain.next().commit.mustStop, false);
  assert.equal(chain.next().commit.mustStop, true);
  assert.throws(
    () => chain.propose(),
    (e) => isError(e, ErrApplicationStop) && isError((e as Error).cause, upgrade.ErrStopForUpgrade),
  );
});

test("the engine's chain must be that of the applications", () => {
  const { application } = new TestChain({ document, validators });
  const engine = engineGenesis(testGenesis({ validators: ["a"] }));
  assert.throws(
    () => application.initChain({ ...engine, time: engine.genesisTime }),
    (e) => isError(e, ErrGenesis),
  );
});

test("the retain height is what pruning reached", () => {
  let retained = 0;
  const chain = new TestChain({ document, validators, application: { retainHeight: () => retained } });
  assert.equal(chain.next().commit.retainHeight, 0);
  retained = 7;
  assert.equal(chain.next().commit.retainHeight, 7);
});

test("epochs with proofs of all validators", () => {
  const interval = 10n;
  const chain = new TestChain({ document: testGenesis({ validators, accounts, epochInterval: interval }), validators });
  const workers = validators.map((name) => ({
    node: nodeSigner(name, "id"),
    vrf: new MemorySigner(testSeed(`${name}: vrf`), { role: SignerRole.vrf }),
    nonce: 0n,
    duty: NO_VRF_DUTY,
  }));
  let waiting: Uint8Array[] = [];
  const proofs = new Map<bigint, number>();
  for (let height = 1; height <= 45; height++) {
    const { response } = chain.next(waiting);
    assert.ok(
      response.deliverTxs.every(({ code }) => code === 0),
      `height ${height}`,
    );
    waiting = [];
    const round = beaconApp.beaconQueries.vrfState(chain.machine.stateAt(0));
    proofs.set(must(round).epoch, must(round).pi.size);
    for (const worker of workers) {
      const { duty, task } = decideVrf(worker.duty, { height, round, node: worker.node.publicKey });
      worker.duty = duty;
      if (task === undefined) continue;
      const body = { epoch: task.epoch, pi: worker.vrf.prove(task.alpha) };
      waiting.push(chain.sign(worker.node, methods.vrfProve, body, worker.nonce++));
    }
  }
  assert.deepEqual(
    [...proofs],
    [
      [0n, 3],
      [1n, 3],
      [2n, 3],
      [3n, 3],
      [4n, 0],
    ],
  );
  const round = must(beaconApp.beaconQueries.vrfState(chain.machine.stateAt(0)));
  assert.ok(round.alphaHq, "enough proofs for an input of high quality");
  assert.equal(must(round.prevState ?? undefined).canElect, true);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, testSigner } from "@wadi/crypto";
import { roothash, scheduler, type Hash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

import {
  alone,
  chain,
  executed,
  own,
  peer,
  peerFirst,
  proposalOf,
  settled,
  setUp,
  until,
  verification,
} from "../testing/executor-setup.ts";
import { testBlock, testRuntimeId } from "../testing/test-block.ts";
import { signCommitment, signFailure } from "./commitments.ts";

test("a transaction is scheduled, proposed and committed to, with signatures that verify", async (t) => {
  const { modes, pool, proposals, submitted, worker } = setUp(t);
  worker.newBlock(testBlock(0n, alone));
  await settled();
  assert.deepEqual(modes, [], "there is nothing to schedule");
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  const [commitment, proposal] = [must(submitted[0]), must(proposals[0])];
  assert.ok(roothash.verifyExecutorCommitment(commitment, verification));
  assert.ok(roothash.verifyProposal(proposal, verification));
  assert.deepEqual(proposal.batch, [hashOf(utf8("a"))]);
  assert.equal(commitment.header.schedulerId, own.publicKey);
  assert.deepEqual(modes, [1]);
  worker.changed();
  await settled();
  assert.equal(submitted.length, 1, "once a round");
  const { ioRoot } = commitment.header.header;
  worker.endRound(testBlock(1n, { header: { ioRoot: must(ioRoot) } }).block.header);
  assert.equal(pool.size, 0, "the block used it");
});

test("a block with another batch leaves the transactions in the pool", async (t) => {
  const { pool, submitted, worker } = setUp(t);
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  worker.endRound(testBlock(1n).block.header);
  assert.equal(pool.size, 1);
});

test("nobody's committee, nothing to do", async (t) => {
  const { modes, pool, worker } = setUp(t);
  for (const options of [{}, { workers: [peer.publicKey] }]) {
    worker.newBlock(testBlock(0n, options));
    assert.equal(worker.addProposal(proposalOf(1n, testBlock(0n).block.header, [])), "no committee");
  }
  await pool.submit(utf8("a"));
  await settled();
  assert.deepEqual(modes, []);
});

test("a proposal with a wrong root is rejected without a commitment, one on another block is left alone", async (t) => {
  const { modes, pool, submitted, worker } = setUp(t);
  await pool.submit(utf8("a"));
  const block = peerFirst();
  worker.newBlock(block);
  const sound = proposalOf(1n, block.block.header, [utf8("a")]);
  worker.addProposal({ ...sound, header: { ...sound.header, batchHash: "ab".repeat(32) as Hash } });
  await settled();
  t.mock.timers.tick(250);
  await settled();
  assert.deepEqual([submitted.length, modes], [0, []]);
  const next = testBlock(0n, { workers: [own.publicKey, peer.publicKey], header: { timestamp: 1n } });
  worker.newBlock(next);
  worker.addProposal(proposalOf(1n, testBlock(5n).block.header, []));
  await settled();
  assert.deepEqual(modes, []);
});

test("a batch that is too large is committed to as a failure", async (t) => {
  const { submitted, worker } = setUp(t);
  const block = peerFirst();
  worker.newBlock(block);
  const inputs = Array.from({ length: 101 }, (_, i) => utf8(`transaction ${i}`));
  worker.addProposal(proposalOf(1n, block.block.header, inputs));
  await until(() => submitted.length === 1, "a commitment");
  const { header } = must(submitted[0]);
  assert.equal(header.failure, roothash.executorCommitmentFailures.unknown);
  assert.equal(header.header.ioRoot, null);
});

test("when the first scheduler's time is over the node proposes", async (t) => {
  const { pool, proposals, submitted, worker } = setUp(t);
  await pool.submit(utf8("a"));
  worker.newBlock(testBlock(0n, { workers: [own.publicKey, peer.publicKey], proposerTimeoutMs: 2000 }));
  await settled();
  assert.equal(proposals.length, 0);
  t.mock.timers.tick(2000);
  await until(() => submitted.length === 1, "a commitment");
  assert.equal(proposals.length, 1);
});

test("a backup worker executes when the commitments on their way to a block contradict each other", async (t) => {
  const { modes, pool, worker } = setUp(t);
  const third = testSigner("a third one");
  const block = testBlock(0n, { workers: [third.publicKey, peer.publicKey] });
  const committee = must(block.state.committee);
  const backups = [{ role: scheduler.committeeRoles.backupWorker, publicKey: own.publicKey }];
  const state = { ...block.state, committee: { ...committee, members: [...must(committee.members), ...backups] } };
  await pool.submit(utf8("a"));
  worker.newBlock({ ...block, state });
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  const by = (signer: typeof peer) => ({ signer, runtimeId: testRuntimeId, chain });
  const response = executed(block.block.header, [utf8("a")]);
  worker.commitmentObserved(signCommitment(by(peer), peer.publicKey, response));
  await settled();
  assert.deepEqual(modes, [], "they agree so far");
  const previousHash = roothash.headerHash(block.block.header);
  worker.commitmentObserved(signFailure(by(third), peer.publicKey, 1n, previousHash));
  await until(() => modes.length === 1, "the batch is executed");
});

test("a new block makes the work void; the runtime's call runs to its end before the next", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  runtime.answer = async (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    most = Math.max(most, ++running);
    await gate.promise;
    running--;
    return sound(type, value, options);
  };
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => running === 1, "the runtime is asked");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await settled();
  assert.equal(running, 1);
  gate.resolve();
  await until(() => submitted.length === 1, "a commitment");
  await settled();
  assert.deepEqual([most, submitted.length, runtime.aborts], [1, 1, 0]);
  const expected = roothash.headerHash(testBlock(0n, { header: { timestamp: 1n } }).block.header);
  assert.equal(must(submitted[0]).header.header.previousHash, expected, "of the newer block");
});

test("an executor that is disposed of begins no round any more", async (t) => {
  const { modes, pool, worker } = setUp(t);
  await pool.submit(utf8("a"));
  worker[Symbol.dispose]();
  worker.newBlock(testBlock(0n, alone));
  t.mock.timers.tick(120_000);
  await settled();
  assert.deepEqual(modes, []);
});

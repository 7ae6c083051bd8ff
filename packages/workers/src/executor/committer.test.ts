import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_HASH, hashOf } from "@wadi/crypto";
import { roothash, type Hash } from "@wadi/types";
import { WadiError, must, utf8 } from "@wadi/util";

import { alone, own, peer, peerFirst, proposalOf, settled, setUp, until } from "../testing/executor-setup.ts";
import { testBlock } from "../testing/test-block.ts";
import { CommitmentsInMemory } from "./signed-commitments.ts";

test("what cannot be stored is committed to as a failure, unless the node scheduled it", async (t) => {
  let isFull = true;
  const { pool, proposals, submitted, worker } = setUp(t, {}, { isFull: () => isFull });
  const block = peerFirst();
  await pool.submit(utf8("a"));
  worker.newBlock(block);
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  await until(() => submitted.length === 1, "a commitment");
  const { header } = must(submitted[0]);
  assert.equal(header.schedulerId, peer.publicKey);
  assert.equal(header.failure, roothash.executorCommitmentFailures.unknown);
  assert.deepEqual([header.header.stateRoot, submitted[0]?.messages], [null, []]);

  worker.newBlock(testBlock(0n, alone));
  await settled();
  assert.deepEqual([submitted.length, proposals.length], [1, 0], "a scheduler says nothing, to nobody");
  isFull = false;
  // Another batch than that of the first attempt.
  await pool.submit(utf8("b"));
  t.mock.timers.tick(1000);
  await until(() => submitted.length === 2, "a commitment after there is room");
  assert.equal(submitted[1]?.header.failure, roothash.executorCommitmentFailures.none);
  assert.equal(proposals.length, 1, "two different ones would be an offence");
});

test("after a restart the commitment of the round is sent again, and never another one", async (t) => {
  const signed = new CommitmentsInMemory();
  const { pool, proposals, submitted, worker } = setUp(t, {}, { signed });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  // The same round anew, with other transactions.
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("b"));
  await until(() => submitted.length === 2, "the commitment again");
  assert.deepEqual(submitted[1], submitted[0]);
  assert.equal(proposals.length, 2);
  assert.deepEqual(proposals[1], proposals[0]);
});

test("a commitment that does not get through is sent again as it is; what roothash refuses is not", async (t) => {
  let error: Error | undefined = new Error("the mempool is full");
  const { modes, pool, submitted, worker } = setUp(t, {}, { refusal: () => error });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  for (let i = 0; submitted.length < 3; i++) {
    assert.ok(i < 10);
    await settled();
    t.mock.timers.tick(250);
  }
  error = new WadiError(roothash.ErrCommitmentAlreadyCommitted);
  for (let i = 0; i < 5; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.equal(submitted.length, 4);
  assert.deepEqual(modes, [1], "executed once");
  assert.ok(
    submitted.every((one) => one === submitted[0] || one.sig.every((byte, i) => byte === submitted[0]?.sig[i])),
  );
});

test("where the batch of a commitment is lost nothing else is committed to", async (t) => {
  const signed = new CommitmentsInMemory();
  const zero = roothash.ExecutorCommitment.zero();
  const lost = { ...zero.header.header, round: 1n, ioRoot: hashOf(utf8("io")) as Hash, stateRoot: EMPTY_HASH as Hash };
  signed.keep({
    commitment: { ...zero, header: { ...zero.header, schedulerId: own.publicKey, header: lost } },
    hashes: [],
    proposal: null,
  });
  const { pool, modes, submitted, worker } = setUp(t, {}, { signed });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("c"));
  await until(() => modes.length > 0, "a batch");
  await settled();
  assert.deepEqual(submitted, []);
});

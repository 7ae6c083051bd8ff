import assert from "node:assert/strict";
import { test } from "node:test";
import { SignatureVerifier, chainContext, testSigner } from "@wadi/crypto";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace } from "@wadi/types";

import { testRuntimeId } from "../testing/test-block.ts";
import { signCommitment, signFailure, signProposal } from "./commitments.ts";

const signer = testSigner("a node of the committee");
const chain = chainContext("a chain");
const by = { signer, runtimeId: testRuntimeId, chain };
const verification = { ...by, verifier: new SignatureVerifier() };
const hash = (digit: string): Hash => digit.repeat(64) as Hash;
const header = { round: 7n, previousHash: hash("1"), batchHash: hash("2") };
const otherRuntime = { ...verification, runtimeId: `80${"00".repeat(30)}02` as Namespace };
const otherChain = { ...verification, chain: chainContext("another chain") };

const message = { ...roothash.Message.zero(), staking: null };

const response: ExecuteTxBatchResponse = {
  batch: {
    header: { ...roothash.ComputeResultsHeader.zero(), round: 7n, previousHash: hash("1"), ioRoot: hash("3") },
    ioWriteLog: [],
    stateWriteLog: [],
    rakSig: new Uint8Array(0),
    messages: [message],
  },
  txHashes: [],
  txRejectHashes: [],
  txInputRoot: hash("2"),
  txInputWriteLog: [],
};

test("a proposal is signed for its runtime and network, the batch is what the root stands for", () => {
  const proposal = signProposal(by, { ...header, batch: [hash("a"), hash("b")] });
  assert.deepEqual(proposal.header, header);
  assert.deepEqual(proposal.batch, [hash("a"), hash("b")]);
  assert.ok(roothash.verifyProposal(proposal, verification));
  assert.ok(!roothash.verifyProposal(proposal, otherRuntime));
  assert.ok(!roothash.verifyProposal(proposal, otherChain));
  const changed = { ...proposal, header: { ...header, batchHash: hash("4") } };
  assert.ok(!roothash.verifyProposal(changed, verification));
});

test("a commitment carries messages only if its node scheduled the batch", () => {
  const own = signCommitment(by, signer.publicKey, response);
  assert.deepEqual(own.messages, [message]);
  const scheduler = testSigner("another node").publicKey;
  const other = signCommitment(by, scheduler, response);
  assert.deepEqual(other.messages, []);
  for (const commitment of [own, other]) {
    assert.ok(roothash.verifyExecutorCommitment(commitment, verification));
    assert.ok(!roothash.verifyExecutorCommitment(commitment, otherRuntime));
    assert.ok(!roothash.verifyExecutorCommitment(commitment, otherChain));
    assert.deepEqual(commitment.header.rakSig, new Uint8Array(64), "always there");
    assert.deepEqual(commitment.header.header, response.batch.header);
  }
  const rakSig = new Uint8Array(64).fill(7);
  const attested = signCommitment(by, scheduler, { ...response, batch: { ...response.batch, rakSig } });
  assert.deepEqual(attested.header.rakSig, rakSig);
});

test("the failure of a batch names round and predecessor, and nothing else", () => {
  const scheduler = testSigner("another node").publicKey;
  const failure = signFailure(by, scheduler, 7n, hash("1"));
  assert.ok(roothash.verifyExecutorCommitment(failure, verification));
  const { header: results, rakSig, schedulerId, failure: reason } = failure.header;
  assert.deepEqual(
    [results.round, results.previousHash, results.ioRoot, results.stateRoot, rakSig, reason, schedulerId],
    [7n, hash("1"), null, null, null, roothash.executorCommitmentFailures.unknown, scheduler],
  );
  assert.deepEqual(failure.messages, []);
});

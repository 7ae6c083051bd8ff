import assert from "node:assert/strict";
import { test } from "node:test";
import { SignatureVerifier, chainContext, hashOf, testSigner, type Signer } from "@wadi/crypto";
import { scheduler, type Hash, type roothash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

import { testBlock, testRuntimeId } from "../testing/test-block.ts";
import { signFailure, signCommitment } from "./commitments.ts";
import { ObservedCommitments } from "./observed-commitments.ts";
import { committeeRound } from "./round-setting.ts";

const first = testSigner("first");
const second = testSigner("second");
const backup = testSigner("backup");
const stranger = testSigner("stranger");
const chain = chainContext("a chain");

/** Round 1 of two workers, of which the second one schedules first, as `own` sees it. */
function observer(own: Signer) {
  const workers = [first.publicKey, second.publicKey];
  const block = testBlock(0n, { workers });
  const committee = must(block.state.committee);
  const backups = [{ role: scheduler.committeeRoles.backupWorker, publicKey: backup.publicKey }];
  const state = { ...block.state, committee: { ...committee, members: [...must(committee.members), ...backups] } };
  const setting = must(committeeRound({ ...block, state }, own.publicKey));
  const verification = { runtimeId: testRuntimeId, chain, verifier: new SignatureVerifier() };
  const parts = { setting, allowedStragglers: 0, own: own.publicKey, verification };
  const observed = new ObservedCommitments(parts);
  const header = (result: string): roothash.ComputeResultsHeader => {
    const hash = hashOf(utf8(result)) as Hash;
    const { previousHash, round } = setting;
    const roots = { ioRoot: hash, stateRoot: hash, messagesHash: hash, inMsgsHash: hash, inMsgsCount: 0 };
    return { round, previousHash, ...roots };
  };
  const commitment = (by: Signer, of: Signer, result: string): roothash.ExecutorCommitment => {
    const batch = {
      header: header(result),
      ioWriteLog: [],
      stateWriteLog: [],
      rakSig: new Uint8Array(0),
      messages: [],
    };
    const rest = { txHashes: [], txRejectHashes: [], txInputRoot: hashOf(utf8("")) as Hash, txInputWriteLog: [] };
    return signCommitment({ signer: by, runtimeId: testRuntimeId, chain }, of.publicKey, { batch, ...rest });
  };
  const failure = (by: Signer, of: Signer): roothash.ExecutorCommitment => {
    const { previousHash, round } = setting;
    return signFailure({ signer: by, runtimeId: testRuntimeId, chain }, of.publicKey, round, previousHash);
  };
  return { commitment, failure, observed };
}

test("a worker learns which scheduler has committed, from that one only", () => {
  const { commitment, observed } = observer(first);
  assert.deepEqual(observed.observe(commitment(first, second, "a")), []);
  assert.deepEqual(observed.observe(commitment(second, second, "a")), [{ kind: "scheduler-committed", rank: 0n }]);
  assert.deepEqual(observed.observe(commitment(first, first, "a")), [{ kind: "scheduler-committed", rank: 1n }]);
});

test("what is not signed, of another round or of a stranger is not believed", () => {
  const { commitment, observed } = observer(first);
  const sound = commitment(second, second, "a");
  const { header } = sound;
  const other = { ...header.header, round: 2n };
  for (const wrong of [
    { ...sound, sig: new Uint8Array(64) },
    { ...sound, header: { ...header, header: other } },
    { ...sound, header: { ...header, header: { ...header.header, ioRoot: null } } },
    commitment(stranger, stranger, "a"),
  ]) {
    assert.deepEqual(observed.observe(wrong), []);
  }
});

test("a backup worker predicts that it is needed, once", () => {
  const { commitment, observed } = observer(backup);
  assert.deepEqual(observed.observe(commitment(second, second, "a")), []);
  assert.deepEqual(observed.observe(commitment(second, second, "a")), [], "twice is once");
  const prediction = [{ kind: "discrepancy", rank: 0n, isAuthoritative: false }];
  assert.deepEqual(observed.observe(commitment(first, second, "b")), prediction);
  assert.deepEqual(observed.observe(commitment(backup, second, "b")), []);
});

test("a failure is a discrepancy too, agreement is none", () => {
  const failing = observer(backup);
  failing.observed.observe(failing.commitment(second, second, "a"));
  assert.equal(failing.observed.observe(failing.failure(first, second)).length, 1);
  const agreeing = observer(backup);
  agreeing.observed.observe(agreeing.commitment(second, second, "a"));
  assert.deepEqual(agreeing.observed.observe(agreeing.commitment(first, second, "a")), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import {
  bindRuntimeContext,
  chainContext,
  EMPTY_HASH,
  hashOf,
  namespaceFromHex,
  signatureContexts,
  SignatureVerifier,
  testSigner,
} from "@wadi/crypto";

import { Evidence } from "./bodies.ts";
import {
  ComputeResultsHeader,
  executorCommitmentFailures,
  ExecutorCommitment,
  ExecutorCommitmentHeader,
  Proposal,
  ProposalHeader,
} from "./commitment.ts";
import { validateEvidence } from "./evidence.ts";
import { evidenceHash } from "./hashes.ts";
import { validateExecutorCommitment } from "./validate.ts";

const runtimeId = namespaceFromHex("80".padEnd(64, "0"));
const chain = chainContext("test chain");
const by = { verifier: new SignatureVerifier(), chain };
const node = testSigner("node");
const otherHash = hashOf(Uint8Array.of(1));

const results = create(ComputeResultsHeader, {
  round: 3n,
  previousHash: EMPTY_HASH,
  ioRoot: EMPTY_HASH,
  stateRoot: EMPTY_HASH,
  messagesHash: EMPTY_HASH,
  inMsgsHash: EMPTY_HASH,
});
const failed = create(ComputeResultsHeader, { round: 3n, previousHash: EMPTY_HASH });

function commit(header: ComputeResultsHeader, failure: number = executorCommitmentFailures.none): ExecutorCommitment {
  const signed = create(ExecutorCommitmentHeader, { schedulerId: node.publicKey, header, failure });
  const context = bindRuntimeContext(signatureContexts.executorCommitment, runtimeId, chain);
  const sig = node.sign(context, encodeCbor(ExecutorCommitmentHeader, signed));
  return create(ExecutorCommitment, { nodeId: node.publicKey, header: signed, sig });
}

function propose(header: Partial<ProposalHeader>): Proposal {
  const full = create(ProposalHeader, { round: 3n, ...header });
  const context = bindRuntimeContext(signatureContexts.proposal, runtimeId, chain);
  return create(Proposal, {
    nodeId: node.publicKey,
    header: full,
    sig: node.sign(context, encodeCbor(ProposalHeader, full)),
  });
}

const executor = (commitA: ExecutorCommitment, commitB: ExecutorCommitment): Evidence =>
  create(Evidence, { id: runtimeId, equivocationExecutor: { commitA, commitB } });
const proposal = (propA: Proposal, propB: Proposal): Evidence =>
  create(Evidence, { id: runtimeId, equivocationProp: { propA, propB } });

const a = commit(results);
const b = commit({ ...results, stateRoot: otherHash });

test("two results, or a result and a failure, of one node and round are evidence", () => {
  validateEvidence(executor(a, b), by);
  validateEvidence(executor(a, commit(failed, executorCommitmentFailures.unknown)), by);
  assert.equal(evidenceHash(executor(a, b)), evidenceHash(proposal(propose({}), propose({}))), "one per node");
});

test("what is no sign of equivocation, or of another node, round or scheduler, is refused", () => {
  const differentNode = { ...b, nodeId: testSigner("other").publicKey };
  const differentScheduler = { ...b, header: { ...b.header, schedulerId: testSigner("other").publicKey } };
  const cases: readonly (readonly [ExecutorCommitment, RegExp])[] = [
    [a, /no sign of equivocation/],
    [commit({ ...results, inMsgsCount: 1 }), /headers match/],
    [differentNode, /public keys/],
    [differentScheduler, /scheduler/],
    [commit({ ...results, round: 4n }), /same round/],
    [{ ...b, messages: [{ staking: null, registry: null, governance: null }] }, /messages should be empty/],
    [{ ...b, sig: a.sig }, /invalid signature for commit B/],
    [commit(failed), /missing IORoot/],
  ];
  for (const [other, reason] of cases) assert.throws(() => validateEvidence(executor(a, other), by), reason);
  const unknown = commit(failed, executorCommitmentFailures.unknown);
  assert.throws(() => validateEvidence(executor(unknown, unknown), by), /commits are equal/);
});

test("signatures of another runtime or chain do not count", () => {
  const elsewhere = { ...executor(a, b), id: namespaceFromHex("81".padStart(64, "0")) };
  assert.throws(() => validateEvidence(elsewhere, by), /invalid signature/);
  assert.throws(() => validateEvidence(executor(a, b), { ...by, chain: chainContext("another") }), /invalid signature/);
});

test("two proposals of one node and round are evidence", () => {
  const [p, q] = [propose({}), propose({ batchHash: otherHash })];
  validateEvidence(proposal(p, q), by);
  const cases: readonly (readonly [Proposal, RegExp])[] = [
    [p, /headers are equal/],
    [propose({ round: 4n }), /rounds don't match/],
    [{ ...q, nodeId: testSigner("other").publicKey }, /public keys/],
    [{ ...q, batch: [EMPTY_HASH] }, /batch should be empty/],
    [{ ...q, batchSig: q.sig }, /batch signature/],
    [{ ...q, sig: p.sig }, /invalid signature for proposal B/],
  ];
  for (const [other, reason] of cases) assert.throws(() => validateEvidence(proposal(p, other), by), reason);
});

test("evidence has exactly one kind", () => {
  const both = { ...executor(a, b), equivocationProp: { propA: propose({}), propB: propose({}) } };
  assert.throws(() => validateEvidence(both, by), /multiple fields/);
  const none = create(Evidence, { id: runtimeId });
  assert.throws(() => validateEvidence(none, by), /no fields set/);
  assert.throws(() => evidenceHash(none), { name: "ValidationError" });
});

test("a failure indication carries nothing else", () => {
  const failure = commit(failed, executorCommitmentFailures.stateUnavailable);
  validateExecutorCommitment(failure);
  const { header } = failure;
  const bad: readonly ExecutorCommitment[] = [
    { ...failure, header: { ...header, header: results } },
    { ...failure, header: { ...header, header: { ...failed, inMsgsCount: 1 } } },
    { ...failure, header: { ...header, rakSig: failure.sig } },
    { ...failure, header: { ...header, failure: 3 } },
    { ...a, messages: [{ staking: null, registry: null, governance: null }] },
  ];
  for (const commitment of bad)
    assert.throws(() => validateExecutorCommitment(commitment), { name: "ValidationError" });
});

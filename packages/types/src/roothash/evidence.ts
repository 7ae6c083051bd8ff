// Evidence of equivocation. Reference: go/roothash/api/api.go (Evidence.ValidateBasic).
import { encodeCbor } from "@wadi/codec";
import { bindRuntimeContext, signatureContexts } from "@wadi/crypto";
import type { ChainContext, Namespace, SignatureVerifier } from "@wadi/crypto";

import { ValidationError } from "../validation-error.ts";
import type { EquivocationExecutorEvidence, EquivocationProposalEvidence, Evidence } from "./bodies.ts";
import { ExecutorCommitmentHeader, executorCommitmentFailures, ProposalHeader } from "./commitment.ts";
import type { ExecutorCommitment, Proposal } from "./commitment.ts";
import { computeResultsHash } from "./hashes.ts";
import { validateExecutorCommitment } from "./validate.ts";

/** What signatures of a runtime's nodes are verified with. */
export interface CommitmentVerification {
  readonly verifier: SignatureVerifier;
  readonly chain: ChainContext;
  readonly runtimeId: Namespace;
}

/** True if the node signed the commitment header. */
export function verifyExecutorCommitment(commitment: ExecutorCommitment, by: CommitmentVerification): boolean {
  const context = bindRuntimeContext(signatureContexts.executorCommitment, by.runtimeId, by.chain);
  const message = encodeCbor(ExecutorCommitmentHeader, commitment.header);
  return by.verifier.verify(commitment.nodeId, context, message, commitment.sig);
}

/** True if the node signed the proposal header. */
export function verifyProposal(proposal: Proposal, by: CommitmentVerification): boolean {
  const context = bindRuntimeContext(signatureContexts.proposal, by.runtimeId, by.chain);
  return by.verifier.verify(proposal.nodeId, context, encodeCbor(ProposalHeader, proposal.header), proposal.sig);
}

/** Equality of headers for discrepancy detection: the RAK signature does not count. */
function mostlyEqual(a: ExecutorCommitmentHeader, b: ExecutorCommitmentHeader): boolean {
  return a.failure === b.failure && computeResultsHash(a.header) === computeResultsHash(b.header);
}

function refuseIf(refused: boolean, what: string): void {
  if (refused) throw new ValidationError(what);
}

function validateExecutorEquivocation(evidence: EquivocationExecutorEvidence, by: CommitmentVerification): void {
  const { commitA, commitB } = evidence;
  const [a, b] = [commitA.header, commitB.header];
  refuseIf(mostlyEqual(a, b), "commits are equal, no sign of equivocation");
  refuseIf(commitA.nodeId !== commitB.nodeId, "equivocation executor evidence signature public keys don't match");
  refuseIf(a.schedulerId !== b.schedulerId, "equivocation evidence scheduler IDs don't match");
  refuseIf(a.header.round !== b.header.round, "equivocation evidence commit headers not for same round");
  refuseIf(
    commitA.messages.length > 0 || commitB.messages.length > 0,
    "messages should be empty for equivocation evidence",
  );
  validateExecutorCommitment(commitA);
  validateExecutorCommitment(commitB);
  if (a.failure === executorCommitmentFailures.none && b.failure === executorCommitmentFailures.none) {
    const same =
      a.header.previousHash === b.header.previousHash &&
      a.header.ioRoot === b.header.ioRoot &&
      a.header.stateRoot === b.header.stateRoot &&
      a.header.messagesHash === b.header.messagesHash;
    refuseIf(same, "equivocation evidence commit headers match, no sign of equivocation");
  } else
    refuseIf(a.failure === b.failure, "equivocation evidence failure indication fields match, no sign of equivocation");
  refuseIf(!verifyExecutorCommitment(commitA, by), "invalid signature for commit A");
  refuseIf(!verifyExecutorCommitment(commitB, by), "invalid signature for commit B");
}

function validateProposalEquivocation(evidence: EquivocationProposalEvidence, by: CommitmentVerification): void {
  const { propA, propB } = evidence;
  const [a, b] = [propA.header, propB.header];
  refuseIf(
    a.round === b.round && a.previousHash === b.previousHash && a.batchHash === b.batchHash,
    "proposal headers are equal, no sign of equivocation",
  );
  refuseIf(propA.nodeId !== propB.nodeId, "equivocation proposal evidence signature public keys don't match");
  refuseIf(a.round !== b.round, "equivocation evidence proposal header rounds don't match");
  refuseIf(propA.batch.length > 0 || propB.batch.length > 0, "batch should be empty for equivocation evidence");
  refuseIf(
    propA.batchSig !== null || propB.batchSig !== null,
    "batch signature should be empty for equivocation evidence",
  );
  refuseIf(!verifyProposal(propA, by), "invalid signature for proposal A");
  refuseIf(!verifyProposal(propB, by), "invalid signature for proposal B");
}

/**
 * Everything about evidence that needs no state, signatures included; whether it is too old does.
 * Throws ValidationError.
 */
export function validateEvidence(evidence: Evidence, by: Omit<CommitmentVerification, "runtimeId">): void {
  const { equivocationExecutor, equivocationProp, id } = evidence;
  const verification = { ...by, runtimeId: id };
  if (equivocationExecutor !== null && equivocationProp !== null) {
    throw new ValidationError("evidence has multiple fields set");
  }
  if (equivocationExecutor !== null) validateExecutorEquivocation(equivocationExecutor, verification);
  else if (equivocationProp !== null) validateProposalEquivocation(equivocationProp, verification);
  else throw new ValidationError("evidence content has no fields set");
}

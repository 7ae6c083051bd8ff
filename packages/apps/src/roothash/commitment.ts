// Verification of an executor commitment against the runtime's state.
// Reference: go/roothash/api/commitment/pool.go (VerifyExecutorCommitment), executor.go.
import { encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { node as nodeTypes, registry, roothash, ValidationError, versionsEqual, type PublicKey } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { node } from "../registry/state.ts";
import { isFailure } from "./pool.ts";
import { estimateRuntimeMessages } from "./runtime-messages.ts";
import type { RunningRuntime } from "./state.ts";

type ExecutorCommitment = roothash.ExecutorCommitment;

const resultsContext = bindContext(signatureContexts.computeResultsHeader);

/**
 * Everything that decides about a commitment before the pool sees it: signature, form, the block
 * it builds on, attestation, messages. Charges the gas that its messages would use. Refuses with
 * `roothash/commitment` 1, 4, 5, 7, 11, 13 and with (`unknown`, 1) for the signature.
 */
export function verifyCommitment(ctx: Context, running: RunningRuntime, commitment: ExecutorCommitment): void {
  const { nodeId, header } = commitment;
  const runtimeId = running.runtime.id;
  const by = { verifier: ctx.verifier, chain: ctx.chainContext, runtimeId };
  if (!roothash.verifyExecutorCommitment(commitment, by)) {
    refusePlain("roothash/commitment: signature verification failed", { nodeId });
  }
  requireValidForm(commitment);
  requireParent(running.lastBlock.header, header.header);
  if (isFailure(commitment)) {
    if (nodeId === header.schedulerId) {
      refuse(roothash.ErrCommitmentBadExecutorCommitment, "a scheduler must not indicate a failure", { nodeId });
    }
    return;
  }
  if (running.runtime.teeHardware !== nodeTypes.teeHardware.none) requireAttestation(ctx, running, commitment);
  requireMessages(ctx, running, commitment);
}

function requireValidForm(commitment: ExecutorCommitment): void {
  try {
    roothash.validateExecutorCommitment(commitment);
  } catch (e) {
    if (!(e instanceof ValidationError)) throw e;
    refuse(roothash.ErrCommitmentBadExecutorCommitment, e.message);
  }
}

function requireParent(last: roothash.Header, results: roothash.ComputeResultsHeader): void {
  const round = BigInt.asUintN(64, last.round + 1n);
  if (results.round !== round) {
    refuse(roothash.ErrCommitmentNotBasedOnCorrectBlock, "not for the next round", { round, given: results.round });
  }
  const parent = roothash.headerHash(last);
  if (results.previousHash !== parent) {
    refuse(roothash.ErrCommitmentNotBasedOnCorrectBlock, "not on top of the last block", {
      parent,
      given: results.previousHash,
    });
  }
}

/** The results must be signed by the enclave that the node registered for the version in force. */
function requireAttestation(ctx: Context, running: RunningRuntime, { nodeId, header }: ExecutorCommitment): void {
  const rak = registeredRak(ctx, running, nodeId);
  const message = encodeCbor(roothash.ComputeResultsHeader, header.header);
  if (header.rakSig === null || !ctx.verifier.verify(rak, resultsContext, message, header.rakSig)) {
    refuse(roothash.ErrCommitmentRakSigInvalid, "no valid signature of the enclave over the results", { nodeId, rak });
  }
}

function registeredRak(ctx: Context, { runtime, committee }: RunningRuntime, nodeId: PublicKey): PublicKey {
  const descriptor =
    node(ctx.state, nodeId) ?? refuse(roothash.ErrCommitmentNotInCommittee, "the node is not registered", { nodeId });
  const deployment =
    registry.activeDeployment(runtime, committee.validFor) ??
    refuse(roothash.ErrCommitmentNoRuntime, "no deployment is in force", { epoch: committee.validFor });
  const entry = (descriptor.runtimes ?? []).find(
    (candidate) =>
      candidate !== null && candidate.id === runtime.id && versionsEqual(candidate.version, deployment.version),
  );
  if (entry === undefined || entry === null) {
    refuse(roothash.ErrCommitmentNotInCommittee, "the node is not registered for the version in force", {
      nodeId,
      version: deployment.version,
    });
  }
  const { tee } = entry.capabilities;
  return tee?.rak ?? refuse(roothash.ErrCommitmentRakSigInvalid, "the node has no TEE capability", { nodeId });
}

/** Only the scheduler emits messages; they are run in simulation for their gas, whatever comes of it. */
function requireMessages(ctx: Context, { runtime }: RunningRuntime, commitment: ExecutorCommitment): void {
  const { nodeId, header, messages } = commitment;
  if (nodeId !== header.schedulerId) {
    if (messages.length === 0) return;
    refuse(roothash.ErrCommitmentInvalidMessages, "only the scheduler may send messages", { nodeId });
  }
  const { maxMessages } = runtime.executor;
  if (messages.length > maxMessages) {
    refuse(roothash.ErrCommitmentInvalidMessages, "more messages than the runtime's max_messages", {
      messages: messages.length,
      maxMessages,
    });
  }
  const { messagesHash } = header.header;
  const hash = roothash.messagesHash(messages);
  if (hash !== messagesHash) {
    refuse(roothash.ErrCommitmentInvalidMessages, "messages do not match their hash", { hash, messagesHash });
  }
  if (messages.length > 0) estimateRuntimeMessages(ctx, runtime.id, messages);
}

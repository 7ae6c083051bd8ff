// Signed proposals and commitments. Reference: go/worker/compute/executor/committee/node.go,
// go/roothash/api/commitment/{proposal,executor}.go.
import { encodeCbor } from "@wadi/codec";
import { bindRuntimeContext, signatureContexts, type ChainContext, type Signer } from "@wadi/crypto";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace, type PublicKey } from "@wadi/types";

/** Who signs, and for which runtime of which network. */
export interface CommitmentSigner {
  /** The node key. */
  readonly signer: Signer;
  readonly runtimeId: Namespace;
  readonly chain: ChainContext;
}

const NO_RAK_SIGNATURE = new Uint8Array(64);

/** A proposal of a batch for the round after the header's. */
export function signProposal(
  { chain, runtimeId, signer }: CommitmentSigner,
  { batch, batchHash, previousHash, round }: roothash.ProposalHeader & { readonly batch: readonly Hash[] },
): roothash.Proposal {
  const header = { round, previousHash, batchHash };
  const context = bindRuntimeContext(signatureContexts.proposal, runtimeId, chain);
  const sig = signer.sign(context, encodeCbor(roothash.ProposalHeader, header));
  return { ...roothash.Proposal.zero(), nodeId: signer.publicKey, header, sig, batch };
}

/** The commitment to what a batch gave; messages go with it only if the node scheduled the batch. */
export function signCommitment(
  by: CommitmentSigner,
  schedulerId: PublicKey,
  { batch }: ExecuteTxBatchResponse,
): roothash.ExecutorCommitment {
  const { rakSig } = batch;
  const signature = rakSig.length === 0 ? NO_RAK_SIGNATURE : rakSig;
  const header = { ...roothash.ExecutorCommitmentHeader.zero(), schedulerId, header: batch.header, rakSig: signature };
  return sign(by, header, by.signer.publicKey === schedulerId ? batch.messages : []);
}

/** The commitment that says that a batch cannot be executed. */
export function signFailure(
  by: CommitmentSigner,
  schedulerId: PublicKey,
  round: bigint,
  previousHash: Hash,
): roothash.ExecutorCommitment {
  const zero = roothash.ExecutorCommitmentHeader.zero();
  const results = { ...roothash.ComputeResultsHeader.zero(), round, previousHash };
  const { unknown: failure } = roothash.executorCommitmentFailures;
  return sign(by, { ...zero, schedulerId, header: results, failure, rakSig: null }, []);
}

function sign(
  { chain, runtimeId, signer }: CommitmentSigner,
  header: roothash.ExecutorCommitmentHeader,
  messages: readonly roothash.Message[],
): roothash.ExecutorCommitment {
  const context = bindRuntimeContext(signatureContexts.executorCommitment, runtimeId, chain);
  const sig = signer.sign(context, encodeCbor(roothash.ExecutorCommitmentHeader, header));
  return { ...roothash.ExecutorCommitment.zero(), nodeId: signer.publicKey, header, sig, messages };
}

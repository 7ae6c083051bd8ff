// Making the next block (state/state.go MakeBlock, state/execution.go CreateProposalBlock of the fork).
import {
  commitHash,
  consensusParamsHash,
  dataHash,
  evidenceListHash,
  maxDataBytes,
  medianTime,
  refusal,
  ZERO_BLOCK_ID,
  type Block,
  type Commit,
  type ConsensusAddress,
  type EngineState,
  type Evidence,
} from "@wadi/comet-types";
import type { Application } from "../application.ts";
import { txSizeInBlock } from "../mempool/tx.ts";
import { blockContext } from "./block-request.ts";
import { ErrProposalTooLarge } from "./errors.ts";

/** The last commit of a chain's first block. */
export const EMPTY_COMMIT: Commit = { height: 0, round: 0, blockId: ZERO_BLOCK_ID, signatures: [] };

/** The height of the block that comes next. */
export function nextHeight(state: EngineState): number {
  return state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1;
}

/** What a proposer decides about a block; all else follows from the state. */
export interface BlockContent {
  readonly txs: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
  /** Of the height before; EMPTY_COMMIT for the first block. */
  readonly lastCommit: Commit;
  readonly proposerAddress: ConsensusAddress;
}

/** The next block with this content. Throws ErrCommitMismatch for a commit by others than the last validators. */
export function makeBlock(state: EngineState, content: BlockContent): Block {
  const { txs, evidence, lastCommit, proposerAddress } = content;
  const height = nextHeight(state);
  const isFirst = height === state.initialHeight;
  const header: Block["header"] = {
    version: state.version.consensus,
    chainId: state.chainId,
    height,
    time: isFirst ? state.lastBlockTime : medianTime(lastCommit, state.lastValidators),
    lastBlockId: state.lastBlockId,
    lastCommitHash: commitHash(lastCommit),
    dataHash: dataHash(txs),
    validatorsHash: state.validators.hash,
    nextValidatorsHash: state.nextValidators.hash,
    consensusHash: consensusParamsHash(state.consensusParams),
    appHash: state.appHash,
    lastResultsHash: state.lastResultsHash,
    evidenceHash: evidenceListHash(evidence),
    proposerAddress,
  };
  return { header, txs, evidence, lastCommit };
}

/** Evidence that waits for a block, with its size in one. */
export interface EvidenceOffer {
  readonly evidence: readonly Evidence[];
  readonly sizeBytes: number;
}

/** Where a proposer takes the content of a block from. */
export interface ProposalSources {
  readonly application: Pick<Application, "prepareProposal">;
  /** Evidence not yet in a block, at most so many bytes of it. */
  pendingEvidence(maxBytes: number): EvidenceOffer;
  /** Transactions in the mempool's order that fit; -1 for gas without a limit. */
  reapTransactions(maxBytes: number, maxGas: bigint): readonly Uint8Array[];
}

/** Refuses transactions that take more than `maxBytes` in a block: ErrProposalTooLarge. */
function checkTransactionBytes(txs: readonly Uint8Array[], maxBytes: number): void {
  let size = 0;
  for (const tx of txs) size += txSizeInBlock(tx.length);
  if (size > maxBytes) {
    throw refusal(ErrProposalTooLarge, `transaction data size exceeds maximum ${maxBytes}`, { size, maxBytes });
  }
}

/**
 * The block to propose: evidence first, then what the application makes of the mempool's
 * transactions. Throws ErrProposalTooLarge where parameters leave no room or the application
 * returns too much, and what the application throws.
 */
export function createProposalBlock(
  state: EngineState,
  lastCommit: Commit,
  proposerAddress: ConsensusAddress,
  sources: ProposalSources,
): Block {
  const { block: limits, evidence: evidenceLimits } = state.consensusParams;
  const { evidence, sizeBytes } = sources.pendingEvidence(evidenceLimits.maxBytes);
  const maxTxBytes = maxDataBytes(limits.maxBytes, sizeBytes, state.validators.size);
  if (maxTxBytes < 0) throw refusal(ErrProposalTooLarge, `a block of ${limits.maxBytes} bytes has no room for data`);
  const offered = sources.reapTransactions(maxTxBytes, limits.maxGas);
  const draft = makeBlock(state, { txs: offered, evidence, lastCommit, proposerAddress });
  const context = blockContext(draft, state.lastValidators, state.initialHeight);
  const txs = sources.application.prepareProposal({ ...context, txs: offered, maxTxBytes });
  checkTransactionBytes(txs, maxTxBytes);
  return makeBlock(state, { txs, evidence, lastCommit, proposerAddress });
}

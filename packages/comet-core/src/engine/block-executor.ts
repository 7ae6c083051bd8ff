// Makes, judges and applies blocks with the application, the stores and the pools. What is written
// when is decided here:
//
//   1. the application executes the block (nothing durable)
//   2. the block, its seen commit and its results are stored, in one durable transaction
//   3. the write-ahead log ends the height
//   4. the application commits
//   5. evidence pool and mempool learn of the block
//   6. the state after the block is stored, durable with the next block at the latest
//
// A crash between any two of these is repaired by the handshake (handshake.ts). Executing comes
// before storing, where the reference has it behind, so that the results are in the same
// transaction; since execution leaves no trace, this is as if the crash had come before step 2.
// Reference: state/execution.go of the fork (BlockExecutor), consensus/state.go (finalizeCommit).
import {
  maxDataBytes,
  type Block,
  type BlockId,
  type Commit,
  type ConsensusAddress,
  type EngineState,
  type EngineVerifier,
  type Evidence,
} from "@wadi/comet-types";
import { must } from "@wadi/util";
import type { Application, BlockResponse } from "../application.ts";
import type { TxLimits } from "../mempool/config.ts";
import { blockRequest } from "../execution/block-request.ts";
import { createProposalBlock, type EvidenceOffer } from "../execution/create-block.ts";
import { executeBlock, nextState, withAppHash } from "../execution/next-state.ts";
import { validateNextBlock } from "../execution/validate-block.ts";
import type { CommittedBlock } from "../rounds/types.ts";
import type { SignRecord } from "../sign-state/sign-record.ts";
import type { BlockStore } from "../stores/block-store.ts";
import type { StateStore } from "../stores/state-store.ts";

/** What blocks need of the mempool. */
export interface TransactionSource {
  /** Checks again what a block has put in doubt; true when nothing is left to check. */
  recheck(): boolean;
  reap(maxBytes: number, maxGas: bigint): readonly Uint8Array[];
  update(
    height: number,
    committed: readonly { readonly tx: Uint8Array; readonly code: number }[],
    limits: TxLimits,
  ): void;
}

/** What blocks need of the evidence pool. */
export interface EvidenceSource {
  offer(maxBytes: number): EvidenceOffer;
  /** Throws where evidence in a block does not prove what it says, or was in a block before. */
  checkBlockEvidence(evidence: readonly Evidence[]): void;
  update(state: EngineState, evidence: readonly Evidence[]): void;
}

export interface ExecutorParts {
  readonly application: Application;
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly verifier: EngineVerifier;
  readonly mempool: TransactionSource;
  readonly evidence: EvidenceSource;
}

/** A block that is final, applied and stored. */
export interface AppliedBlock {
  readonly block: Block;
  readonly blockId: BlockId;
  readonly response: BlockResponse;
  /** After the block. */
  readonly state: EngineState;
  /** The application wants the node to stop now. */
  readonly mustStop: boolean;
  /** Heights that pruning removed. */
  readonly pruned: number;
  /** Why pruning did not work; nothing else is wrong then. */
  readonly pruneError?: unknown;
}

/**
 * Heights that one block removes at most, since nothing else goes on meanwhile. Where more may go,
 * because the application lets them go in leaps, the next blocks remove them.
 */
const PRUNED_WITH_A_BLOCK = 100;

/** What fits in the next block. */
export function txLimits(state: EngineState): TxLimits {
  const { maxBytes, maxGas } = state.consensusParams.block;
  return { maxDataBytes: maxDataBytes(maxBytes, 0, state.validators.size), maxGas };
}

/**
 * Removes what is stored of heights below `retainHeight`, but for the validators of the height
 * before it: an application that has to be given the first block again hears who signed the one
 * before. Returns the number of blocks that went. Throws ErrPruneHeight.
 */
export function pruneBelow({ blocks, states }: Pick<ExecutorParts, "blocks" | "states">, retainHeight: number): number {
  blocks.checkRetainHeight(retainHeight);
  // Blocks last: their base says where an interrupted pruning goes on.
  states.prune(Math.max(blocks.base - 1, 0), retainHeight - 1);
  return blocks.prune(retainHeight);
}

export class BlockExecutor {
  readonly #parts: ExecutorParts;
  /** The block judged last: rounds ask again at every step. */
  #validated: { readonly block: Block; readonly state: EngineState } | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** The block to propose. Throws what `createProposalBlock` throws. */
  createProposalBlock(state: EngineState, lastCommit: Commit, proposer: ConsensusAddress): Block {
    const { application, evidence, mempool } = this.#parts;
    mempool.recheck();
    return createProposalBlock(state, lastCommit, proposer, {
      application,
      pendingEvidence: (maxBytes) => evidence.offer(maxBytes),
      reapTransactions: (maxBytes, maxGas) => mempool.reap(maxBytes, maxGas),
    });
  }

  /** All rules of validity, evidence included. Throws. */
  validate(state: EngineState, block: Block): void {
    const last = this.#validated;
    if (last?.block === block && last.state === state) return;
    validateNextBlock(state, block, this.#parts.verifier);
    this.#parts.evidence.checkBlockEvidence(block.evidence);
    this.#validated = { block, state };
  }

  processProposal(state: EngineState, block: Block): boolean {
    return this.#parts.application.processProposal(blockRequest(block, state.lastValidators, state.initialHeight));
  }

  /**
   * Takes a decided block, which must be valid, through all steps; `endHeight` is step 3.
   * `signRecord` is stored with the block.
   */
  apply(
    state: EngineState,
    committed: CommittedBlock,
    endHeight: (height: number) => void,
    signRecord?: SignRecord,
  ): AppliedBlock {
    const { block, blockId } = committed;
    const executed = executeBlock(state, blockId, block, this.#parts.application);
    this.#parts.blocks.save(committed, executed.response, signRecord);
    endHeight(block.header.height);
    return this.#commit(block, blockId, executed.response, executed.state);
  }

  /** Applies the last stored block, which neither the application nor the state has seen. */
  applyStored(state: EngineState, height: number): AppliedBlock {
    const { blocks, application, verifier } = this.#parts;
    const block = must(blocks.loadBlock(height));
    const { blockId } = must(blocks.loadMeta(height));
    // The evidence was judged before the block was stored; the pool may have it as committed by now.
    validateNextBlock(state, block, verifier);
    const executed = executeBlock(state, blockId, block, application);
    blocks.saveResponses(height, executed.response);
    return this.#commit(block, blockId, executed.response, executed.state);
  }

  /** Makes up for a state that was not stored: the application has committed this block. */
  applyCommitted(state: EngineState, height: number, appHash: EngineState["appHash"]): EngineState {
    const { blocks, states, evidence, verifier } = this.#parts;
    const block = must(blocks.loadBlock(height));
    const { blockId } = must(blocks.loadMeta(height));
    validateNextBlock(state, block, verifier);
    const { beginBlock, deliverTxs, endBlock } = must(blocks.loadResponses(height));
    const response = { beginBlock: must(beginBlock), deliverTxs, endBlock: must(endBlock) };
    const next = withAppHash(nextState(state, blockId, block.header, response), appHash);
    evidence.update(next, block.evidence);
    states.save(next);
    return next;
  }

  #commit(block: Block, blockId: BlockId, response: BlockResponse, unhashed: EngineState): AppliedBlock {
    const { application, mempool, evidence, states } = this.#parts;
    const { height } = block.header;
    const { appHash, retainHeight, mustStop } = application.commit();
    const state = withAppHash(unhashed, appHash);
    const codes = response.deliverTxs.map(({ code }) => code);
    mempool.update(
      height,
      block.txs.map((tx, i) => ({ tx, code: codes[i] ?? 0 })),
      txLimits(state),
    );
    evidence.update(state, block.evidence);
    states.save(state);
    return { block, blockId, response, state, mustStop, ...this.#prune(retainHeight) };
  }

  #prune(retainHeight: number): { readonly pruned: number; readonly pruneError?: unknown } {
    const { blocks, states } = this.#parts;
    if (retainHeight <= blocks.base) return { pruned: 0 };
    try {
      blocks.checkRetainHeight(retainHeight);
      const to = Math.min(retainHeight, blocks.base + PRUNED_WITH_A_BLOCK);
      return { pruned: pruneBelow({ blocks, states }, to) };
    } catch (pruneError) {
      return { pruned: 0, pruneError };
    }
  }
}

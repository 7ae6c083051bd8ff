// What the engine asks of the replicated application: the calls of ABCI 0.37 as synchronous
// functions (abci/types of the fork). BeginBlock, DeliverTx and EndBlock of a block are one call,
// since nothing happens between them.
//
// The engine calls in this order: `info` once at the start; `initChain` if the application is at
// height 0; then, for each height, any number of `prepareProposal` and `processProposal`, one
// `finalizeBlock` and one `commit`. `checkTx` comes at any time between calls. Calls do not nest.
import type {
  ConsensusAddress,
  ConsensusParams,
  ConsensusParamsMessage,
  Header,
  HexHash,
  Misbehavior,
  ResponseBeginBlock,
  ResponseDeliverTx,
  ResponseEndBlock,
  TimeNs,
  ValidatorChange,
  ValidatorUpdate,
} from "@wadi/comet-types";
import { registerError } from "@wadi/util";

const module = "cometbft/application";

/**
 * Thrown by an application that must not go on: halt height or epoch, an upgrade that needs
 * another program. The block at hand is not committed; the engine stops, keeping what it has, and
 * the same block comes again after a restart. `cause` says why.
 */
export const ErrApplicationStop = registerError(module, 1, "application stops the node");

/** Where the application stands. */
export interface ApplicationInfo {
  /** Protocol version of the application, for headers. */
  readonly appVersion: bigint;
  /** 0 while it has not committed a block. */
  readonly lastHeight: number;
  /** Empty while it has not committed a block. */
  readonly lastAppHash: HexHash;
}

export interface InitChainRequest {
  readonly time: TimeNs;
  readonly chainId: string;
  readonly consensusParams: ConsensusParams;
  /** Those of the genesis document, as given there. */
  readonly validators: readonly ValidatorChange[];
  readonly initialHeight: number;
}

export interface InitChainResponse {
  /** The app hash of the first header. */
  readonly appHash: HexHash;
  /** Instead of the genesis validators; empty keeps those. */
  readonly validators: readonly ValidatorUpdate[];
  /** Parts that replace those of the genesis document. */
  readonly consensusParams: ConsensusParamsMessage | undefined;
}

/** How one validator of the last height took part in its commit. */
export interface CommitVoteInfo {
  readonly address: ConsensusAddress;
  readonly power: bigint;
  /** True for every vote that is there, also one for nil. */
  readonly signed: boolean;
}

export interface CommitInfo {
  readonly round: number;
  /** In the order of the set of the last height; empty at the initial height. */
  readonly votes: readonly CommitVoteInfo[];
}

/** What is known of a block before its transactions. */
export interface BlockContext {
  readonly height: number;
  readonly time: TimeNs;
  readonly proposerAddress: ConsensusAddress;
  readonly nextValidatorsHash: HexHash;
  readonly lastCommit: CommitInfo;
  readonly misbehavior: readonly Misbehavior[];
}

export interface PrepareProposalRequest extends BlockContext {
  /** What the mempool offers, in its order. */
  readonly txs: readonly Uint8Array[];
  /** Sum of the sizes, with their framing in a block, that the answer must not pass. */
  readonly maxTxBytes: number;
}

/** A whole block. */
export interface BlockRequest extends BlockContext {
  readonly hash: HexHash;
  readonly header: Header;
  readonly txs: readonly Uint8Array[];
}

/** Results of a block, in the form in which the engine stores them. One result for each transaction. */
export interface BlockResponse {
  readonly beginBlock: ResponseBeginBlock;
  readonly deliverTxs: readonly ResponseDeliverTx[];
  readonly endBlock: ResponseEndBlock;
}

export interface CommitResponse {
  /** The app hash of the next header. */
  readonly appHash: HexHash;
  /** Blocks below this height may go; 0 keeps all. */
  readonly retainHeight: number;
  /** True if the node is to stop in order now that this block is final. */
  readonly mustStop: boolean;
}

export interface CheckTxResponse {
  /** 0 for a valid transaction. */
  readonly code: number;
  readonly codespace: string;
  readonly data: Uint8Array;
  readonly log: string;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
  /** The mempool's order. */
  readonly priority: number;
  /** At most one transaction of a sender is in the mempool; empty for no such rule. */
  readonly sender: string;
}

export type CheckTxKind = "new" | "recheck";

/**
 * A deterministic application. Any error but ErrApplicationStop is a failure of the machine or of
 * the program: the engine stops at once, and what was not committed is done again after a restart.
 */
export interface Application {
  info(): ApplicationInfo;
  /** Makes the genesis state; comes again after a restart before the first commit. */
  initChain(request: InitChainRequest): InitChainResponse;
  /** Never throws for a bad transaction. */
  checkTx(tx: Uint8Array, kind: CheckTxKind): CheckTxResponse;
  /** The transactions of the block to propose; may leave out, add and reorder. */
  prepareProposal(request: PrepareProposalRequest): readonly Uint8Array[];
  /** Whether to vote for the block. Must be true for what `prepareProposal` of an honest node made. */
  processProposal(block: BlockRequest): boolean;
  /** Executes a decided block on the last committed state; nothing is durable yet. */
  finalizeBlock(block: BlockRequest): BlockResponse;
  /**
   * Makes the block executed last the new state. After return the state survives the death of the
   * process. It may be lost with the machine: the engine has stored the block durably before and
   * will play it again.
   */
  commit(): CommitResponse;
}

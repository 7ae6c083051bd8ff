// The state machine as the engine's application. Between the two there are only forms: times,
// requests, and the errors by which a machine says that the node has to stop.
// Reference: go/consensus/cometbft/abci/mux.go.
import { StopForUpgrade, timeOfNanos, toAbciResponses, type ProposalSigner, type StateMachine } from "@wadi/apps";
import {
  ErrApplicationStop,
  type Application,
  type ApplicationInfo,
  type BlockContext,
  type BlockRequest,
  type BlockResponse,
  type CheckTxKind,
  type CheckTxResponse,
  type CommitResponse,
  type InitChainRequest,
  type InitChainResponse,
  type PrepareProposalRequest,
} from "@wadi/comet-core";
import { chainIdOfContext, type HexHash } from "@wadi/comet-types";
import { COMETBFT_APP_VERSION } from "@wadi/types";
import { WadiError, must } from "@wadi/util";

import { ErrGenesis } from "./errors.ts";

const NO_DATA = new Uint8Array(0);

export interface NodeApplicationOptions {
  /** The consensus key, which signs the metadata of own proposals. */
  readonly signer: ProposalSigner;
  /** Blocks below this height may go; default: all stay. */
  readonly retainHeight?: () => number;
  /** Called with a transaction that was valid once and no longer is; the mempool has no other way to tell. */
  readonly onInvalidated?: (raw: Uint8Array, error: unknown) => void;
  /** Called when a proposal is refused, with the reason. */
  readonly onRejected?: (height: number, reason: unknown) => void;
}

/** Blocks as the machine takes them. */
function blockInfo(block: BlockContext): Parameters<StateMachine["prepareProposal"]>[0] {
  const { height, lastCommit, misbehavior, nextValidatorsHash, proposerAddress, time } = block;
  return {
    height,
    time: timeOfNanos(time),
    proposerAddress,
    nextValidatorsHash,
    lastCommit: lastCommit.votes.map(({ address, signed }) => ({ address, signed })),
    misbehavior,
    txs: [],
  };
}

/** Runs `body`; a machine that must not go on becomes what the engine understands. */
function stoppable<T>(body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof StopForUpgrade) throw new WadiError(ErrApplicationStop, { cause });
    throw cause;
  }
}

export class NodeApplication implements Application {
  readonly #machine: StateMachine;
  readonly #options: NodeApplicationOptions;

  constructor(machine: StateMachine, options: NodeApplicationOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  info(): ApplicationInfo {
    const { lastHeight, lastRoot = "" } = this.#machine;
    return { appVersion: COMETBFT_APP_VERSION, lastHeight, lastAppHash: lastRoot as HexHash };
  }

  /** Throws ErrGenesis where engine and machine were made from different documents. */
  initChain(request: InitChainRequest): InitChainResponse {
    const { chainContext, initialHeight } = this.#machine;
    const { chainId, consensusParams } = request;
    if (chainId !== chainIdOfContext(chainContext) || request.initialHeight !== initialHeight) {
      const context = `the engine has chain ${chainId} from height ${request.initialHeight}, the applications have ${chainContext} from ${initialHeight}`;
      throw new WadiError(ErrGenesis, { context });
    }
    const { appHash } = this.#machine.initChain();
    return { appHash: appHash as HexHash, validators: [], consensusParams };
  }

  checkTx(tx: Uint8Array, kind: CheckTxKind): CheckTxResponse {
    const { error, ...result } = this.#machine.checkTransaction(tx);
    if (kind === "recheck" && result.code !== 0) this.#options.onInvalidated?.(tx, error);
    const [gasWanted, gasUsed] = [BigInt.asIntN(64, result.gasWanted), BigInt.asIntN(64, result.gasUsed)];
    return { ...result, gasWanted, gasUsed, data: NO_DATA, sender: "" };
  }

  /** Empty where the block cannot be executed: everyone would refuse it. */
  prepareProposal(request: PrepareProposalRequest): readonly Uint8Array[] {
    const proposal = { ...blockInfo(request), txs: request.txs };
    return stoppable(() => this.#machine.prepareProposal(proposal, request.maxTxBytes, this.#options.signer));
  }

  processProposal(block: BlockRequest): boolean {
    const { hash, height, txs } = block;
    const { accepted, reason } = stoppable(() => this.#machine.processProposal({ ...blockInfo(block), hash, txs }));
    if (!accepted) this.#options.onRejected?.(height, reason);
    return accepted;
  }

  /** A block that was executed as a proposal is not executed again. */
  finalizeBlock(block: BlockRequest): BlockResponse {
    const { hash, txs } = block;
    const executed = stoppable(() => this.#machine.execute({ ...blockInfo(block), hash, txs }));
    const { beginBlock, deliverTxs, endBlock } = toAbciResponses(executed);
    return { beginBlock: must(beginBlock), deliverTxs, endBlock: must(endBlock) };
  }

  commit(): CommitResponse {
    const { appHash, mustStop } = this.#machine.commit();
    return { appHash: appHash as HexHash, mustStop, retainHeight: this.#options.retainHeight?.() ?? 0 };
  }
}

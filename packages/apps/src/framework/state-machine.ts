// The consensus state machine: a genesis document and blocks in; roots, results, events, validator
// updates and stop signals out. It holds the last committed state, the state that CheckTx works
// on, and the block in progress. It does no I/O of its own and knows no clock.
// Reference: go/consensus/cometbft/abci/mux.go, state.go, upgrade.go.
import type { Time } from "@wadi/codec";
import { NO_ADDRESS } from "@wadi/comet-types";
import type { ChainContext, PublicKey } from "@wadi/crypto";
import { Overlay, type KeyValueTree, type Tree } from "@wadi/mkvs";
import { consensus, genesis, transaction, upgrade, type consensusGenesis } from "@wadi/types";
import { fromHex, isError, must, toHex } from "@wadi/util";

import { ApplicationSet } from "./application-set.ts";
import { BlockContext, type BlockInfo } from "./block-context.ts";
import { BlockExecutor, metadataResult } from "./block.ts";
import { checkTransaction, type CheckResult } from "./check.ts";
import { chainContextKey, parametersKey } from "./core-state.ts";
import { Context, type ContextMode, type Environment } from "./context.ts";
import { BlockFailure, isRefusal, refuse } from "./errors.ts";
import type { EmittedEvent } from "./events.ts";
import type {
  BlockInput,
  CommitResult,
  ExecutedBlock,
  InitChainResult,
  ProposalVerdict,
  Watch,
} from "./executed-block.ts";
import { shouldHalt } from "./halt.ts";
import { estimateGas, type Pipeline } from "./pipeline.ts";
import { noDebugSwitches, type ProposalSigner, type Tracer } from "./ports.ts";
import { proposalsEqual, selectTransactions, type Proposal } from "./proposal.ts";
import { State } from "./state.ts";
import type { StateMachineOptions } from "./state-machine-options.ts";
import { stateSyncCompleted } from "./system-messages.ts";
import { eventsRoot, signBlockMetadata, validateSystemTransactions } from "./system-transactions.ts";

interface Executed {
  readonly input: BlockInput;
  readonly tree: Tree;
  readonly result: ExecutedBlock;
  /** The proposal as this node made it, before its hash was known. */
  readonly own: Proposal | undefined;
}

const MAX_HEIGHT = BigInt(Number.MAX_SAFE_INTEGER);
const GENESIS_TIME: Time = { seconds: 0n, nanos: 0 };

export class StateMachine {
  readonly applications: ApplicationSet;
  readonly chainContext: ChainContext;
  readonly document: genesis.Document;
  readonly initialHeight: number;
  readonly #options: StateMachineOptions;
  readonly #pipeline: Pipeline;
  readonly #baseEpoch: bigint;
  /** The last committed state; after InitChain the genesis state. Never written to. */
  #canonical: Tree | undefined;
  #check: Tree | undefined;
  /** The last committed height; undefined until the first block is committed. */
  #height: number | undefined;
  #root: Uint8Array = new Uint8Array(0);
  #time: Time;
  #parameters: consensusGenesis.Parameters | undefined;
  #initEvents: readonly EmittedEvent[] = [];
  #executed: Executed | undefined;

  /** Continues from the last state of the store, if it has one. Throws if that is of another network. */
  constructor(options: StateMachineOptions) {
    const { applications, auth, document, store, timeSource } = options;
    this.#options = options;
    this.document = document;
    this.chainContext = options.chainContext ?? genesis.genesisChainContext(document);
    if (document.height < 1n || document.height > MAX_HEIGHT) {
      throw new BlockFailure(`initial height ${document.height} is out of range`);
    }
    this.initialHeight = Number(document.height);
    this.applications = new ApplicationSet(applications);
    this.#pipeline = {
      applications: this.applications,
      auth,
      signatureContext: transaction.transactionContext(this.chainContext),
    };
    this.#baseEpoch = timeSource.baseEpoch(document);
    this.#time = options.lastBlockTime ?? document.genesisTime ?? GENESIS_TIME;
    if (store.latest !== undefined && Number(store.latest) >= this.initialHeight) {
      this.#resume(must(store.at(store.latest)), Number(store.latest));
    }
  }

  /** The last committed height, 0 while there is none, as the engine is told. */
  get lastHeight(): number {
    return this.#height ?? 0;
  }

  /** Root of the last committed state, hex; undefined while there is none. */
  get lastRoot(): string | undefined {
    return this.#height === undefined ? undefined : toHex(this.#root);
  }

  /** The parameters as of the last commit. */
  get parameters(): consensusGenesis.Parameters | undefined {
    return this.#parameters;
  }

  /**
   * The genesis state. Not stored: after a restart before the first commit it is made again.
   * Throws BlockFailure naming the application that refused the document.
   */
  initChain(): InitChainResult {
    const tree = this.#options.store.empty();
    const overlay = new Overlay(tree);
    const info: BlockInfo = { time: this.#time, proposerAddress: NO_ADDRESS, lastCommit: [], misbehavior: [] };
    const ctx = new Context("init-chain", this.#environment(new BlockContext(info, 0n), this.#time), overlay);
    ctx.state.set(chainContextKey.at(), this.chainContext);
    for (const app of this.applications.ordered) {
      try {
        app.initChain?.(ctx, this.document);
      } catch (e) {
        if (isRefusal(e)) throw new BlockFailure(`InitChain: ${app.name}`, e);
        throw e;
      }
    }
    ctx.state.set(parametersKey.at(), this.document.consensus.params);
    overlay.commit();
    this.#initEvents = ctx.events;
    this.#canonical = tree;
    this.#check = tree.copy();
    this.#parameters = this.document.consensus.params;
    return { appHash: tree.hash(), events: ctx.events };
  }

  /**
   * Executes a block on the last committed state. A block whose hash was executed last is not
   * executed again. Throws BlockFailure, StopForUpgrade, or a storage failure.
   */
  execute(input: BlockInput): ExecutedBlock {
    const last = this.#executed;
    if (last !== undefined && input.hash !== "" && last.input.hash === input.hash) return last.result;
    return this.#run(input).result;
  }

  /** Keeps the block executed last as the new state. */
  commit(): CommitResult {
    const { tree, input, result } = must(this.#executed, "no executed block to commit");
    const appHash = this.#options.store.commit(tree, BigInt(result.height));
    this.#executed = undefined;
    this.#initEvents = [];
    this.#time = input.time;
    this.#resume(tree, result.height);
    return { height: result.height, appHash, mustStop: this.#mustStopNext() };
  }

  /** Drops the block executed last. */
  reset(): void {
    this.#executed = undefined;
  }

  /**
   * Puts a block together: as many of `txs` as fit, in order (failing ones stay and pay), then the
   * metadata. Empty where it cannot be executed; such a block would be refused by everyone.
   */
  prepareProposal(proposal: Proposal, maxBytes: number, signer: ProposalSigner): readonly Uint8Array[] {
    const txs = selectTransactions(proposal.txs, maxBytes - consensus.MAX_BLOCK_METADATA_SIZE);
    try {
      const executed = this.#run({ ...proposal, txs, hash: "" });
      const metadata = signBlockMetadata(executed.result, signer, this.chainContext);
      const all = [...txs, metadata];
      const transactions = [...executed.result.transactions, metadataResult];
      this.#executed = { ...executed, result: { ...executed.result, transactions }, own: { ...proposal, txs: all } };
      return all;
    } catch (e) {
      this.#executed = undefined;
      if (e instanceof BlockFailure || isRefusal(e)) return [];
      throw e;
    }
  }

  /** Executes a proposal and says whether it is valid. The own one is recognized and not executed again. */
  processProposal(input: BlockInput): ProposalVerdict {
    const last = this.#executed;
    if (last?.own !== undefined && proposalsEqual(last.own, input)) {
      this.#executed = { ...last, input };
      return { accepted: true };
    }
    try {
      this.#run(input);
      return { accepted: true };
    } catch (reason) {
      this.#executed = undefined;
      if (reason instanceof BlockFailure || isRefusal(reason)) return { accepted: false, reason };
      throw reason;
    }
  }

  /** Checks a transaction for the mempool; its fee and nonce count for the next checks. */
  checkTransaction(raw: Uint8Array): CheckResult {
    const tree = must(this.#check, "the chain is not initialized");
    return checkTransaction(this.#pipeline, this.#context("check", tree), raw);
  }

  /** See `estimateGas` of the pipeline; throws (`consensus`, 1) before the first block. */
  estimateGas(signer: PublicKey, tx: transaction.Transaction): bigint {
    if (this.#height === undefined) refuse(consensus.ErrNoCommittedBlocks, "nothing to simulate on");
    const tree = must(this.#options.store.at(BigInt(this.#height)));
    return estimateGas(this.#pipeline, this.#context("simulate", new Overlay(tree)), signer, tx);
  }

  /** The state of a kept height (0 or less: the last one). Throws (`consensus`, 1) or (`consensus`, 3). */
  stateAt(height: number): State {
    if (this.#height === undefined) refuse(consensus.ErrNoCommittedBlocks, "nothing is committed");
    if (height > this.#height) refuse(consensus.ErrVersionNotFound, `height ${height} is above ${this.#height}`);
    const tree = this.#options.store.at(BigInt(height <= 0 ? this.#height : height));
    return new State(tree ?? refuse(consensus.ErrVersionNotFound, `height ${height} is not kept`));
  }

  /** The state that the next block starts from: after InitChain the genesis state. Not to be changed. */
  committedTree(): KeyValueTree {
    return must(this.#canonical, "the chain is not initialized");
  }

  /** Tells the applications that the state is complete: on start with a state, and after a state sync. */
  announceState(): void {
    this.#withLastState((ctx) => ctx.publish(stateSyncCompleted, null));
  }

  #withLastState<T>(body: (ctx: Context) => T): T {
    const tree = must(this.#canonical, "the chain is not initialized");
    return body(this.#context("end-block", new Overlay(tree)));
  }

  /**
   * Executes a block to look at it: the tracer watches, `wrap` may put a tree in front of the
   * state, and metadata that states other roots is no failure. The block can be committed.
   */
  executeTraced(input: BlockInput, watch: Watch): ExecutedBlock {
    return this.#run(input, watch).result;
  }

  #run(input: BlockInput, watch?: Watch): Executed {
    this.#executed = undefined;
    const parameters = must(this.#parameters, "the chain is not initialized");
    const tree = must(this.#canonical).copy();
    const overlay = new Overlay(tree);
    const block = new BlockContext(input, parameters.maxBlockGas);
    const environment = this.#environment(block, input.time, watch?.tracer);
    const isProposing = input.hash === "";
    const executor = new BlockExecutor(this.#pipeline, environment, watch?.wrap?.(overlay) ?? overlay, isProposing);

    const height = environment.lastHeight + 1;
    if (input.height !== height) throw new BlockFailure(`block of height ${input.height} where ${height} is next`);
    const { stepped } = watch?.tracer ?? {};
    const begin = executor.begin((epoch) => shouldHalt(this.#options.halt, height, epoch));
    stepped?.("begin");
    const transactions = input.txs.map((raw, i) => {
      const result = executor.deliver(raw);
      stepped?.(i);
      return result;
    });
    const { events: endEvents, validatorUpdates } = executor.end();
    stepped?.("end");
    overlay.commit();
    const roots = { stateRoot: tree.hash(), eventsRoot: eventsRoot(block) };
    if (!isProposing && watch === undefined) validateSystemTransactions(block, roots);

    const beginEvents = this.#height === undefined ? [...this.#initEvents, ...begin] : begin;
    const result = { height, beginEvents, transactions, endEvents, validatorUpdates, ...roots };
    this.#executed = { input, tree, result, own: undefined };
    return this.#executed;
  }

  #resume(tree: Tree, height: number): void {
    const state = new State(tree);
    const stored = state.get(chainContextKey.at());
    if (stored !== undefined && stored !== this.chainContext) {
      throw new BlockFailure(
        `state chain context does not match genesis file (genesis: ${this.chainContext} state: ${stored})`,
      );
    }
    this.#canonical = tree;
    this.#check = tree.copy();
    this.#height = height;
    this.#root = fromHex(tree.syncRoot.hash);
    this.#parameters = state.must(parametersKey.at());
  }

  #context(mode: ContextMode, tree: KeyValueTree): Context {
    return new Context(mode, this.#environment(undefined, this.#time), tree);
  }

  #environment(block: BlockContext | undefined, now: Time, tracer?: Tracer): Environment {
    const { timeSource, verifier, upgrader, local, debug } = this.#options;
    return {
      now,
      chainContext: this.chainContext,
      initialHeight: this.initialHeight,
      lastHeight: this.#height ?? this.initialHeight - 1,
      committed: this.#height === undefined ? undefined : new State(must(this.#canonical)),
      lastStateRoot: this.#root,
      parameters: this.#parameters,
      baseEpoch: this.#baseEpoch,
      block,
      bus: this.applications.bus,
      timeSource,
      verifier,
      upgrader,
      local: local ?? { minGasPrice: 0n },
      debug: debug ?? noDebugSwitches,
      tracer,
    };
  }

  /** Whether the next block needs another program; failures of the check are not the block's. */
  #mustStopNext(): boolean {
    return this.#withLastState((ctx) => {
      const height = this.lastHeight;
      const { upgrader } = this.#options;
      if (upgrader === undefined) return false;
      const epoch = ctx.currentEpoch();
      try {
        upgrader.consensusUpgrade(undefined, epoch, height);
      } catch (e) {
        if (isError(e, upgrade.ErrStopForUpgrade)) return true;
        if (!isRefusal(e)) throw e;
      }
      return shouldHalt(this.#options.halt, height, epoch);
    });
  }
}

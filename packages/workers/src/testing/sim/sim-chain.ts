// Consensus as a committee sees it: the state of one runtime under the real rules of roothash, a
// mempool that loses nothing, and blocks when the simulation says so.
import { BlockContext, MessageBus, isRefusal, registryApp, roothashApp, schedulerApp, stakingApp } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { create, encodeCbor } from "@wadi/codec";
import { EMPTY_HASH, namespaceFromHex } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { events, node, registry, roothash, signature, staking, scheduler, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import { SimVerifier } from "./keys.ts";

export const simRuntimeId = namespaceFromHex(`80${"00".repeat(30)}07`);

/** That of the block with the runtime's genesis. */
export const FIRST_HEIGHT = 100;

export interface RuntimeTerms {
  /** Blocks that workers have after a scheduler's commitment. */
  readonly roundTimeoutBlocks: number;
  readonly allowedStragglers: number;
  readonly maxBatchSize: number;
  readonly flushTimeoutMs: number;
  readonly proposerTimeoutMs: number;
}

/** What a block of consensus brings to those who follow the runtime. */
export interface ChainNews {
  readonly height: number;
  readonly state: roothash.RuntimeState;
  /** A new block of the runtime. */
  readonly isNewRound: boolean;
  readonly committed: readonly roothash.ExecutorCommitment[];
  readonly refused: readonly { readonly commitment: roothash.ExecutorCommitment; readonly reason: string }[];
  readonly discrepancies: readonly roothash.ExecutionDiscrepancyDetectedEvent[];
  readonly badEntities: readonly PublicKey[];
}

export class SimChain {
  readonly #tree = Tree.empty(RootType.state);
  readonly #bus = new MessageBus();
  readonly #verifier = new SimVerifier();
  readonly #mempool: roothash.ExecutorCommitment[] = [];
  readonly #info: BlockContext["info"];
  #state: roothash.RuntimeState;
  #height = FIRST_HEIGHT;
  #epoch = 1n;

  constructor(terms: RuntimeTerms, nodes: readonly PublicKey[], committee: scheduler.Committee) {
    const context = this.#context("init-chain");
    const { state } = context;
    const parameters = { debugBypassStake: true, maxEvidenceAge: 100n, maxPastRootsStored: 4n };
    roothashApp.setParameters(context, create(roothash.ConsensusParameters, parameters));
    stakingApp.setStakingParameters(context, create(staking.ConsensusParameters, {}));
    const runtime = runtimeOf(terms);
    registryApp.setRuntime(state, runtime, false);
    for (const id of nodes) {
      // Each is its own entity, so that blame can be told apart.
      const descriptor: node.Node = { ...node.NodeV3.zero(), v: node.LATEST_NODE_VERSION, id, entityId: id };
      const envelope = create(signature.MultiSigned, { untrustedRawValue: encodeCbor(node.Node, descriptor) });
      registryApp.setNode(state, undefined, descriptor, envelope);
    }
    schedulerApp.setCommittee(state, committee);
    const first = roothashApp.genesisBlock(context, simRuntimeId, runtime.genesis, roothash.headerTypes.normal);
    const initial = {
      ...roothash.RuntimeState.zero(),
      runtime,
      genesisBlock: first,
      lastBlock: first,
      lastBlockHeight: this.#height,
      committee,
      commitmentPool: roothashApp.newPool(),
      timeout: roothashApp.TIMEOUT_NEVER,
    };
    roothashApp.setRuntimeState(state, initial);
    this.#state = initial;
    this.#info = context.block.info;
  }

  get height(): number {
    return this.#height;
  }

  get state(): roothash.RuntimeState {
    return this.#state;
  }

  send(commitment: roothash.ExecutorCommitment): void {
    this.#mempool.push(commitment);
  }

  /**
   * Makes the next block; with a committee (null: nobody was elected) an epoch begins in it. Undefined
   * where nothing happens to the runtime.
   */
  makeBlock(elected?: scheduler.Committee | null): ChainNews | undefined {
    this.#height++;
    const sent = this.#mempool.splice(0);
    const isTimeout = this.#state.timeout === BigInt(this.#height);
    if (sent.length === 0 && !isTimeout && elected === undefined) return undefined;
    const before = this.#state;
    const app = roothashApp.roothashApplication();
    const block = new BlockContext(this.#info, 0n);
    if (elected !== undefined) {
      const begin = this.#context("begin-block", block, this.#epoch);
      this.#elect(begin.state, elected);
      must(app.beginBlock)(begin);
    }
    const committed: roothash.ExecutorCommitment[] = [];
    const refused: { readonly commitment: roothash.ExecutorCommitment; readonly reason: string }[] = [];
    for (const commitment of sent) {
      const deliver = this.#context("deliver", block);
      deliver.setSigner(commitment.nodeId);
      try {
        roothashApp.executorCommit(deliver, { id: simRuntimeId, commits: [commitment] }, undefined);
        committed.push(commitment);
      } catch (e) {
        if (!isRefusal(e)) throw e;
        refused.push({ commitment, reason: (e as Error).message });
      }
    }
    const end = this.#context("end-block", block);
    must(app.endBlock)(end);
    const attributes = end.events.flat();
    const discrepancies = attributes
      .filter(({ kind }) => kind === events.eventKinds.roothashExecutionDiscrepancy)
      .map(({ value }) => value as roothash.ExecutionDiscrepancyDetectedEvent);
    const state = roothashApp.runtimeState(end.state, simRuntimeId);
    this.#state = state;
    const isNewRound = state.lastBlock.header.round !== before.lastBlock?.header.round;
    const results = roothashApp.lastRoundResults(end.state, simRuntimeId);
    const badEntities = isNewRound ? (results.badComputeEntities ?? []) : [];
    return { height: this.#height, state, isNewRound, committed, refused, discrepancies, badEntities };
  }

  #elect(state: Parameters<typeof schedulerApp.setCommittee>[0], elected: scheduler.Committee | null): void {
    this.#epoch++;
    registryApp.resumeRuntime(state, simRuntimeId);
    if (elected === null) schedulerApp.removeCommittee(state, schedulerKind, simRuntimeId);
    else schedulerApp.setCommittee(state, elected);
  }

  #context(
    mode: "init-chain" | "check" | "begin-block" | "deliver" | "end-block",
    block?: BlockContext,
    last?: bigint,
  ) {
    return testContext({
      mode,
      tree: this.#tree,
      lastHeight: this.#height - 1,
      epoch: this.#epoch,
      ...(last !== undefined && { epoch: last + 1n, lastEpoch: last }),
      environment: { bus: this.#bus, verifier: this.#verifier, ...(block && { block }) },
    });
  }
}

const NANOS_PER_MS = 1_000_000n;
const schedulerKind = scheduler.committeeKinds.executor;

function runtimeOf(terms: RuntimeTerms): registry.Runtime {
  const { allowedStragglers, flushTimeoutMs, maxBatchSize, proposerTimeoutMs, roundTimeoutBlocks } = terms;
  const zero = registry.Runtime.zero();
  return {
    ...zero,
    v: 3,
    id: simRuntimeId,
    kind: registry.runtimeKinds.compute,
    governanceModel: registry.governanceModels.entity,
    genesis: { ...zero.genesis, stateRoot: EMPTY_HASH },
    executor: { ...zero.executor, allowedStragglers, roundTimeout: BigInt(roundTimeoutBlocks), maxMessages: 8 },
    txnScheduler: {
      ...zero.txnScheduler,
      maxBatchSize: BigInt(maxBatchSize),
      batchFlushTimeout: BigInt(flushTimeoutMs) * NANOS_PER_MS,
      proposeBatchTimeout: BigInt(proposerTimeoutMs) * NANOS_PER_MS,
    },
  };
}

// Starts an engine on what is on a node's disk, as the shell does on real files.
import type { EngineState, ValidatorSet } from "@wadi/comet-types";
import type { Signer } from "@wadi/crypto";
import { isError } from "@wadi/util";
import { txLimits } from "../../engine/block-executor.ts";
import { ConsensusEngine } from "../../engine/consensus-engine.ts";
import { handshake, openState } from "../../engine/handshake.ts";
import { EvidencePool } from "../../evidence/pool.ts";
import { CachingVerifier } from "../../execution/verified-signatures.ts";
import { DEFAULT_MEMPOOL_CONFIG } from "../../mempool/config.ts";
import { Mempool } from "../../mempool/mempool.ts";
import type { Now } from "../../rounds/types.ts";
import type { RoundView } from "../../rounds/view.ts";
import { BlockStore } from "../../stores/block-store.ts";
import { ErrNotStored } from "../../stores/errors.ts";
import { StateStore } from "../../stores/state-store.ts";
import { WriteAheadLog } from "../../wal/write-ahead-log.ts";
import type { NodeStorage } from "./node-storage.ts";
import {
  sabotagedApplication,
  sabotagedExecutor,
  sabotagedLog,
  sabotagedReports,
  sabotagedValidator,
} from "./sabotage.ts";
import type { World } from "./sim-node.ts";
import { ToyApplication } from "./toy-application.ts";

/** Small, so that the log is rotated. */
const WAL_OPTIONS = { maxFileBytes: 40_000, maxTotalBytes: 1_000_000 };

export interface OpenEngine {
  readonly engine: ConsensusEngine;
  readonly blocks: BlockStore;
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  readonly verifier: CachingVerifier;
}

function loadValidators(states: StateStore, height: number): ValidatorSet | undefined {
  try {
    return states.loadValidators(height);
  } catch (e) {
    if (isError(e, ErrNotStored)) return undefined;
    throw e;
  }
}

interface Chain {
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly verifier: CachingVerifier;
}

function evidencePool(storage: NodeStorage, { blocks, states, verifier }: Chain, state: EngineState): EvidencePool {
  const chain = {
    get height() {
      return blocks.height;
    },
    loadHeader: (height: number) => blocks.loadHeader(height),
    loadCommit: (height: number) => blocks.loadCommit(height),
    loadValidators: (height: number) => loadValidators(states, height),
  };
  return new EvidencePool({ storage: storage.evidence, chain, verifier }, state);
}

/** The engine before its start; the handshake is done. */
export function openEngine(world: World, node: number, storage: NodeStorage, signer: Signer): OpenEngine {
  const { genesis, rules, scenario, sabotage } = world;
  const now = (): Now => ({ time: world.timeOf(node), ms: world.schedule.nowMs });
  const blocks = new BlockStore(storage.database);
  const states = new StateStore(storage.database);
  const verifier = new CachingVerifier(world.verifier);
  const toy = new ToyApplication(rules, storage.toy, storage.disk);
  const application = sabotagedApplication(sabotage, toy, node);
  const stored = openState({ blocks, states }, genesis);
  const evidence = evidencePool(storage, { blocks, states, verifier }, stored);
  const mempool = new Mempool(application, DEFAULT_MEMPOOL_CONFIG, txLimits(stored), stored.lastBlockHeight);
  const executor = sabotagedExecutor(sabotage, { application, blocks, states, verifier, mempool, evidence });
  const state = handshake({ application, genesis, executor, blocks, states }, stored);
  const wal = new WriteAheadLog(sabotagedLog(sabotage, storage.wal), WAL_OPTIONS);
  const running: { engine?: ConsensusEngine } = {};
  const view = (): RoundView | undefined => running.engine?.view;
  const privateValidator = sabotagedValidator(sabotage, signer, storage.signState, view);
  const { timeouts, skipTimeoutCommit, createEmptyBlocks, emptyBlocksIntervalMs } = scenario;
  const config = { timeouts, skipTimeoutCommit, createEmptyBlocks, emptyBlocksIntervalMs };
  const reports = sabotagedReports(sabotage, evidence);
  const parts = { executor, blocks, wal, verifier, privateValidator, evidence: reports, now };
  const engine = new ConsensusEngine(parts, config, state);
  running.engine = engine;
  wal.open(now().time);
  return { engine, blocks, mempool, evidence, verifier };
}

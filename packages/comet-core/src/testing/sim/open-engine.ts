// Starts an engine on what is on a node's disk, as the shell does on real files.
import type { Signer } from "@wadi/crypto";
import { BlockExecutor, txLimits, type ExecutorParts } from "../../engine/block-executor.ts";
import { ConsensusEngine } from "../../engine/consensus-engine.ts";
import { handshake, openState } from "../../engine/handshake.ts";
import { EvidencePool } from "../../evidence/pool.ts";
import { CachingVerifier } from "../../execution/verified-signatures.ts";
import { DEFAULT_MEMPOOL_CONFIG } from "../../mempool/config.ts";
import { Mempool } from "../../mempool/mempool.ts";
import type { Now } from "../../rounds/types.ts";
import type { RoundView } from "../../rounds/view.ts";
import { BlockStore } from "../../stores/block-store.ts";
import { evidenceStorage } from "../../stores/evidence-storage.ts";
import { StagingDatabase } from "../../stores/staging-database.ts";
import { StateStore } from "../../stores/state-store.ts";
import { storedChain } from "../../stores/stored-chain.ts";
import { WriteAheadLog } from "../../wal/write-ahead-log.ts";
import type { NodeStorage } from "./node-storage.ts";
import {
  sabotagedApplication,
  sabotagedExecutor,
  sabotagedLog,
  sabotagedReports,
  sabotagedValidator,
} from "./sabotage.ts";
import type { World } from "./world.ts";
import { ToyApplication } from "./toy-application.ts";

/** Small, so that the log is rotated. */
const WAL_OPTIONS = { maxFileBytes: 40_000, maxTotalBytes: 1_000_000 };

export interface OpenEngine {
  readonly engine: ConsensusEngine;
  readonly blocks: BlockStore;
  readonly mempool: Mempool;
  readonly evidence: EvidencePool;
  readonly verifier: CachingVerifier;
  readonly wal: WriteAheadLog;
}

/** For the handshake, which takes blocks from the store only. */
const NO_MEMPOOL: ExecutorParts["mempool"] = { recheck: () => true, reap: () => [], update: () => {} };

/** The engine before its start; the handshake is done. */
export function openEngine(world: World, node: number, storage: NodeStorage, signer: Signer): OpenEngine {
  const { genesis, rules, scenario, sabotage } = world;
  const now = (): Now => ({ time: world.timeOf(node), ms: world.schedule.nowMs });
  const database = new StagingDatabase(storage.database);
  const blocks = new BlockStore(database);
  const states = new StateStore(database);
  const verifier = new CachingVerifier(world.verifier);
  const toy = new ToyApplication(rules, storage.toy, storage.disk);
  const application = sabotagedApplication(sabotage, toy, node);
  const wal = new WriteAheadLog(sabotagedLog(sabotage, storage.wal), WAL_OPTIONS);
  wal.open(now().time);

  const stored = openState({ blocks, states }, genesis);
  const evidence = new EvidencePool(
    { storage: evidenceStorage(database), chain: storedChain({ blocks, states }), verifier },
    stored,
  );
  const common = { application, blocks, states, verifier, evidence };
  const replayer = new BlockExecutor({ ...common, mempool: NO_MEMPOOL });
  const state = handshake({ ...common, genesis, executor: replayer }, stored);

  const mempool = new Mempool(application, DEFAULT_MEMPOOL_CONFIG, txLimits(state), state.lastBlockHeight);
  const executor = sabotagedExecutor(sabotage, { ...common, mempool });
  const running: { engine?: ConsensusEngine } = {};
  const view = (): RoundView | undefined => running.engine?.view;
  const privateValidator = sabotagedValidator(sabotage, signer, storage.signState, view);
  const { timeouts, skipTimeoutCommit, createEmptyBlocks, emptyBlocksIntervalMs, hasNoPeers } = scenario;
  const config = { timeouts, skipTimeoutCommit, createEmptyBlocks, emptyBlocksIntervalMs };
  const reports = sabotagedReports(sabotage, evidence);
  const parts = { executor, blocks, wal, verifier, privateValidator, evidence: reports, hasNoPeers, now };
  const engine = new ConsensusEngine(parts, config, state);
  running.engine = engine;
  return { engine, blocks, mempool, evidence, verifier, wal };
}

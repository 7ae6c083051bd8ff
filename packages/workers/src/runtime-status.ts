// What `control status` says of a runtime, as far as it is known yet.
// Reference: go/oasis-node/cmd/node/node_control.go, go/worker/common/committee/node.go.
import { committeeStates, executorStates, CommitteeStatus, RuntimeStatus, type HostStatus } from "@wadi/api";
import { isRefusal, roothashApp, schedulerApp } from "@wadi/apps";
import { RootType } from "@wadi/mkvs";
import type { CallInFlight } from "@wadi/runtime-host";
import { roothash, type Namespace, type PublicKey, type Version, type scheduler } from "@wadi/types";
import { must } from "@wadi/util";
import { NO_RANK } from "@wadi/worker-core";

import type { ChainReader } from "./consensus-port.ts";
import type { HistoryStore } from "./history/history-store.ts";
import type { IndexerState } from "./history/indexer.ts";
import type { RuntimeFault } from "./runtime-faults.ts";
import { NO_ROUND, lastRetainedBlock } from "./storage/last-synced.ts";
import type { RuntimeStorage } from "./storage/runtime-storage.ts";

/** How far the worker of a runtime is. */
export interface WorkerProgress {
  readonly runtimeId: Namespace;
  readonly consensus: ChainReader;
  readonly history: HistoryStore;
  readonly indexer: { readonly state: IndexerState };
  readonly storage: Pick<RuntimeStorage, "firstKept" | "lastSynced" | "state">;
  /** Round and height of the last block whose state is here. */
  readonly last: { readonly round: bigint; readonly height: number } | undefined;
  readonly activeVersion: Version | undefined;
  /** That the node has, in ascending order. */
  readonly versions: readonly Version[];
  readonly isStarted: boolean;
  readonly isRunning: boolean;
  /** Whether an executor can do with the runtime that runs. */
  readonly isSuited: boolean;
  readonly isTrustSynced: boolean;
  /** Of a node that executes. */
  readonly nodeId: PublicKey | undefined;
  /** Oldest first. */
  readonly calls: readonly CallInFlight[];
  readonly faults: readonly RuntimeFault[];
}

/** Calls are shown from then on: most are over within milliseconds. */
const SHOWN_AFTER_MS = 1000;
/** More do not help anybody: many queries may wait for a runtime that hangs. */
const CALLS_SHOWN = 16;

/** Parts that nobody knows yet are zero. */
export function runtimeStatus(worker: WorkerProgress): RuntimeStatus {
  const { activeVersion, history, indexer, nodeId, storage } = worker;
  const state = stateOf(worker);
  const status: RuntimeStatus = {
    ...RuntimeStatus.zero(),
    ...(state && onChain(state, worker)),
    committee: {
      ...CommitteeStatus.zero(),
      status: committeeState(worker, state),
      activeVersion: activeVersion ?? null,
      latestRound: worker.last?.round ?? 0n,
      latestHeight: worker.last?.height ?? 0,
      ...membership(worker, state),
      host: hostStatus(worker),
    },
    storage: { status: storage.state, lastFinalizedRound: storage.lastSynced ?? NO_ROUND },
    indexer: {
      status: indexer.state,
      lastRound: history.latest?.block?.header.round ?? 0n,
      reindexStatus: null,
    },
  };
  return nodeId === undefined ? status : { ...status, executor: { status: executorState(worker) } };
}

function hostStatus({ calls, faults, versions }: WorkerProgress): HostStatus {
  const shown = calls.filter(({ elapsedMs }) => elapsedMs >= SHOWN_AFTER_MS).slice(0, CALLS_SHOWN);
  const now = Date.now();
  return {
    versions: versions.length === 0 ? null : versions,
    calls: shown.map(({ elapsedMs, limitMs, text: call }) => ({
      call,
      since: timeOf(now - elapsedMs),
      seconds: BigInt(Math.floor(elapsedMs / 1000)),
      // Zero is left out.
      limitSeconds: BigInt(Math.ceil((limitMs ?? 0) / 1000)),
    })),
    faults: faults.map(({ count, sinceMs, text: fault }) => ({ fault, since: timeOf(sinceMs), times: BigInt(count) })),
  };
}

/** Whole seconds are enough for people. */
function timeOf(ms: number): HostStatus["faults"][number]["since"] {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 };
}

/** The runtime's state in consensus; undefined before it is registered. */
function stateOf({ consensus, runtimeId }: WorkerProgress): roothash.RuntimeState | undefined {
  const { machine } = consensus.backend;
  if (machine.lastHeight === 0) return undefined;
  try {
    return roothashApp.roothashQueries.runtimeState(machine.stateAt(0), runtimeId);
  } catch (e) {
    if (isRefusal(e)) return undefined;
    throw e;
  }
}

function onChain(state: roothash.RuntimeState, { history, storage }: WorkerProgress): Partial<RuntimeStatus> {
  const { header: latest } = must(state.lastBlock);
  const { header: genesis } = must(state.genesisBlock);
  const retained = lastRetainedBlock(storage, history)?.header ?? genesis;
  return {
    descriptor: state.runtime,
    latestRound: latest.round,
    latestHash: roothash.headerHash(latest),
    latestTime: latest.timestamp,
    latestStateRoot: {
      ns: latest.namespace,
      version: latest.round,
      rootType: RootType.state,
      hash: latest.stateRoot,
    },
    genesisRound: genesis.round,
    genesisHash: roothash.headerHash(genesis),
    lastRetainedRound: retained.round,
    lastRetainedHash: roothash.headerHash(retained),
  };
}

function committeeState(
  { consensus, isRunning, isStarted, last }: WorkerProgress,
  state: roothash.RuntimeState | undefined,
): number {
  if (!consensus.backend.isSynced) return committeeStates.waitingConsensusSync;
  if (state === undefined) return committeeStates.waitingRuntimeRegistry;
  if (!isStarted) return committeeStates.waitingHistoryReindex;
  if (last === undefined) return committeeStates.waitingWorkersInit;
  if (!isRunning) return committeeStates.waitingHostedRuntime;
  return state.suspended ? committeeStates.runtimeSuspended : committeeStates.ready;
}

function executorState({ isRunning, isSuited, isTrustSynced }: WorkerProgress): number {
  if (!isRunning || !isSuited) return executorStates.waitingRuntime;
  return isTrustSynced ? executorStates.ready : executorStates.waitingTrustSync;
}

/** The node's part in the committee; it may be worker and backup worker at once. */
function membership(
  { last, nodeId }: WorkerProgress,
  state: roothash.RuntimeState | undefined,
): Pick<CommitteeStatus, "executorRoles" | "liveness" | "schedulerRank"> {
  const committee = state?.committee ?? undefined;
  const own = committee === undefined ? [] : ownPlaces(committee, nodeId);
  if (committee === undefined || nodeId === undefined || own.length === 0) {
    return { executorRoles: null, schedulerRank: NO_RANK, liveness: null };
  }
  const sum = (counts: readonly bigint[] | null | undefined): bigint =>
    own.reduce((total, [index]) => total + (counts?.[index] ?? 0n), 0n);
  const stats = state?.livenessStats ?? undefined;
  return {
    executorRoles: [...new Set(own.map(([, role]) => role))],
    schedulerRank: schedulerApp.schedulerRank(committee, (last?.round ?? 0n) + 1n, nodeId) ?? NO_RANK,
    liveness:
      stats === undefined
        ? null
        : {
            totalRounds: stats.totalRounds,
            liveRounds: sum(stats.goodRounds),
            finalizedProposals: sum(stats.finalizedProposals),
            missedProposals: sum(stats.missedProposals),
          },
  };
}

/** Index and role of each place that a node has in a committee. */
function ownPlaces(committee: scheduler.Committee, id: PublicKey | undefined): readonly (readonly [number, number])[] {
  return schedulerApp
    .committeeMembers(committee)
    .flatMap(({ publicKey, role }, index) => (publicKey === id ? [[index, role] as const] : []));
}

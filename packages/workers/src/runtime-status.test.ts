import assert from "node:assert/strict";
import { test } from "node:test";
import { ExecutorState, HostStatus, committeeStates, type RuntimeStatus } from "@wadi/api";
import { roothashApp, type State } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { encodeJson } from "@wadi/codec";
import { testSigner } from "@wadi/crypto";
import { MemoryStore } from "@wadi/kv";
import { registry, roothash, scheduler } from "@wadi/types";
import { must } from "@wadi/util";
import { NO_RANK } from "@wadi/worker-core";

import { HistoryStore } from "./history/history-store.ts";
import { runtimeStatus, type WorkerProgress } from "./runtime-status.ts";
import { annotated, testHeader, testRuntimeId } from "./testing/test-block.ts";

const own = testSigner("own").publicKey;
const other = testSigner("other").publicKey;
const { backupWorker, worker } = scheduler.committeeRoles;
const registered = {
  ...roothash.RuntimeState.zero(),
  runtime: { ...registry.Runtime.zero(), id: testRuntimeId },
  genesisBlock: { header: testHeader(3n) },
  lastBlock: { header: testHeader(7n) },
};

type Changes = Partial<Pick<roothash.RuntimeState, "committee" | "livenessStats" | "suspended">>;

/** With `chain` null the runtime is not registered; undefined: there is no block. */
function statusOf(
  chain: Changes | null | undefined,
  progress: Partial<WorkerProgress> = {},
  isSynced = true,
): RuntimeStatus {
  const context = testContext({ mode: "init-chain" });
  const { state } = context;
  roothashApp.setParameters(context, roothash.ConsensusParameters.zero());
  if (chain) roothashApp.setRuntimeState(state, { ...registered, ...chain });
  const machine = { lastHeight: chain === undefined ? 0 : 20, stateAt: (): State => state };
  return runtimeStatus({
    runtimeId: testRuntimeId,
    consensus: { backend: { machine, isSynced } },
    history: new HistoryStore(new MemoryStore(), testRuntimeId),
    indexer: { state: "indexing" },
    storage: { state: "syncing rounds", lastSynced: undefined, firstKept: 0n },
    last: undefined,
    activeVersion: undefined,
    versions: [],
    isStarted: true,
    isRunning: true,
    isSuited: true,
    isTrustSynced: true,
    nodeId: own,
    calls: [],
    faults: [],
    ...progress,
  });
}

const last = { round: 6n, height: 19 };

test("each stage of a worker has its state, in the order of the reference", () => {
  const cases: [Changes | null | undefined, Partial<WorkerProgress>, keyof typeof committeeStates][] = [
    [undefined, {}, "waitingRuntimeRegistry"],
    [null, { last }, "waitingRuntimeRegistry"],
    [{}, { isStarted: false }, "waitingHistoryReindex"],
    [{}, {}, "waitingWorkersInit"],
    [{}, { last, isRunning: false }, "waitingHostedRuntime"],
    [{ suspended: true }, { last }, "runtimeSuspended"],
    [{}, { last }, "ready"],
  ];
  for (const [chain, progress, expected] of cases) {
    assert.equal(statusOf(chain, progress).committee?.status, committeeStates[expected], expected);
  }
  assert.equal(statusOf({}, { last }, false).committee?.status, committeeStates.waitingConsensusSync);
});

test("what is not known yet is zero", () => {
  const status = statusOf(null);
  assert.deepEqual([status.descriptor, status.latestRound, status.genesisRound], [null, 0n, 0n]);
  assert.equal(status.storage?.lastFinalizedRound, NO_RANK);
  assert.deepEqual([status.committee?.executorRoles, status.committee?.schedulerRank], [null, NO_RANK]);
  assert.equal(statusOf({}).descriptor?.id, testRuntimeId);
});

test("rounds are those of the chain, of the history and of the storage", () => {
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  history.commit([annotated(5n, 15), annotated(6n, 16)]);
  const storage = { state: "syncing rounds", lastSynced: 6n, firstKept: 0n } as const;
  const status = statusOf({}, { history, storage, last });
  const { genesisRound, lastRetainedRound, latestRound, latestStateRoot } = status;
  assert.deepEqual([genesisRound, lastRetainedRound, latestRound, latestStateRoot.version], [3n, 5n, 7n, 7n]);
  assert.deepEqual([status.committee?.latestRound, status.committee?.latestHeight], [6n, 19]);
  assert.deepEqual([status.indexer?.lastRound, status.storage?.lastFinalizedRound], [6n, 6n]);
  const pruned = statusOf({}, { history, storage: { ...storage, firstKept: 6n }, last });
  assert.equal(pruned.lastRetainedRound, 6n, "a block without its state is not retained");
});

test("a node that is worker and backup worker counts in both places", () => {
  const members = [
    { role: worker, publicKey: other },
    { role: worker, publicKey: own },
    { role: backupWorker, publicKey: own },
  ];
  const committee = { kind: scheduler.committeeKinds.executor, members, runtimeId: testRuntimeId, validFor: 1n };
  const livenessStats = {
    totalRounds: 9n,
    goodRounds: [8n, 5n, 2n],
    finalizedProposals: [4n, 3n, 0n],
    missedProposals: [0n, 1n, 1n],
  };
  const chain = { committee, livenessStats };
  const status = statusOf(chain, { last });
  assert.deepEqual(status.committee?.executorRoles, [worker, backupWorker]);
  assert.equal(status.committee?.schedulerRank, 0n, "round 7, second of two workers");
  assert.deepEqual(status.committee?.liveness, {
    totalRounds: 9n,
    liveRounds: 7n,
    finalizedProposals: 3n,
    missedProposals: 2n,
  });
  assert.equal(statusOf(chain, { last, nodeId: other }).committee?.liveness?.liveRounds, 8n);
});

test("the executor waits for the runtime, then for its light client", () => {
  const text = (progress: Partial<WorkerProgress>) => {
    const { executor } = statusOf({}, progress);
    return executor && encodeJson(ExecutorState, executor.status);
  };
  assert.equal(text({ isRunning: false, isTrustSynced: false }), '"waiting for runtime readiness"');
  assert.equal(text({ isSuited: false }), '"waiting for runtime readiness"');
  assert.equal(text({ isTrustSynced: false }), '"waiting for trust sync"');
  assert.equal(text({}), '"ready"');
  assert.equal(text({ nodeId: undefined }), null);
});

test("calls that take long and faults stand with the host; without any the status is that of the reference", () => {
  assert.equal(encodeJson(HostStatus, must(statusOf({}).committee).host), '{"versions":null}');
  const calls = [
    { text: "scheduling a batch of 1 transaction", elapsedMs: 4_100, limitMs: 6_000 },
    { text: "answering a query", elapsedMs: 1_500, limitMs: undefined },
    { text: "checking 1 transaction", elapsedMs: 20, limitMs: 15_000 },
  ];
  const faults = [{ text: "a batch came to nothing: no", sinceMs: 1_600_000_000_500, count: 3 }];
  const { host } = must(statusOf({}, { calls, faults }).committee);
  assert.ok(Math.abs(Date.now() / 1000 - 4 - Number(host.calls?.[0]?.since?.seconds)) < 60);
  const at = { ...host, calls: host.calls?.map((call) => ({ ...call, since: { seconds: 1_700_000_000n, nanos: 0 } })) };
  assert.deepEqual(JSON.parse(encodeJson(HostStatus, at)), {
    versions: null,
    calls: [
      {
        call: "scheduling a batch of 1 transaction",
        since: "2023-11-14T22:13:20Z",
        seconds: 4,
        limit_seconds: 6,
      },
      { call: "answering a query", since: "2023-11-14T22:13:20Z", seconds: 1 },
    ],
    faults: [{ fault: "a batch came to nothing: no", since: "2020-09-13T12:26:40Z", times: 3 }],
  });
});

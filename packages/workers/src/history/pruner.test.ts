import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import { openNodeDb, type NodeDb } from "@wadi/mkvs";
import { silentLogger } from "@wadi/telemetry";

import { RuntimeStorage } from "../storage/runtime-storage.ts";
import { annotated, testHeader, testRuntimeId } from "../testing/test-block.ts";
import { HistoryStore, MAX_PRUNED } from "./history-store.ts";
import { HistoryPruner } from "./pruner.ts";

const { signal } = new AbortController();
const nobody = (): Promise<never> => Promise.reject(new Error("nobody has it"));

/** A history of rounds from 0 on, whose states are complete up to a round. */
async function filled(storage: NodeDb, last: bigint, synced: bigint): Promise<HistoryStore> {
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  const states = new RuntimeStorage(storage, testRuntimeId, nobody);
  states.initialize(testHeader(0n));
  for (let round = 0n; round <= last; round++) {
    history.commit([annotated(round, Number(round) + 1)]);
    if (round > 0n && round <= synced) await states.sync(testHeader(round), testHeader(round - 1n), signal);
  }
  return history;
}

interface Case {
  readonly name: string;
  readonly numKept: bigint;
  readonly synced?: bigint;
  readonly lastNormalRound?: bigint;
  readonly passes?: number;
  /** The first round that is left. */
  readonly expected: bigint;
}

const LAST = 100n;
const cases: readonly Case[] = [
  { name: "as many rounds are kept as are wanted", numKept: 70n, expected: 31n },
  { name: "a pass has its limit", numKept: 10n, expected: BigInt(MAX_PRUNED) },
  { name: "the next pass goes on", numKept: 10n, passes: 2, expected: 91n },
  { name: "what is not complete stays", numKept: 1n, synced: 20n, expected: 20n },
  { name: "the last normal round stays", numKept: 1n, lastNormalRound: 15n, expected: 15n },
  { name: "where there are few, nothing goes", numKept: 1000n, expected: 0n },
];

for (const { expected, lastNormalRound = LAST, name, numKept, passes = 1, synced = LAST } of cases) {
  test(`pruning: ${name}`, async () => {
    await using storage = openNodeDb({ namespace: testRuntimeId });
    using history = await filled(storage, LAST, synced);
    const parts = { history, storage, lastNormalRound: () => lastNormalRound, log: silentLogger };
    await using pruner = new HistoryPruner(parts, { numKept, intervalMs: 1000 });
    for (let pass = 0; pass < passes; pass++) await pruner.prune();
    assert.equal(history.earliest?.block?.header.round, expected);
    assert.equal(storage.earliestVersion(), expected, "states go with their blocks");
    assert.equal(history.latest?.block?.header.round, LAST);
  });
}

test("nothing goes before it is known what is built upon", async () => {
  await using storage = openNodeDb({ namespace: testRuntimeId });
  using history = await filled(storage, LAST, LAST);
  const parts = { history, storage, lastNormalRound: () => undefined, log: silentLogger };
  await using pruner = new HistoryPruner(parts, { numKept: 1n, intervalMs: 1000 });
  await pruner.prune();
  assert.equal(history.earliest?.block?.header.round, 0n);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import { RootType, openNodeDb, type WriteLog } from "@wadi/mkvs";
import { silentLogger } from "@wadi/telemetry";
import type { Hash } from "@wadi/types";
import { must } from "@wadi/util";

import { HistoryStore } from "../history/history-store.ts";
import { annotated, testHeader, testRuntimeId } from "../testing/test-block.ts";
import { RoundSync, type RoundSyncParts } from "./round-sync.ts";
import { RuntimeStorage } from "./runtime-storage.ts";

const genesis = testHeader(0n);
/** Transactions and states of these rounds are empty, so that nothing has to be fetched. */
const blocks = (from: bigint, count: number) =>
  Array.from({ length: count }, (_, i) => annotated(from + BigInt(i), 10 + Number(from) + i));

interface Told {
  readonly round: bigint;
  readonly isLast: boolean;
}

/** A history and a storage with what completes them; `until` resolves when a round was told so often in all. */
function setUp({ told: tell }: { readonly told?: (told: Told) => void } = {}) {
  const database = openNodeDb({ namespace: testRuntimeId });
  const noFetch = (): Promise<WriteLog> => Promise.reject(new Error("nobody has it"));
  const storage = new RuntimeStorage(database, testRuntimeId, noFetch);
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  const told: Told[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const parts: RoundSyncParts = {
    history,
    storage,
    genesis: () => genesis,
    completed({ block }, isLast) {
      const one = { round: must(block).header.round, isLast };
      told.push(one);
      for (const { count, resolve } of waiting) if (told.length >= count) resolve();
      tell?.(one);
    },
    retryMs: 1,
    log: silentLogger,
  };
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (told.length >= count) resolve();
      else waiting.push({ count, resolve });
    });
  return { parts, history, storage, told, until };
}

const roundsOf = (told: readonly Told[]): readonly bigint[] => told.map(({ round }) => round);

test("rounds are completed in order, and the last one is told apart", async () => {
  const { history, parts, storage, told, until } = setUp();
  history.commit(blocks(0n, 3));
  await using rounds = new RoundSync(parts);
  rounds.update();
  assert.equal(storage.lastSynced, undefined, "not before it is started");
  rounds.start();
  await until(3);
  assert.deepEqual(
    told,
    [0n, 1n, 2n].map((round) => ({ round, isLast: round === 2n })),
  );
  assert.equal(storage.lastSynced, 2n);
  history.commit(blocks(3n, 1));
  rounds.update();
  await until(4);
  assert.deepEqual(told.at(-1), { round: 3n, isLast: true });
});

test("what an earlier run has completed is not told again, but for the last block", async () => {
  const { history, parts, told, until } = setUp();
  history.commit(blocks(0n, 3));
  {
    await using first = new RoundSync(parts);
    first.start();
    await until(3);
  }
  await using again = new RoundSync(parts);
  again.start();
  await until(4);
  assert.deepEqual(roundsOf(told), [0n, 1n, 2n, 2n]);
  history.commit(blocks(3n, 2));
  again.update();
  await until(6);
  assert.deepEqual(roundsOf(told).slice(4), [3n, 4n]);
});

test("a block that could not be taken in is told again, and those after it wait", async () => {
  let failures = 0;
  const { history, parts, told, until } = setUp({
    told: ({ round }) => {
      if (round === 1n && ++failures < 3) throw new Error("its results cannot be read");
    },
  });
  history.commit(blocks(0n, 3));
  await using rounds = new RoundSync(parts);
  rounds.start();
  await until(5);
  assert.deepEqual(roundsOf(told), [0n, 1n, 1n, 1n, 2n]);
});

test("a state that nobody has is asked for until the worker stops; then nothing is told any more", async () => {
  const { history, parts, storage, told, until } = setUp();
  const asked = Promise.withResolvers<void>();
  history.commit(blocks(0n, 1));
  const header = testHeader(1n, { stateRoot: "ab".repeat(32) as Hash });
  history.commit([{ consensusHeight: 20, block: { header } }]);
  const sync = storage.sync.bind(storage);
  let attempts = 0;
  storage.sync = (...args) => {
    if (args[0].round === 1n && ++attempts === 3) asked.resolve();
    return sync(...args);
  };
  {
    await using rounds = new RoundSync(parts);
    rounds.start();
    await until(1);
    await asked.promise;
  }
  const before = attempts;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([roundsOf(told), attempts], [[0n], before]);
  assert.equal(
    storage.database.hasRoot({ namespace: testRuntimeId, version: 1n, type: RootType.state, hash: header.stateRoot }),
    false,
  );
});

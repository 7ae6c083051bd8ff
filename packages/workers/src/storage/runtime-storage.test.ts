import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_HASH } from "@wadi/crypto";
import { RootType, Tree, applyWriteLog, emptyRoot, openNodeDb, type NodeDb, type WriteLog } from "@wadi/mkvs";
import type { Hash, roothash } from "@wadi/types";
import { isError, utf8 } from "@wadi/util";

import { ErrStorage } from "../errors.ts";
import { testHeader, testRuntimeId } from "../testing/test-block.ts";
import { RuntimeStorage, rootsOfHeader } from "./runtime-storage.ts";

interface Round {
  readonly header: roothash.Header;
  readonly io: WriteLog;
  readonly state: WriteLog;
}

/** Rounds from 1 on; each writes a transaction and, unless it is even, a value. */
function rounds(count: number): Round[] {
  const state = Tree.empty(RootType.state);
  return Array.from({ length: count }, (_, i) => {
    const round = BigInt(i + 1);
    const io = Tree.empty(RootType.io);
    io.insert(utf8(`transaction ${round}`), utf8("input"));
    if (i % 2 === 0) state.insert(utf8(`key ${round}`), utf8("value"));
    const [ioResult, stateResult] = [io.commit(testRuntimeId, round), state.commit(testRuntimeId, round)];
    const header = testHeader(round, { ioRoot: ioResult.hash as Hash, stateRoot: stateResult.hash as Hash });
    return { header, io: ioResult.writeLog, state: stateResult.writeLog };
  });
}

const genesis = testHeader(0n);
const { signal } = new AbortController();
const noFetch = (): Promise<WriteLog> => Promise.reject(new Error("nobody has it"));

/** What an executor stores before it commits. */
function execute(database: NodeDb, { header, io, state }: Round, previous: roothash.Header): void {
  const roots = rootsOfHeader(header);
  const empty = emptyRoot(testRuntimeId, header.round, RootType.io);
  applyWriteLog(database, { source: empty, destination: roots.io, writeLog: io });
  applyWriteLog(database, { source: rootsOfHeader(previous).state, destination: roots.state, writeLog: state });
}

const valueOf = (database: NodeDb, { header }: Round, key: string): string | undefined => {
  const value = new Tree(database, rootsOfHeader(header).state).get(utf8(key));
  return value === undefined ? undefined : Buffer.from(value).toString();
};

test("rounds that were executed here are finalized, others are fetched", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one, two, three] = rounds(3) as [Round, Round, Round];
  const fetched: string[] = [];
  const storage = new RuntimeStorage(database, testRuntimeId, (source, { type, version }) => {
    fetched.push(`${type === RootType.io ? "io" : "state"} ${version} on ${source.version}`);
    return Promise.resolve(type === RootType.io ? three.io : three.state);
  });
  assert.equal(storage.lastSynced, undefined);
  storage.initialize(genesis);
  assert.deepEqual([storage.lastSynced, storage.state], [0n, "syncing rounds"]);
  execute(database, one, genesis);
  await storage.sync(one.header, genesis, signal);
  execute(database, two, one.header);
  await storage.sync(two.header, one.header, signal);
  assert.deepEqual(fetched, []);
  await storage.sync(three.header, two.header, signal);
  assert.deepEqual(fetched, ["io 3 on 3", "state 3 on 2"]);
  assert.equal(storage.lastSynced, 3n);
  assert.equal(valueOf(database, three, "key 1"), "value");
  assert.equal(valueOf(database, three, "key 3"), "value");
  await storage.sync(two.header, one.header, signal);
  assert.equal(storage.lastSynced, 3n, "what is complete is left alone");
});

test("a round that changes nothing needs nobody", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const storage = new RuntimeStorage(database, testRuntimeId, noFetch);
  storage.initialize(genesis);
  await storage.sync(testHeader(1n), genesis, signal);
  await storage.sync(testHeader(2n), testHeader(1n), signal);
  assert.equal(storage.lastSynced, 2n);
});

test("of several batches that were executed the block's one stays", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const storage = new RuntimeStorage(database, testRuntimeId, noFetch);
  storage.initialize(genesis);
  const [one] = rounds(1) as [Round];
  const other = Tree.empty(RootType.io);
  other.insert(utf8("another batch"), utf8("input"));
  const { hash, writeLog } = other.commit(testRuntimeId, 1n);
  const header = testHeader(1n, { ioRoot: hash as Hash });
  execute(database, { header, io: writeLog, state: one.state }, genesis);
  execute(database, one, genesis);
  await storage.sync(one.header, genesis, signal);
  assert.equal(valueOf(database, one, "key 1"), "value");
});

test("what fails leaves the round open; the next attempt completes it", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one] = rounds(1) as [Round];
  let isThere = false;
  const storage = new RuntimeStorage(database, testRuntimeId, (_, { type }) => {
    if (!isThere && type === RootType.state) return noFetch();
    return Promise.resolve(type === RootType.io ? one.io : one.state);
  });
  storage.initialize(genesis);
  await assert.rejects(storage.sync(one.header, genesis, signal), { message: "nobody has it" });
  assert.equal(storage.lastSynced, 0n);
  isThere = true;
  await storage.sync(one.header, genesis, signal);
  assert.equal(storage.lastSynced, 1n);
});

test("a log that leads elsewhere is refused", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one, , three] = rounds(3) as [Round, Round, Round];
  const storage = new RuntimeStorage(database, testRuntimeId, () => Promise.resolve(three.io));
  storage.initialize(genesis);
  await assert.rejects(storage.sync(one.header, genesis, signal));
  assert.equal(storage.lastSynced, 0n);
});

test("a crash between executing and finalizing, and a restart after each", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one, two] = rounds(2) as [Round, Round];
  const first = new RuntimeStorage(database, testRuntimeId, noFetch);
  first.initialize(genesis);
  execute(database, one, genesis);
  // Only the roots were stored.
  const second = new RuntimeStorage(database, testRuntimeId, noFetch);
  second.initialize(genesis);
  assert.equal(second.lastSynced, 0n);
  await second.sync(one.header, genesis, signal);
  const third = new RuntimeStorage(database, testRuntimeId, noFetch);
  third.initialize(genesis);
  // The same batch executed again.
  execute(database, two, one.header);
  execute(database, two, one.header);
  await third.sync(two.header, one.header, signal);
  assert.equal(third.lastSynced, 2n);
  third.stop();
  assert.equal(third.state, "stopping");
});

test("a genesis state that is not empty cannot come from nowhere", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const storage = new RuntimeStorage(database, testRuntimeId, noFetch);
  const other = testHeader(0n, { stateRoot: "ab".repeat(32) as Hash, ioRoot: EMPTY_HASH });
  assert.throws(
    () => storage.initialize(other),
    (e) => isError(e, ErrStorage),
  );
});

test("a chain goes on with the state that an earlier one has left", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one, two] = rounds(2) as [Round, Round];
  const before = new RuntimeStorage(database, testRuntimeId, noFetch);
  before.initialize(genesis);
  execute(database, one, genesis);
  await before.sync(one.header, genesis, signal);
  const after = new RuntimeStorage(database, testRuntimeId, noFetch);
  const { stateRoot } = one.header;
  const begin = testHeader(4n, { stateRoot });
  after.initialize(begin);
  assert.equal(after.lastSynced, 4n);
  await after.sync(testHeader(5n, { stateRoot }), begin, signal);
  const last = { ...two, header: testHeader(5n, { stateRoot }) };
  assert.equal(valueOf(database, last, "key 1"), "value");
});

test("the state of another chain is refused, that of a known block or of the genesis round is not", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const [one] = rounds(1) as [Round];
  const storage = (): RuntimeStorage => new RuntimeStorage(database, testRuntimeId, noFetch);
  const first = storage();
  first.initialize(genesis);
  execute(database, one, genesis);
  await first.sync(one.header, genesis, signal);
  const other = testHeader(0n, { stateRoot: "ab".repeat(32) as Hash });
  const isRefusal = (e: unknown): boolean => isError(e, ErrStorage);
  assert.throws(() => storage().initialize(other), isRefusal, "neither block nor genesis");
  const unknown = testHeader(1n, { stateRoot: other.stateRoot });
  assert.throws(() => storage().initialize(other, () => unknown), isRefusal, "another block of that round");
  const later = testHeader(3n, { stateRoot: other.stateRoot });
  assert.throws(() => storage().initialize(later), isRefusal, "a later genesis with another state");
  storage().initialize(other, () => one.header);
  storage().initialize(genesis);
  database.prune(0n);
  storage().initialize(genesis);
});

test("a genesis round above 0", async () => {
  await using database = openNodeDb({ namespace: testRuntimeId });
  const storage = new RuntimeStorage(database, testRuntimeId, noFetch);
  storage.initialize(testHeader(7n));
  assert.equal(storage.lastSynced, 7n);
  await storage.sync(testHeader(8n), testHeader(7n), signal);
  assert.equal(storage.lastSynced, 8n);
});

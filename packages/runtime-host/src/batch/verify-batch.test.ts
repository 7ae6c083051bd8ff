import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_HASH } from "@wadi/crypto";
import { openNodeDb, RootType, Tree } from "@wadi/mkvs";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import type { roothash, Hash } from "@wadi/types";
import { isError, must, utf8 } from "@wadi/util";
import { computeBatch, testHeader, testInputs, testRequest, testResponse } from "../testing/test-batch.ts";
import { inputRoot } from "./batch-tree.ts";
import { commitBatch, commitBatchInSlices } from "./commit-batch.ts";
import { ErrBatchRefused } from "./errors.ts";
import { verifyBatch, verifyBatchInSlices } from "./verify-batch.ts";

const sound = testResponse();

function withHeader(change: Partial<roothash.ComputeResultsHeader>): ExecuteTxBatchResponse {
  return { ...sound, batch: { ...sound.batch, header: { ...sound.batch.header, ...change } } };
}

test("a sound batch is accepted in both modes", () => {
  const verified = verifyBatch(sound, testRequest);
  assert.equal(verified.round, 42n);
  assert.equal(verified.ioRoot, sound.batch.header.ioRoot);
  assert.deepEqual(verifyBatch(sound, testRequest, { ioRoot: inputRoot(testInputs) }), verified);
});

const message = { staking: null, registry: null, governance: null };
const extra = { key: utf8("extra"), value: utf8("") };
const bad: readonly [string, ExecuteTxBatchResponse, RegExp][] = [
  ["foreign round", withHeader({ round: 41n }), /round is 41, not 42/],
  ["other previous block", withHeader({ previousHash: EMPTY_HASH }), /previous hash/],
  ["no I/O root", withHeader({ ioRoot: null }), /without roots/],
  ["no state root", withHeader({ stateRoot: null }), /without roots/],
  ["other I/O root", withHeader({ ioRoot: EMPTY_HASH }), /I\/O root is not that of the logs/],
  ["messages without hash", { ...sound, batch: { ...sound.batch, messages: [message] } }, /messages hash/],
  ["too many messages", { ...sound, batch: { ...sound.batch, messages: [message, message] } }, /2 messages, at most 1/],
  ["too many incoming", withHeader({ inMsgsCount: 3 }), /3 of 2 incoming messages/],
  ["other incoming", withHeader({ inMsgsCount: 2 }), /hash of incoming messages/],
  ["other input root", { ...sound, txInputRoot: EMPTY_HASH }, /input root/],
  ["more input", { ...sound, txInputWriteLog: [...sound.txInputWriteLog, extra] }, /input root/],
  ["hashes in another order", { ...sound, txHashes: sound.txHashes.toReversed() }, /transaction hashes/],
  ["a hash less", { ...sound, txHashes: sound.txHashes.slice(1) }, /transaction hashes/],
  ["more output", { ...sound, batch: { ...sound.batch, ioWriteLog: [...sound.batch.ioWriteLog, extra] } }, /I\/O root/],
];

for (const [name, response, problem] of bad) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => verifyBatch(response, testRequest),
      (e: Error) => isError(e, ErrBatchRefused) && problem.test(e.message),
    );
  });
}

test("refused: other inputs than the proposal's, malformed inputs", () => {
  const isRefused = (e: unknown): boolean => isError(e, ErrBatchRefused);
  assert.throws(() => verifyBatch(sound, testRequest, { ioRoot: inputRoot(testInputs.slice(1)) }), isRefused);
  const tree = Tree.empty(RootType.io);
  tree.insert(utf8("Tgarbage"), utf8(""));
  const malformed = { ...sound, txInputWriteLog: [{ key: utf8("Tgarbage"), value: utf8("") }] };
  assert.throws(() => verifyBatch({ ...malformed, txInputRoot: tree.hash() as Hash }, testRequest), isRefused);
});

test("both roots are committed, a log that leads elsewhere is not", async () => {
  await using db = openNodeDb({ namespace: testHeader.namespace });
  const verified = verifyBatch(sound, testRequest, { store: db });
  const lying = { ...sound, batch: { ...sound.batch, stateWriteLog: [extra] } };
  assert.throws(
    () => commitBatch(db, testHeader, { ...verified, response: lying }),
    (e: Error) => isError(e, ErrBatchRefused),
  );
  commitBatch(db, testHeader, verified);
  commitBatch(db, testHeader, verified);
  const { namespace } = testHeader;
  const state = { namespace, version: 42n, type: RootType.state, hash: verified.stateRoot };
  const io = { namespace, version: 42n, type: RootType.io, hash: verified.ioRoot };
  db.finalize([state, io]);
  assert.deepEqual(must(new Tree(db, state).get(utf8("first"))), utf8("value"));
});

test("a large batch is verified and stored over many turns, to the same end", async () => {
  const inputs = Array.from({ length: 1000 }, (_, i) => utf8(`input ${i}`));
  const response = computeBatch(inputs);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await using db = openNodeDb({ namespace: testHeader.namespace });
  const pace = { sliceMs: 0 };
  const verified = await verifyBatchInSlices(response, testRequest, { store: db, ...pace });
  await commitBatchInSlices(db, testHeader, verified, pace);
  isDone = true;
  // Each is a part of what took 85 ms in one.
  assert.ok(turns >= 30, `${turns} turns`);
  const { ioRoot, round: version, stateRoot } = verified;
  const root = { namespace: testHeader.namespace, version };
  assert.ok(db.hasRoot({ ...root, type: RootType.io, hash: ioRoot }));
  const state = new Tree(db, { ...root, type: RootType.state, hash: stateRoot });
  for (const input of inputs) assert.deepEqual(state.get(input), utf8("value"));
});

test("a batch that is given up leaves the round as it was", async () => {
  const response = computeBatch(Array.from({ length: 200 }, (_, i) => utf8(`input ${i}`)));
  await using db = openNodeDb({ namespace: testHeader.namespace });
  const stop = new AbortController();
  const pace = { sliceMs: 0, signal: stop.signal };
  const verified = await verifyBatchInSlices(response, testRequest, { store: db, ...pace });
  const storing = commitBatchInSlices(db, testHeader, verified, pace);
  stop.abort(new Error("the round is over"));
  await assert.rejects(storing, { message: "the round is over" });
  commitBatch(db, testHeader, verifyBatch(response, testRequest, { store: db }));
});

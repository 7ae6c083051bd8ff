import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore, networkVerifier, parseRecordedBlock, replayChain } from "@wadi/apps";
import { BlockStore } from "@wadi/comet-core";
import { blockIdOf, blockPartSet } from "@wadi/comet-types";
import { MemoryStore } from "@wadi/kv";
import { transaction } from "@wadi/types";
import { must } from "@wadi/util";

import { accountAddress, accountSigner, testGenesis } from "../testing/network-genesis.ts";
import { TestChain, noQuotes } from "../testing/test-chain.ts";
import { recordedLines } from "./recorded-chain.ts";

const validators = ["a", "b"];
const BLOCKS = 12;

/** A chain with transfers, one in every second block, and its stores. */
function made(initialHeight: bigint) {
  const document = testGenesis({ validators, accounts: { alice: 1000n }, epochInterval: 5n, initialHeight });
  const states = new MemoryStateStore(BLOCKS + 1);
  const blocks = new BlockStore(new MemoryStore());
  const chain = new TestChain({ document, validators, machine: { store: states } });
  for (let i = 0; i < BLOCKS; i++) {
    const body = { to: accountAddress("bob"), amount: 7n };
    const nonce = BigInt(i >> 1);
    const txs =
      i % 2 === 0 ? [chain.sign(accountSigner("alice"), transaction.methods.stakingTransfer, body, nonce)] : [];
    const { block, response } = chain.next(txs);
    const parts = blockPartSet(block);
    blocks.save({ block, parts, blockId: blockIdOf(block, parts), seenCommit: must(block.lastCommit) }, response);
  }
  return { document, states, blocks };
}

test("an exported chain replays, and every changed key is told", () => {
  for (const initialHeight of [1n, 30n]) {
    const { blocks, document, states } = made(initialHeight);
    const lines = [...recordedLines(blocks, states, Number(initialHeight))];
    assert.equal(lines.length, BLOCKS);
    const records = lines.map(parseRecordedBlock);
    const verifier = networkVerifier(document, { allowTestKeys: true });
    const report = replayChain(document, records, { quotes: noQuotes, verifier });
    assert.deepEqual(report, { blocks: BLOCKS, transactions: BLOCKS + BLOCKS / 2 });
    const [first, second] = records.map(({ expected }) => must(expected.writes).length);
    assert.ok(must(first) > must(second), "the first block has the whole state");
    for (const { expected } of records) {
      const keys = must(expected.writes).map(([key]) => key);
      assert.deepEqual(keys, keys.toSorted());
    }
  }
});

test("what differs from a recording is found with its key", () => {
  const { blocks, document, states } = made(1n);
  const records = [...recordedLines(blocks, states, 1)].map(parseRecordedBlock);
  const bent = records.map((record, i) => {
    if (i !== 4) return record;
    const writes = must(record.expected.writes).map(([key, value], at) => [key, at === 0 ? null : value] as const);
    return { ...record, expected: { ...record.expected, stateRoot: "00".repeat(32), writes } };
  });
  const verifier = networkVerifier(document, { allowTestKeys: true });
  const { difference } = replayChain(document, bent, { quotes: noQuotes, verifier });
  assert.equal(difference?.height, 5);
  assert.equal(difference.keys.length, 1);
});

test("states that are not kept leave changes out; an unexecuted last block is left out", () => {
  const { blocks, states } = made(1n);
  const kept = (from: bigint, to: bigint) => ({
    latest: to,
    at: (height: bigint) => (height >= from ? states.at(height) : undefined),
  });
  const pruned = [...recordedLines(blocks, kept(8n, 99n), 1)].map(parseRecordedBlock);
  const withWrites = pruned.filter(({ expected }) => expected.writes !== undefined).map(({ input }) => input.height);
  assert.deepEqual(withWrites, [9, 10, 11, 12]);
  assert.equal(pruned.length, BLOCKS);
  assert.equal([...recordedLines(blocks, kept(0n, 11n), 1)].length, BLOCKS - 1);
  const later = [...recordedLines(blocks, states, 1, 11)].map(parseRecordedBlock);
  assert.deepEqual(later, [...recordedLines(blocks, states, 1)].slice(10).map(parseRecordedBlock));
  assert.deepEqual([...recordedLines(blocks, states, 1, 13)], []);
  assert.deepEqual([...recordedLines(new BlockStore(new MemoryStore()), states, 1)], []);
});

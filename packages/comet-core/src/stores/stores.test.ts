import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOfKey,
  blockIdOf,
  blockPartSet,
  type ValidatorSet,
  type Commit,
  type EngineState,
  type ValidatorChange,
} from "@wadi/comet-types";
import { isError, must } from "@wadi/util";
import type { BlockResponse } from "../application.ts";
import { EMPTY_COMMIT, makeBlock } from "../execution/create-block.ts";
import type { CommittedBlock } from "../rounds/types.ts";
import { applyToy, keyNumber, toyGenesis, toyTx, toyVote } from "../rounds/testing/toy-chain.ts";
import { Dice } from "@wadi/testing";
import { Disk } from "../testing/sim/disk.ts";
import { DatabaseFile, SimDatabase } from "../testing/sim/sim-database.ts";
import { BlockStore } from "./block-store.ts";
import { ErrNotStored, ErrPruneHeight, ErrStoreDamaged, ErrStoreOrder } from "./errors.ts";
import { evidenceStorage } from "./evidence-storage.ts";
import { StateStore } from "./state-store.ts";
import { heightKey, heightOfKey, KeyKind } from "./store-keys.ts";

const newDatabase = (): SimDatabase => new SimDatabase(new DatabaseFile(), new Disk(new Dice("stores")));

const RESPONSE: BlockResponse = {
  beginBlock: { events: [] },
  deliverTxs: [],
  endBlock: { validatorUpdates: [], consensusParamUpdates: undefined, events: [] },
};

interface ToyChain {
  readonly committed: readonly CommittedBlock[];
  readonly states: readonly EngineState[];
}

function toyChain(length: number): ToyChain {
  let { state } = toyGenesis([10n, 10n, 10n]);
  let lastCommit: Commit = EMPTY_COMMIT;
  const committed: CommittedBlock[] = [];
  const states = [state];
  for (let height = 1; height <= length; height++) {
    const proposerAddress = must(state.validators.proposer()).address;
    const block = makeBlock(state, { txs: [toyTx(`tx ${height}`)], evidence: [], lastCommit, proposerAddress });
    const parts = blockPartSet(block);
    const blockId = blockIdOf(block, parts);
    const votes = [0, 1, 2].map((i) => toyVote(state.validators, i, { height, round: 0, blockId, type: "precommit" }));
    lastCommit = {
      height,
      round: 0,
      blockId,
      signatures: votes.map(({ validatorAddress, timestamp, signature }) => ({
        blockIdFlag: 2,
        validatorAddress,
        timestamp,
        signature,
      })),
    };
    committed.push({ block, blockId, parts, seenCommit: lastCommit });
    state = applyToy(state, blockId, block);
    states.push(state);
  }
  return { committed, states };
}

const chain = toyChain(8);

function filled(length = 8): { database: SimDatabase; blocks: BlockStore } {
  const database = newDatabase();
  const blocks = new BlockStore(database);
  for (const committed of chain.committed.slice(0, length)) blocks.save(committed, RESPONSE);
  return { database, blocks };
}

test("what was saved is loaded, also by another store over the same database", () => {
  const { database } = filled();
  const blocks = new BlockStore(database);
  assert.deepEqual([blocks.base, blocks.height], [1, 8]);
  for (const [i, { block, blockId, seenCommit, parts }] of chain.committed.entries()) {
    const height = i + 1;
    assert.deepEqual(blocks.loadBlock(height), block);
    assert.deepEqual(blocks.loadMeta(height)?.blockId, blockId);
    assert.deepEqual(blocks.loadPartSet(height)?.data(), parts.data());
    assert.deepEqual(blocks.loadCommit(height), height === 8 ? undefined : seenCommit);
    assert.deepEqual(blocks.loadSeenCommit(height), height === 8 ? seenCommit : undefined, "kept for the tip only");
    assert.equal(blocks.loadResponses(height)?.deliverTxs.length, 0);
  }
  assert.equal(blocks.loadBlock(9), undefined);
  assert.equal(blocks.loadBlock(0), undefined);
});

test("blocks are saved in order", () => {
  const { blocks } = filled(3);
  for (const committed of [chain.committed[2], chain.committed[4]]) {
    assert.throws(
      () => blocks.save(must(committed), RESPONSE),
      (e) => isError(e, ErrStoreOrder),
    );
  }
  assert.equal(blocks.height, 3);
});

test("pruning removes heights below, and nothing else", () => {
  const { blocks, database } = filled();
  assert.equal(blocks.prune(5), 4);
  assert.deepEqual([blocks.base, blocks.height], [5, 8]);
  for (const height of [1, 4]) {
    assert.equal(blocks.loadMeta(height), undefined);
    assert.equal(blocks.loadPart(height, 0), undefined);
    assert.equal(blocks.loadCommit(height), undefined);
    assert.equal(blocks.loadResponses(height), undefined);
  }
  assert.deepEqual(blocks.loadBlock(5), chain.committed[4]?.block);
  assert.equal(new BlockStore(database).base, 5);
  for (const height of [0, 4, 9]) {
    assert.throws(
      () => blocks.prune(height),
      (e) => isError(e, ErrPruneHeight),
      `height ${height}`,
    );
  }
  assert.equal(blocks.prune(8), 3);
  assert.deepEqual([blocks.base, blocks.height], [8, 8]);
});

test("the tip can be taken back and saved again", () => {
  const { blocks, database } = filled();
  blocks.removeTip();
  assert.equal(blocks.height, 7);
  assert.deepEqual(blocks.loadSeenCommit(7), chain.committed[6]?.seenCommit);
  assert.equal(blocks.loadCommit(7), undefined);
  assert.equal(blocks.loadMeta(8), undefined);
  blocks.save(must(chain.committed[7]), RESPONSE);
  assert.deepEqual(blocks.loadBlock(8), chain.committed[7]?.block);
  for (let i = 0; i < 8; i++) blocks.removeTip();
  assert.deepEqual([blocks.base, blocks.height], [0, 0]);
  assert.deepEqual(Array.from(database.keys()), [], "nothing is left behind");
  blocks.removeTip();
});

test("damage is found and named", () => {
  for (const kind of [KeyKind.blockPart, KeyKind.blockMeta, KeyKind.seenCommit, KeyKind.responses]) {
    for (const bytes of [undefined, Uint8Array.of(0xff, 0xff)]) {
      const { blocks, database } = filled();
      assert.ok(blocks.isTipWhole());
      const key = kind === KeyKind.blockPart ? heightKey(kind, 8, 0) : heightKey(kind, 8);
      database.write((batch) => (bytes === undefined ? batch.delete(key) : batch.put(key, bytes)));
      assert.equal(blocks.isTipWhole(), false, `kind ${kind}`);
    }
  }
  const { blocks, database } = filled();
  database.write((batch) => batch.delete(heightKey(KeyKind.blockPart, 3, 0)));
  assert.throws(
    () => blocks.loadBlock(3),
    (e) => isError(e, ErrStoreDamaged),
  );
});

test("heights in keys keep their order and value", () => {
  const heights = [0, 1, 255, 256, 65_536, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER];
  const keys = heights.map((height) => heightKey(KeyKind.state, height));
  assert.deepEqual(keys.map(heightOfKey), heights);
  assert.deepEqual(
    keys.toSorted((a, b) => Buffer.compare(a, b)),
    keys,
  );
});

test("states: the last one, and the sets and parameters of all heights", () => {
  const database = newDatabase();
  const states = new StateStore(database);
  assert.equal(states.load(), undefined);
  for (const state of chain.states) states.save(state);
  const last = must(states.load());
  assert.equal(last.lastBlockHeight, 8);
  assert.equal(last.appHash, chain.states[8]?.appHash);
  for (let height = 1; height <= 10; height++) {
    const expected = must(chain.states[Math.min(height - 1, 8)]);
    const set = height === 10 ? expected.nextValidators : expected.validators;
    assert.equal(states.loadValidators(height).hash, set.hash, `height ${height}`);
    if (height < 10) assert.deepEqual(states.loadParams(height), expected.consensusParams);
  }
  for (const height of [0, 11]) {
    assert.throws(
      () => states.loadValidators(height),
      (e) => isError(e, ErrNotStored),
    );
    assert.throws(
      () => states.loadParams(height),
      (e) => isError(e, ErrNotStored),
    );
  }
  database.write((batch) => batch.put(Uint8Array.of(KeyKind.state), Uint8Array.of(0xff)));
  assert.throws(
    () => states.load(),
    (e) => isError(e, ErrStoreDamaged),
  );
});

/** A chain of states of which only heights and sets count; the set changes where `changes` says. */
function* statesWithChanges(
  from: number,
  to: number,
  changes: ReadonlyMap<number, ValidatorChange>,
): Iterable<EngineState> {
  let { state } = toyGenesis([10n, 20n, 30n]);
  state = { ...state, initialHeight: from };
  yield state;
  for (let height = from; height <= to; height++) {
    const change = changes.get(height);
    const changed = change === undefined ? state.nextValidators : state.nextValidators.changed([change]);
    state = {
      ...state,
      lastBlockHeight: height,
      lastValidators: state.validators,
      validators: state.nextValidators,
      nextValidators: changed.rotated(1),
      lastHeightValidatorsChanged: change === undefined ? state.lastHeightValidatorsChanged : height + 2,
    };
    yield state;
  }
}

test("a set between full ones comes from the last full one in one rotation of many turns", () => {
  const key = keyNumber(7);
  const change = { address: addressOfKey(key), publicKey: key, votingPower: 15n };
  const states = new StateStore(newDatabase());
  let at20: ValidatorSet | undefined;
  for (const state of statesWithChanges(1, 40, new Map([[18, change]]))) {
    states.save(state);
    if (state.lastBlockHeight === 18) at20 = state.nextValidators;
  }
  const full = must(at20);
  assert.equal(states.loadValidators(20).priorityHash, full.priorityHash);
  assert.equal(states.loadValidators(33).priorityHash, full.rotated(13).priorityHash);
  assert.equal(states.loadValidators(19).size, 3);
  assert.equal(states.loadValidators(20).size, 4);
});

test("at every hundred thousandth height there is a full set", () => {
  const states = new StateStore(newDatabase());
  let full: ValidatorSet | undefined;
  for (const state of statesWithChanges(99_990, 100_010, new Map())) {
    states.save(state);
    if (state.lastBlockHeight + 2 === 100_000) full = state.nextValidators;
  }
  assert.equal(states.loadValidators(100_003).priorityHash, must(full).rotated(3).priorityHash);
});

test("pruned states: later heights still have their sets, earlier ones are gone", () => {
  const key = keyNumber(7);
  const change = { address: addressOfKey(key), publicKey: key, votingPower: 15n };
  const database = newDatabase();
  const states = new StateStore(database);
  for (const state of statesWithChanges(1, 40, new Map([[8, change]]))) states.save(state);
  const before = Array.from({ length: 21 }, (_, i) => states.loadValidators(20 + i).priorityHash);
  states.prune(1, 15);
  states.prune(15, 20);
  const after = Array.from({ length: 21 }, (_, i) => states.loadValidators(20 + i).priorityHash);
  assert.deepEqual(after, before);
  assert.ok(states.loadParams(20));
  for (const height of [1, 9, 11, 19]) {
    assert.throws(
      () => states.loadValidators(height),
      (e) => isError(e, ErrNotStored),
      `height ${height}`,
    );
  }
  assert.throws(
    () => states.prune(20, 99),
    (e) => isError(e, ErrNotStored),
  );
});

test("a state that came from elsewhere knows its neighbours", () => {
  const states = new StateStore(newDatabase());
  const state = must(chain.states[5]);
  const { lastHeightValidatorsChanged, lastHeightConsensusParamsChanged } = states.bootstrap(state);
  assert.equal(states.load()?.lastBlockHeight, 5);
  for (const [height, set] of [
    [5, state.lastValidators],
    [6, state.validators],
    [7, state.nextValidators],
  ] as const) {
    assert.equal(states.loadValidators(height).priorityHash, set.priorityHash, `height ${height}`);
  }
  states.save({ ...must(chain.states[6]), lastHeightValidatorsChanged, lastHeightConsensusParamsChanged });
  assert.equal(states.loadValidators(8).hash, state.nextValidators.hash);
  assert.ok(states.loadParams(7));
});

test("evidence has keys of its own", () => {
  const { blocks, database } = filled(2);
  const storage = evidenceStorage(database);
  const [a, b] = [Uint8Array.of(1, 5), Uint8Array.of(1, 9)];
  storage.put(a, Uint8Array.of(1));
  storage.put(b, Uint8Array.of(2));
  storage.put(Uint8Array.of(2), Uint8Array.of(3));
  const range = { start: Uint8Array.of(1), end: Uint8Array.of(2) };
  assert.deepEqual(
    Array.from(storage.entries(range), ({ key }) => [...key]),
    [
      [1, 5],
      [1, 9],
    ],
  );
  storage.delete(a);
  storage.delete(a);
  assert.deepEqual([storage.has(a), storage.has(b)], [false, true]);
  assert.equal(new BlockStore(database).height, blocks.height);
});

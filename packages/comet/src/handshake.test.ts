// The table of the handshake: every combination of heights of application, blocks and state.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BlockExecutor,
  BlockStore,
  ErrAppHashMismatch,
  ErrAppHeightTooHigh,
  ErrAppHeightTooLow,
  ErrNoValidators,
  ErrPruneHeight,
  ErrStoreDamaged,
  ErrStoreHeights,
  handshake,
  openState,
  pruneBelow,
  StateStore,
  type EngineDatabase,
  type EngineGenesis,
} from "@wadi/comet-core";
import { engineVerifier, hexHash, type EngineState, type HexHash } from "@wadi/comet-types";
import { KeyCache, verifyEd25519 } from "@wadi/crypto";
import { MemoryStore } from "@wadi/kv";
import { isError, must, type ErrorKind } from "@wadi/util";
import { CrashDisk } from "./testing/crash-disk.ts";
import { SyncNode } from "./testing/sync-node.ts";
import { CommittedStates, TestApplication, type CommittedState } from "./testing/test-application.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

const signers = testValidators(1);
const LENGTH = 5;
const verifier = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, new KeyCache()));

interface Recorded {
  readonly genesis: EngineGenesis;
  readonly blocks: BlockStore;
  /** By height; 0 is the genesis state. */
  readonly states: ReadonlyMap<number, EngineState>;
  readonly committed: readonly CommittedState[];
}

/** A chain of LENGTH blocks with all its states. */
function record(initialHeight: number): Recorded {
  const genesis = testGenesis(signers, initialHeight);
  const disk = new CrashDisk();
  const application = disk.application();
  const node = new SyncNode({
    database: disk.database,
    wal: disk.wal,
    signState: disk.signState,
    application,
    genesis,
    config: fastConfig(),
    signer: must(signers[0]),
    clock: { time: genesis.genesisTime + 1_000_000_000n, ms: 0 },
  });
  const states = new Map([[0, node.engine.state]]);
  node.start();
  node.runTo(initialHeight + LENGTH - 1);
  for (const { state } of node.applied) states.set(state.lastBlockHeight, state);
  return { genesis, blocks: node.blocks, states, committed: application.disk.states };
}

const fromOne = record(1);
const fromHundred = record(100);

interface Heights {
  readonly app: number;
  readonly base?: number;
  readonly store: number;
  readonly state: number;
}

/** A database and an application at these heights; 0 is nothing, 1 the first block. */
function arrange(recorded: Recorded, { app, store, state, base = 1 }: Heights) {
  const { genesis } = recorded;
  const database: EngineDatabase = new MemoryStore();
  const blocks = new BlockStore(database);
  const states = new StateStore(database);
  const at = (n: number): number => (n === 0 ? 0 : genesis.initialHeight + n - 1);
  for (let n = 0; n <= state; n++) states.save(must(recorded.states.get(at(n))));
  for (let n = base; n <= store; n++) {
    const height = at(n);
    const block = must(recorded.blocks.loadBlock(height));
    const parts = must(recorded.blocks.loadPartSet(height));
    const seenCommit = must(recorded.blocks.loadCommit(height) ?? recorded.blocks.loadSeenCommit(height));
    const { beginBlock, deliverTxs, endBlock } = must(recorded.blocks.loadResponses(height));
    const { blockId } = must(recorded.blocks.loadMeta(height));
    blocks.save(
      { block, blockId, parts, seenCommit },
      { beginBlock: must(beginBlock), deliverTxs, endBlock: must(endBlock) },
    );
  }
  const disk = new CommittedStates();
  disk.states = recorded.committed.slice(0, app);
  const application = new TestApplication({ disk });
  const evidence = {
    offer: () => ({ evidence: [], sizeBytes: 0 }),
    checkBlockEvidence: () => undefined,
    update: () => undefined,
  };
  const mempool = { recheck: () => true, reap: () => [], update: () => undefined };
  const common = { application, blocks, states, verifier, evidence, mempool };
  const parts = { ...common, genesis, executor: new BlockExecutor(common) };
  return { ...parts, database, run: () => handshake(parts, openState(parts, genesis)) };
}

for (const [name, recorded] of [
  ["height 1", fromOne],
  ["height 100", fromHundred],
] as const) {
  const first = recorded.genesis.initialHeight;
  const tip = (n: number): number => (n === 0 ? 0 : first + n - 1);

  test(`every state that a crash can leave is repaired, in a chain from ${name}`, () => {
    const legal: Heights[] = [];
    for (let store = 0; store <= LENGTH; store++) {
      for (const state of [store, store - 1]) {
        if (state < 0) continue;
        for (let app = 0; app <= store; app++) legal.push({ app, store, state });
      }
    }
    assert.equal(legal.length, 41);
    for (const heights of legal) {
      const where = JSON.stringify(heights);
      const { application, run, states } = arrange(recorded, heights);
      const state = run();
      assert.equal(state.lastBlockHeight, tip(heights.store), where);
      assert.deepEqual(state.appHash, must(recorded.states.get(tip(heights.store))).appHash, where);
      assert.equal(application.info().lastHeight, tip(heights.store), where);
      assert.deepEqual(application.disk.states, recorded.committed.slice(0, heights.store), where);
      assert.equal(states.load()?.lastBlockHeight, state.lastBlockHeight, `${where}: the state is stored`);
      const executed = application.calls.filter((call) => call.startsWith("finalize"));
      assert.equal(executed.length, heights.store - heights.app, `${where}: nothing is executed twice`);
      assert.equal(application.calls.includes("init"), heights.app === 0, `${where}: InitChain`);
    }
  });

  test(`heights that no crash leaves are refused, in a chain from ${name}`, () => {
    const cases: readonly (readonly [Heights, ErrorKind])[] = [
      [{ app: 3, store: 2, state: 2 }, ErrAppHeightTooHigh],
      [{ app: 2, store: 2, state: 3 }, ErrStoreHeights],
      [{ app: 1, store: 4, state: 2 }, ErrStoreHeights],
      [{ app: 0, base: 3, store: 5, state: 5 }, ErrAppHeightTooLow],
      [{ app: 1, base: 3, store: 5, state: 5 }, ErrAppHeightTooLow],
    ];
    for (const [heights, kind] of cases) {
      const { run } = arrange(recorded, heights);
      assert.throws(run, (e) => isError(e, kind), JSON.stringify(heights));
    }
  });

  test(`blocks that were pruned up to the application's next one are enough, in a chain from ${name}`, () => {
    const arranged = arrange(recorded, { app: 2, store: 5, state: 5 });
    assert.equal(pruneBelow(arranged, tip(2)), 1);
    assert.equal(pruneBelow(arranged, tip(3)), 1);
    assert.equal(arranged.blocks.base, tip(3));
    assert.equal(arranged.run().lastBlockHeight, tip(5));
    assert.equal(arranged.states.loadValidators(tip(2)).size, 1);
    assert.throws(
      () => pruneBelow(arranged, tip(6)),
      (e) => isError(e, ErrPruneHeight),
    );
  });
}

test("an application with another hash is refused, wherever it stands", () => {
  for (const heights of [
    { app: 5, store: 5, state: 5 },
    { app: 3, store: 5, state: 5 },
    { app: 4, store: 5, state: 4 },
  ]) {
    const { application, run } = arrange(fromOne, heights);
    const last = must(application.disk.last);
    application.disk.states.splice(-1, 1, { ...last, appHash: hexHash(new Uint8Array(32)) as HexHash });
    assert.throws(run, (e) => isError(e, ErrAppHashMismatch), JSON.stringify(heights));
  }
});

test("a damaged last block is taken back if it was not applied, and is an error if it was", () => {
  const damage = (state: number) => {
    const arranged = arrange(fromOne, { app: Math.min(state, 4), store: 5, state });
    arranged.database.write((batch) => {
      for (const key of Array.from(batch.keys())) if (key[0] === 0x50 && key[8] === 5) batch.put(key, Uint8Array.of(1));
    });
    return arranged;
  };
  const repaired = damage(4);
  assert.equal(repaired.run().lastBlockHeight, 4);
  assert.equal(repaired.blocks.height, 4);
  assert.deepEqual(repaired.blocks.loadSeenCommit(4), fromOne.blocks.loadCommit(4));
  assert.throws(damage(5).run, (e) => isError(e, ErrStoreDamaged));
});

test("a chain without validators does not start", () => {
  const genesis = { ...testGenesis([]), chainId: "nobody" };
  const arranged = arrange({ ...fromOne, genesis }, { app: 0, store: 0, state: -1 });
  assert.throws(arranged.run, (e) => isError(e, ErrNoValidators));
});

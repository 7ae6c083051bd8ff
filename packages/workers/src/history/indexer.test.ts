import assert from "node:assert/strict";
import { test } from "node:test";
import { roothashApp, type State } from "@wadi/apps";
import { testContext } from "@wadi/apps/testing";
import { MemoryStore } from "@wadi/kv";
import { consensus, registry, roothash } from "@wadi/types";
import { WadiError, must } from "@wadi/util";
import fc from "fast-check";

import { blocksFrom, testHeader, testRuntimeId } from "../testing/test-block.ts";
import { HistoryStore } from "./history-store.ts";
import { Indexer, type IndexedChain } from "./indexer.ts";

/** A chain whose states have the runtime's last block; `blocks` are the heights that brought one. */
class TestChain implements IndexedChain {
  lastHeight = 0;
  firstKeptHeight = 1;
  /** States below are gone. */
  firstState = 1;
  readonly #states = new Map<number, State>();
  #last: { readonly round: bigint; readonly height: number } | undefined;

  grow(hasBlock: boolean): void {
    const height = ++this.lastHeight;
    if (hasBlock) this.#last = { round: this.#last === undefined ? 0n : this.#last.round + 1n, height };
    const ctx = testContext({ mode: "init-chain" });
    const { state } = ctx;
    roothashApp.setParameters(ctx, { ...roothash.ConsensusParameters.zero(), maxPastRootsStored: 0n });
    const last = this.#last;
    if (last !== undefined) {
      roothashApp.setRuntimeState(state, {
        ...roothash.RuntimeState.zero(),
        runtime: { ...registry.Runtime.zero(), id: testRuntimeId },
        genesisBlock: { header: testHeader(0n) },
        lastBlock: { header: testHeader(last.round) },
        lastBlockHeight: last.height,
      });
    }
    this.#states.set(height, state);
  }

  stateAt(height: number): State {
    if (height < this.firstState) throw new WadiError(consensus.ErrVersionNotFound);
    return must(this.#states.get(height));
  }
}

function setUp(pattern: readonly boolean[]): { chain: TestChain; history: HistoryStore; indexer: Indexer } {
  const chain = new TestChain();
  for (const hasBlock of pattern) chain.grow(hasBlock);
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  return { chain, history, indexer: new Indexer(chain, testRuntimeId, history) };
}

const rounds = (history: HistoryStore): string[] =>
  Array.from(blocksFrom(history, 0n), ({ block, consensusHeight }) => `${block?.header.round}@${consensusHeight}`);

test("every block of the runtime, whatever the size of a step", () => {
  for (const batch of [1, 2, 3, 100]) {
    const { history, indexer } = setUp([false, true, true, false, false, true, false]);
    assert.equal(indexer.state, "started");
    const steps = [...indexer.reindex(batch)];
    assert.ok(steps.length <= Math.ceil(6 / batch), "nothing is looked for above the newest block");
    assert.deepEqual(rounds(history), ["0@2", "1@3", "2@6"]);
    assert.equal(indexer.state, "indexing");
  }
});

test("the chain may grow while the history is made, and nothing is missed", () => {
  const { chain, history, indexer } = setUp([true, true, true]);
  let grown = 0;
  for (const _ of indexer.reindex(1)) if (grown++ < 5) chain.grow(true);
  assert.equal(rounds(history).length, 8);
  chain.grow(false);
  assert.equal(indexer.add(chain.lastHeight), undefined);
  chain.grow(true);
  assert.equal(indexer.add(chain.lastHeight)?.block?.header.round, 8n);
  assert.equal(indexer.add(chain.lastHeight), undefined, "it is there already");
});

test("states may go once the history has their blocks for good", () => {
  const { chain, history, indexer } = setUp([false, true, true, false, true]);
  assert.ok(!indexer.mayPrune(1), "nothing was looked at");
  const steps = indexer.reindex(2);
  steps.next();
  assert.ok(!indexer.mayPrune(2), "not written yet");
  history.write();
  assert.deepEqual(
    [2, 3].map((height) => indexer.mayPrune(height)),
    [true, false],
  );
  for (const _ of steps);
  history.write();
  assert.deepEqual(
    [3, 5, 100].map((height) => indexer.mayPrune(height)),
    [true, true, true],
  );
  chain.grow(false);
  chain.grow(true);
  indexer.add(6);
  indexer.add(7);
  assert.deepEqual(
    [6, 7].map((height) => indexer.mayPrune(height)),
    [true, false],
  );
  indexer.stop();
  assert.ok(!indexer.mayPrune(7));
  history.write();
  assert.ok(indexer.mayPrune(7));
});

test("a restart goes on where it was", () => {
  const { chain, history, indexer } = setUp([true, true]);
  for (const _ of indexer.reindex(10));
  for (const hasBlock of [false, true, false]) chain.grow(hasBlock);
  const again = new Indexer(chain, testRuntimeId, history);
  assert.deepEqual(
    [...again.reindex(10)].flat().map(({ block }) => block?.header.round),
    [2n],
  );
  assert.deepEqual([...new Indexer(chain, testRuntimeId, history).reindex(10)], []);
});

test("where states are gone the newest block is there all the same", () => {
  const { chain, history, indexer } = setUp([true, true, true, false, false]);
  chain.firstState = 5;
  for (const _ of indexer.reindex(2));
  assert.deepEqual(rounds(history), ["2@3"]);
  const pruned = setUp([true, true, true, false]);
  pruned.chain.firstKeptHeight = 3;
  for (const _ of pruned.indexer.reindex(2));
  assert.deepEqual(rounds(pruned.history), ["2@3"]);
});

test("without blocks there is nothing to do", () => {
  for (const pattern of [[], [false, false]]) {
    const { history, indexer } = setUp(pattern);
    assert.deepEqual([...indexer.reindex(5)], []);
    assert.deepEqual(rounds(history), []);
    indexer.stop();
    assert.equal(indexer.state, "stopped");
  }
});

test("batches, restarts and growth in any order give the same history", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 20 }),
      fc.array(fc.nat(5), { maxLength: 6 }),
      (pattern, batches) => {
        const { chain, history } = setUp([]);
        const left = [...pattern];
        for (const batch of batches) {
          const indexer = new Indexer(chain, testRuntimeId, history);
          for (const _ of indexer.reindex(batch + 1)) {
            const next = left.shift();
            if (next !== undefined) chain.grow(next);
          }
          for (const hasBlock of left.splice(0, 2)) {
            chain.grow(hasBlock);
            indexer.add(chain.lastHeight);
          }
        }
        for (const hasBlock of left) chain.grow(hasBlock);
        for (const _ of new Indexer(chain, testRuntimeId, history).reindex(3));
        const heights = pattern.flatMap((hasBlock, i) => (hasBlock ? [i + 1] : []));
        assert.deepEqual(
          rounds(history),
          heights.map((height, round) => `${round}@${height}`),
        );
      },
    ),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "@wadi/kv";
import type { Namespace } from "@wadi/types";
import { isError } from "@wadi/util";
import fc from "fast-check";

import { ErrHistory } from "../errors.ts";
import { annotated, blocksFrom, testRuntimeId } from "../testing/test-block.ts";
import { HistoryStore, MAX_PRUNED, MAX_UNWRITTEN } from "./history-store.ts";

const isHistoryError = (e: unknown): boolean => isError(e, ErrHistory);

test("blocks are found by round, the first, the last and from one on", () => {
  const store = new MemoryStore();
  const history = new HistoryStore(store, testRuntimeId);
  assert.deepEqual([history.latest, history.earliest, history.lastHeight], [undefined, undefined, 0]);
  history.commit([]);
  // Rounds whose big-endian bytes tell whether keys are in order.
  const rounds = [0n, 1n, 255n, 256n, 65_536n];
  history.commit(rounds.map((round, i) => annotated(round, 10 + i)));
  assert.deepEqual(history.earliest, annotated(0n, 10));
  assert.deepEqual(history.latest, annotated(65_536n, 14));
  assert.deepEqual(history.block(256n), annotated(256n, 13));
  assert.equal(history.block(2n), undefined);
  assert.deepEqual(
    Array.from(blocksFrom(history, 2n), ({ block }) => block?.header.round),
    [255n, 256n, 65_536n],
  );
  assert.equal(history.lastHeight, 14);
});

test("blocks out of order are refused, all of the commit", () => {
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  history.commit([annotated(5n, 50)]);
  for (const blocks of [
    [annotated(6n, 49)],
    [annotated(5n, 51)],
    [annotated(4n, 51)],
    [annotated(6n, 60), annotated(6n, 61)],
    [annotated(6n, 60), annotated(7n, 59)],
  ]) {
    assert.throws(() => history.commit(blocks), isHistoryError);
  }
  assert.deepEqual(history.latest, annotated(5n, 50));
  history.commit([annotated(6n, 50)]);
});

test("it is there after a restart, for the same runtime only", () => {
  const store = new MemoryStore();
  {
    using history = new HistoryStore(store, testRuntimeId);
    history.commit([annotated(0n, 3)]);
  }
  const again = new HistoryStore(store, testRuntimeId);
  assert.deepEqual([again.latest, again.lastHeight], [annotated(0n, 3), 3]);
  const other = `80${"00".repeat(30)}02` as Namespace;
  assert.throws(() => new HistoryStore(store, other), isHistoryError);
});

test("a reader sees no difference between what is written and what waits for it", () => {
  const store = new MemoryStore();
  const history = new HistoryStore(store, testRuntimeId);
  const all = Array.from({ length: 2 * MAX_UNWRITTEN + 3 }, (_, i) => annotated(BigInt(i), i + 1));
  for (const [i, block] of all.entries()) {
    history.commit([block]);
    assert.deepEqual([history.latest, history.earliest, history.lastHeight], [block, all[0], i + 1]);
    for (const [round, expected] of all.slice(0, i + 1).entries()) {
      assert.deepEqual(history.block(BigInt(round)), expected);
    }
  }
  assert.equal(new HistoryStore(store, testRuntimeId).lastHeight, 2 * MAX_UNWRITTEN, "as a crash leaves it");
  assert.deepEqual([...blocksFrom(history, 0n)], all);
  history[Symbol.dispose]();
  assert.equal(new HistoryStore(store, testRuntimeId).lastHeight, all.length);
});

test("blocks that a store does not take wait for it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = new MemoryStore();
  const history = new HistoryStore(store, testRuntimeId);
  const refuse = t.mock.method(store, "write", () => {
    throw new Error("disk full");
  });
  history.commit([annotated(0n, 1)]);
  t.mock.timers.runAll();
  assert.equal(refuse.mock.callCount(), 1);
  assert.throws(() => history.commit([annotated(1n, 2)]), { message: "disk full" });
  assert.throws(() => history[Symbol.dispose](), { message: "disk full" });
  refuse.mock.restore();
  history.commit([annotated(2n, 3)]);
  assert.equal(new HistoryStore(store, testRuntimeId).lastHeight, 3);
});

test("pruning drops the oldest, so many at a time", () => {
  const history = new HistoryStore(new MemoryStore(), testRuntimeId);
  history.commit(Array.from({ length: 100 }, (_, i) => annotated(BigInt(i), i + 1)));
  assert.equal(history.prune(0n).length, 0);
  assert.equal(history.prune(90n).length, MAX_PRUNED);
  assert.deepEqual(history.prune(70n), [64n, 65n, 66n, 67n, 68n, 69n]);
  assert.equal(history.earliest?.block?.header.round, 70n);
  assert.equal(history.lastHeight, 100);
});

test("whatever is committed, rounds and heights only grow", () => {
  const block = fc.record({ round: fc.bigInt(0n, 20n), height: fc.integer({ min: 1, max: 20 }) });
  fc.assert(
    fc.property(fc.array(fc.array(block, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), (commits) => {
      const history = new HistoryStore(new MemoryStore(), testRuntimeId);
      for (const commit of commits) {
        try {
          history.commit(commit.map(({ height, round }) => annotated(round, height)));
        } catch (e) {
          assert.ok(isHistoryError(e));
        }
      }
      const all = [...blocksFrom(history, 0n)];
      for (const [i, { block: at, consensusHeight }] of all.entries()) {
        const before = all[i - 1];
        if (before === undefined || at === null || before.block === null) continue;
        assert.ok(at.header.round > before.block.header.round && consensusHeight >= before.consensusHeight);
      }
      assert.equal(history.latest?.consensusHeight ?? 0, history.lastHeight);
    }),
  );
});

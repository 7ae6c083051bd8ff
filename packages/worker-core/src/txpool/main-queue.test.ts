import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { MAX_SCHEDULED, MainQueue, type CheckedTransaction } from "./main-queue.ts";

let serial = 0;

function tx(sender: string, sequence: bigint, priority: bigint, stateSequence = 0n): CheckedTransaction {
  return { hash: `${serial++}`, raw: new Uint8Array(0), sender, sequence, stateSequence, priority };
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    sender: fc.constantFrom("a", "b", "c"),
    sequence: fc.bigInt(0n, 8n),
    state: fc.bigInt(0n, 4n),
    priority: fc.bigInt(0n, 20n),
  }),
  fc.record({ kind: fc.constantFrom("schedule" as const, "extra" as const), limit: fc.nat(6) }),
  fc.record({ kind: fc.constant("used" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("drain" as const) }),
);

test("a schedule never skips a number of a sender, never repeats one, and takes what is in the queue", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new MainQueue(10);
      let session = new Map<string, bigint>();
      for (const s of steps) {
        switch (s.kind) {
          case "add": {
            const added = tx(s.sender, s.sequence, s.priority, s.state);
            const refusal = queue.add(added);
            assert.equal(queue.get(added.hash) !== undefined, refusal === undefined);
            break;
          }
          case "schedule":
          case "extra": {
            if (s.kind === "schedule") session = new Map();
            const taken = s.kind === "schedule" ? queue.schedule(s.limit) : queue.scheduleExtra(s.limit);
            assert.ok(taken.length <= s.limit);
            for (const one of taken) {
              assert.equal(queue.get(one.hash), one);
              const last = session.get(one.sender);
              if (last !== undefined) assert.equal(one.sequence, last + 1n);
              session.set(one.sender, one.sequence);
            }
            break;
          }
          case "used": {
            const all = queue.all();
            const one = all[s.pick % Math.max(1, all.length)];
            if (one !== undefined) {
              queue.used([one.hash]);
              assert.ok(queue.all().every((other) => other.sender !== one.sender || other.sequence > one.sequence));
            }
            break;
          }
          case "drain":
            queue.drain();
            assert.equal(queue.size, 0);
            break;
        }
        assert.ok(queue.size <= 10);
        assert.equal(queue.all().length, queue.size);
      }
      const hasSome = queue.hasSchedulable();
      assert.equal(queue.schedule(1).length > 0, hasSome);
    }),
  );
});

test("by priority across senders, by number within one", () => {
  const queue = new MainQueue(100);
  for (const one of [tx("a", 0n, 1n), tx("a", 1n, 9n), tx("b", 0n, 5n)]) assert.equal(queue.add(one), undefined);
  assert.deepEqual(
    queue.schedule(10).map(({ sender, sequence }) => `${sender}${sequence}`),
    ["b0", "a0", "a1"],
  );
});

test("one call schedules at most 100, and thousands of senders are no matter", () => {
  const queue = new MainQueue(50_000);
  for (let i = 0; i < 20_000; i++) queue.add(tx(`sender ${i}`, 0n, BigInt(i)));
  assert.equal(queue.schedule(1000).length, MAX_SCHEDULED);
  assert.equal(queue.scheduleExtra(5)[0]?.priority, 19_899n);
});

test("senders whose transactions are refused leave nothing behind", () => {
  const queue = new MainQueue(10);
  assert.equal(queue.add(tx("late", 1n, 1n, 5n)), "transaction expired");
  assert.equal(queue.add(tx("late", 2n, 1n, 0n)), undefined, "the refused one must not count as the sender's state");
});

test("something can be scheduled where a session would give something", () => {
  const queue = new MainQueue(10);
  assert.equal(queue.hasSchedulable(), false);
  queue.add(tx("a", 1n, 1n));
  assert.equal(queue.hasSchedulable(), false, "its turn comes after another one");
  queue.add(tx("a", 0n, 1n));
  assert.equal(queue.hasSchedulable(), true);
  assert.equal(queue.schedule(10).length, 2);
  assert.equal(queue.hasSchedulable(), true, "what the last session took is back");
  assert.equal(queue.schedule(10).length, 2);
});

test("in a session a sender's next number may be scheduled as soon as it comes, a later one may not", () => {
  const queue = new MainQueue(10);
  queue.add(tx("a", 0n, 1n));
  assert.equal(queue.schedule(10).length, 1);
  queue.add(tx("a", 2n, 9n));
  assert.deepEqual(queue.scheduleExtra(10), [], "its turn comes after another one");
  queue.add(tx("a", 1n, 1n));
  assert.deepEqual(
    queue.scheduleExtra(10).map(({ sequence }) => sequence),
    [1n, 2n],
  );
});

test("what was taken out says nothing of the numbers with which its senders come again", () => {
  const queue = new MainQueue(10);
  queue.add(tx("a", 5n, 1n, 5n));
  assert.equal(queue.drain().length, 1);
  assert.equal(queue.add(tx("a", 4n, 1n, 4n)), undefined);
  assert.equal(queue.schedule(10).length, 1);
});

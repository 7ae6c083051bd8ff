import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { ErrCallTimeout, type CheckTxMetadata } from "@wadi/runtime-protocol";
import { silentLogger } from "@wadi/telemetry";
import { roothash, type Hash } from "@wadi/types";
import { WadiError, utf8 } from "@wadi/util";
import fc from "fast-check";

import { ScriptedRuntime } from "../testing/scripted-runtime.ts";
import { testBlock } from "../testing/test-block.ts";
import { CheckTxFailure, TransactionPool, defaultPoolConfig, type PoolConfig } from "./transaction-pool.ts";

type Verdict = Partial<CheckTxMetadata> | Error | undefined;

/** A transaction's text is `sender/sequence/priority`, or `bad...`, which fails its check. */
function verdictOf(raw: Uint8Array): Verdict {
  const text = Buffer.from(raw).toString();
  if (text.startsWith("bad")) return new Error(text);
  const [sender = "", sequence = "0", priority = "0"] = text.split("/");
  return { sender: utf8(sender), senderSeq: BigInt(sequence), senderStateSeq: 0n, priority: BigInt(priority) };
}

const none = { priority: 0n, sender: new Uint8Array(0), senderSeq: 0n, senderStateSeq: 0n };

function answer(inputs: readonly Uint8Array[]): unknown {
  const results = inputs.map((raw) => {
    const verdict = verdictOf(raw);
    if (verdict instanceof Error) return { error: { module: "test", code: 7, message: verdict.message }, meta: null };
    return { error: { module: "", code: 0, message: "" }, meta: { ...none, ...verdict } };
  });
  return { results };
}

interface Setup {
  readonly pool: TransactionPool;
  readonly runtime: ScriptedRuntime;
  /** Texts of the batches that were checked. */
  readonly batches: string[][];
  /** Texts of the errors of transactions that were dropped, by hash. */
  readonly dropped: Map<Hash, string>;
  /** Texts of what was shown to peers. */
  readonly published: string[];
  accepted: number;
  isUp: boolean;
}

function setUp(config: Partial<PoolConfig> = {}): Setup {
  const batches: string[][] = [];
  const dropped = new Map<Hash, string>();
  const published: string[] = [];
  const runtime = new ScriptedRuntime((_, value) => {
    const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
    batches.push(inputs.map((raw) => Buffer.from(raw).toString()));
    return Promise.resolve(answer(inputs));
  });
  const { request: context } = testBlock(1n);
  const pool = new TransactionPool(
    { ...defaultPoolConfig, recheckPauseMs: 0, ...config },
    () => (setup.isUp ? { runtime, context } : undefined),
    {
      accepted: () => setup.accepted++,
      dropped: (of, { message }) => dropped.set(of, message),
      publish: (raw) => published.push(Buffer.from(raw).toString()),
    },
    silentLogger,
  );
  const setup: Setup = { published, pool, runtime, batches, dropped, accepted: 0, isUp: true };
  return setup;
}

const hash = (text: string): Hash => hashOf(utf8(text)) as Hash;
const texts = (raws: readonly Uint8Array[]): string[] => raws.map((raw) => Buffer.from(raw).toString());
const refusal = (message: string) => (e: unknown) => e instanceof WadiError && e.message === message;
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test("what passes its check is scheduled by priority and by number of the sender", async () => {
  const { pool, ...setup } = setUp();
  await Promise.all(["a/0/1", "b/0/9", "a/1/9", "c/5/99"].map((text) => pool.submit(utf8(text))));
  assert.equal(pool.size, 4);
  assert.deepEqual(texts(pool.schedule(10)), ["b/0/9", "a/0/1", "a/1/9"], "c/5 has to wait for its turn");
  assert.deepEqual(texts(pool.all()).toSorted(), ["a/0/1", "a/1/9", "b/0/9", "c/5/99"]);
  assert.ok(setup.batches.length >= 1);
  pool[Symbol.dispose]();
});

test("refusals: the runtime's own, duplicates, a full queue, too large, and what the queue does not take", async () => {
  const { pool, ...setup } = setUp({ maxSize: 2 });
  await assert.rejects(
    pool.submit(utf8("bad one")),
    (e) => e instanceof CheckTxFailure && e.code === 7 && e.module === "test" && e.message === "bad one",
  );
  await pool.submit(utf8("a/0/5"));
  const unnumbered = (e: unknown): boolean => e instanceof WadiError && e.module === "unknown" && e.code === 1;
  await assert.rejects(pool.submit(utf8("a/0/5")), unnumbered);
  await assert.rejects(pool.submit(utf8("a/0/5")), refusal("duplicate transaction"));
  await assert.rejects(pool.submit(utf8("a/0/5"), { discard: true }), refusal("duplicate transaction"));
  const byQueue = (e: unknown): boolean => e instanceof CheckTxFailure && e.module === "txpool" && e.code === 1;
  await assert.rejects(pool.submit(utf8("a/0/4")), byQueue);
  await assert.rejects(pool.submit(utf8("a/0/4")), refusal("replacement transaction underpriced"));
  await assert.rejects(pool.submit(new Uint8Array((31 << 20) + 1)), refusal("transaction is too large"));
  await pool.submit(utf8("b/0/6"));
  await assert.rejects(pool.submit(utf8("c/0/1")), refusal("transaction underpriced"));
  await pool.submit(utf8("c/0/7"));
  assert.deepEqual(texts(pool.all()).toSorted(), ["b/0/6", "c/0/7"], "the lowest priority made room");
  setup.batches.length = 0;
  const waiting = setUp({ maxSize: 2 });
  waiting.isUp = false;
  const first = ["x/0", "y/0"].map((text) => waiting.pool.submit(utf8(text)));
  await assert.rejects(waiting.pool.submit(utf8("z/0")), refusal("check queue is full"));
  waiting.pool[Symbol.dispose]();
  for (const one of first) await assert.rejects(one, refusal("the node stops"));
  await assert.rejects(waiting.pool.submit(utf8("x/0")), refusal("the node stops"));
  pool[Symbol.dispose]();
});

test("a check alone leaves nothing in the queue", async () => {
  const { pool } = setUp();
  await pool.submit(utf8("a/0"), { discard: true });
  assert.equal(pool.size, 0);
  await pool.submit(utf8("a/0"));
  assert.equal(pool.size, 1);
  pool[Symbol.dispose]();
});

test("one batch at a time, of at most so many transactions, in the order in which they came", async () => {
  const { batches, pool } = setUp({ maxCheckBatch: 3 });
  const all = Array.from({ length: 8 }, (_, i) => `s${i}/0`);
  await Promise.all(all.map((text) => pool.submit(utf8(text))));
  assert.deepEqual(batches.flat(), all);
  assert.ok(batches.every(({ length }) => length <= 3));
  pool[Symbol.dispose]();
});

test("a transaction on which the runtime fails does not hold up the others, and is given up", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, runtime } = setUp();
  const scripted = runtime.answer;
  let checkedAlone = 0;
  runtime.answer = (type, value, options) => {
    const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
    if (texts(inputs).includes("poison")) {
      if (inputs.length === 1) checkedAlone++;
      return Promise.reject(new Error("malformed transaction"));
    }
    return scripted(type, value, options);
  };
  let failure: unknown;
  // The first batch goes out at once; the next has the three together.
  const first = pool.submit(utf8("first/0"));
  const others = ["a/0", "b/0"].map((text) => pool.submit(utf8(text)));
  const poison = pool.submit(utf8("poison")).catch((e: unknown) => (failure = e));
  await first;
  await others[0];
  await others[1];
  for (let i = 0; i < 20 && failure === undefined; i++) {
    t.mock.timers.tick(1000);
    await turn();
  }
  await poison;
  assert.match((failure as Error).message, /malformed transaction/);
  assert.equal(checkedAlone, 3, "not for ever, but not at the first failure");
  assert.equal(pool.size, 3);
  await pool.submit(utf8("later/0"));
  pool[Symbol.dispose]();
});

test("a runtime that takes too long is aborted, and what it had is checked again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { pool, runtime } = setUp();
  const { answer: sound } = runtime;
  let calls = 0;
  runtime.answer = (...args) => (calls++ === 0 ? Promise.reject(new WadiError(ErrCallTimeout)) : sound(...args));
  let isDone = false;
  const submitted = pool.submit(utf8("a/0")).then(() => (isDone = true));
  for (let i = 0; i < 20 && !isDone; i++) {
    await turn();
    t.mock.timers.tick(1000);
  }
  await submitted;
  assert.equal(runtime.aborts, 1);
  pool[Symbol.dispose]();
});

test("without a runtime transactions wait, and closing says no to them", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const setup = setUp();
  setup.isUp = false;
  const submitted = setup.pool.submit(utf8("a/0"));
  t.mock.timers.tick(5000);
  await turn();
  assert.deepEqual(setup.batches, []);
  setup.isUp = true;
  t.mock.timers.tick(1000);
  await submitted;
  assert.equal(setup.accepted, 1);
  setup.pool[Symbol.dispose]();
});

test("a recheck takes all through the runtime again, not more often than it should", async () => {
  const { batches, pool } = setUp({ recheckInterval: 5 });
  await Promise.all(["a/0", "b/0"].map((text) => pool.submit(utf8(text))));
  const recheckedAt = async (round: bigint, force = false): Promise<boolean> => {
    batches.length = 0;
    pool.recheck(round, force);
    await turn();
    return batches.length > 0;
  };
  assert.equal(await recheckedAt(5n), false);
  assert.equal(await recheckedAt(6n), true);
  assert.equal(await recheckedAt(11n), false);
  assert.equal(await recheckedAt(11n, true), true);
  assert.equal(pool.size, 2);
  await assert.rejects(pool.submit(utf8("a/0")), refusal("duplicate transaction"));
  const slow = setUp({ recheckInterval: 0, recheckPauseMs: 1e9 });
  await slow.pool.submit(utf8("a/0"));
  slow.pool.recheck(1n, false);
  await turn();
  const { length } = slow.batches;
  slow.pool.recheck(2n, false);
  await turn();
  assert.equal(slow.batches.length, length, "rounds may be short: time has to pass as well");
  for (const one of [pool, slow.pool]) one[Symbol.dispose]();
});

test("what a block holds does not come back by a check that waits or is under way", async () => {
  const { pool, runtime } = setUp();
  const { answer: sound } = runtime;
  await pool.submit(utf8("a/0"));
  const gate = Promise.withResolvers<void>();
  runtime.answer = async (...args) => {
    await gate.promise;
    return sound(...args);
  };
  pool.recheck(100n, true);
  assert.equal(pool.size, 0, "drained, and its check is under way");
  const copy = pool.submit(utf8("b/0"));
  pool.used([hash("a/0"), hash("b/0")]);
  await assert.rejects(copy, refusal("duplicate transaction"));
  gate.resolve();
  await turn();
  assert.equal(pool.size, 0);
  pool[Symbol.dispose]();
});

test("rejected transactions may come again, used ones may not", async () => {
  const { pool } = setUp();
  await Promise.all(["a/0", "b/0"].map((text) => pool.submit(utf8(text))));
  pool.rejected([hash("a/0")], "not wanted");
  pool.used([hash("b/0")]);
  assert.equal(pool.size, 0);
  await pool.submit(utf8("a/0"));
  await assert.rejects(pool.submit(utf8("b/0")), refusal("duplicate transaction"));
  pool[Symbol.dispose]();
});

test("a proposal's transactions stay until its round ends", async () => {
  const { pool } = setUp();
  await pool.submit(utf8("a/0"));
  const wanted = ["a/0", "b/0", "b/0"].map(hash);
  assert.deepEqual(pool.promote(wanted), { txs: [utf8("a/0"), undefined, undefined], missing: wanted.slice(1) });
  pool.propose(utf8("b/0"));
  pool.recheck(100n, true);
  assert.deepEqual(pool.promote(wanted).missing, []);
  await turn();
  pool.endRound();
  assert.deepEqual(pool.promote(wanted).missing, wanted.slice(1));
  pool[Symbol.dispose]();
});

test("data of incoming messages completes proposals and is not scheduled", () => {
  const { pool } = setUp();
  const message = (text: string) => ({ ...roothash.IncomingMessage.zero(), data: utf8(text) });
  pool.setIncoming([message("one"), message("two")]);
  assert.deepEqual([texts(pool.all()), pool.size, pool.schedule(10)], [["one", "two"], 0, []]);
  assert.deepEqual(pool.promote([hash("two"), hash("three")]).missing, [hash("three")]);
  pool.setIncoming([message("three")]);
  assert.deepEqual(pool.promote([hash("one"), hash("two"), hash("three")]).missing, [hash("one")]);
  pool.endRound();
  assert.deepEqual(pool.promote([hash("two")]).missing, [hash("two")]);
});

test("the seen cache forgets the oldest", async () => {
  const { pool } = setUp({ cacheSize: 2 });
  for (const text of ["a/0", "b/0", "c/0"]) await pool.submit(utf8(text));
  await assert.rejects(pool.submit(utf8("c/0")), refusal("duplicate transaction"));
  await assert.rejects(pool.submit(utf8("a/0")), refusal("replacement transaction underpriced"));
  pool[Symbol.dispose]();
});

test("every submission settles, whatever the runtime does", async () => {
  const submission = fc.record({
    sender: fc.constantFrom("a", "b", "bad"),
    sequence: fc.nat(3),
    discard: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(submission, { minLength: 1, maxLength: 12 }),
      fc.array(fc.boolean(), { maxLength: 6 }),
      async (submissions, failures) => {
        const timers = mock.timers;
        timers.enable({ apis: ["setTimeout"] });
        try {
          const { pool, runtime } = setUp({ maxCheckBatch: 2, maxSize: 4 });
          const { answer: sound } = runtime;
          const left = [...failures];
          runtime.answer = (...args) => (left.shift() === true ? Promise.reject(new Error("no")) : sound(...args));
          let open = submissions.length;
          for (const { discard, sender, sequence } of submissions) {
            const raw = utf8(`${sender}/${sequence}`);
            void pool.submit(raw, { discard }).then(
              () => open--,
              () => open--,
            );
          }
          for (let i = 0; i < 200 && open > 0; i++) {
            await turn();
            timers.tick(1000);
          }
          assert.equal(open, 0);
          assert.ok(pool.size <= 4);
          pool[Symbol.dispose]();
        } finally {
          timers.reset();
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("what has to make room, or is replaced, is told and may come again", async () => {
  const { dropped, pool } = setUp({ maxSize: 2 });
  for (const text of ["a/0/1", "b/0/5", "c/0/9"]) await pool.submit(utf8(text));
  assert.deepEqual([...dropped], [[hash("a/0/1"), "transaction underpriced"]]);
  await pool.submit(utf8("b/0/6"));
  assert.deepEqual([...dropped.keys()], [hash("a/0/1"), hash("b/0/5")]);
  await assert.rejects(pool.submit(utf8("a/0/1")), refusal("transaction underpriced"), "no duplicate");
  pool[Symbol.dispose]();
});

test("what the round in progress has is dropped when it is over and did not take it", async () => {
  const { dropped, pool } = setUp({ maxSize: 2 });
  for (const text of ["a/0/1", "b/0/2"]) await pool.submit(utf8(text));
  assert.equal(pool.schedule(2).length, 2);
  for (const text of ["c/0/8", "d/0/9"]) await pool.submit(utf8(text));
  assert.equal(dropped.size, 0, "the runtime may be executing them");
  pool.used([hash("a/0/1")]);
  pool.endRound();
  pool.recheck(1n, false);
  assert.deepEqual([...dropped.keys()], [hash("b/0/2")]);
  pool[Symbol.dispose]();
});

test("what fails when it is checked again is told", async () => {
  let isBad = false;
  const runtime = new ScriptedRuntime((_, value) => {
    const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
    return Promise.resolve(answer(isBad ? inputs.map(() => utf8("bad")) : inputs));
  });
  const { request: context } = testBlock(1n);
  const told = Promise.withResolvers<Error>();
  const pool = new TransactionPool(
    { ...defaultPoolConfig, recheckPauseMs: 0 },
    () => ({ runtime, context }),
    { accepted: () => undefined, dropped: (_, error) => told.resolve(error) },
    silentLogger,
  );
  await pool.submit(utf8("a/0/1"));
  isBad = true;
  pool.recheck(1n, true);
  const error = await told.promise;
  assert.ok(error instanceof CheckTxFailure);
  assert.equal(error.message, "bad");
  pool[Symbol.dispose]();
});

test("clients' transactions are shown to peers, those of peers only when it is time again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 1_000_000;
  t.mock.method(performance, "now", () => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  const { pool, published } = setUp();
  pool.recheck(1n, false);
  await pool.submit(utf8("mine/0"));
  await pool.submit(utf8("theirs/0"), { isRemote: true });
  await pool.submit(utf8("bad one")).catch(() => undefined);
  assert.deepEqual(published, [], "peers are given time for the block");
  pass(200);
  assert.deepEqual(published, ["mine/0"]);
  pool.recheck(2n, true);
  await until(() => pool.size === 2);
  pass(1000);
  assert.deepEqual(published, ["mine/0"], "a check does not make it new");
  pass(130_000);
  assert.deepEqual(
    [...published].sort((a, b) => (a < b ? -1 : 1)),
    ["mine/0", "mine/0", "theirs/0"],
  );
  pool.used([hash("mine/0"), hash("theirs/0")]);
  pass(130_000);
  assert.equal(published.length, 3);
  pool[Symbol.dispose]();
  pass(1_000_000);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 1000);
    await turn();
  }
}

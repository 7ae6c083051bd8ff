import assert from "node:assert/strict";
import { test } from "node:test";
import { txHash } from "@wadi/comet-types";
import { must, utf8 } from "@wadi/util";
import fc from "fast-check";
import type { CheckTxKind, CheckTxResponse } from "../application.ts";
import { DEFAULT_MEMPOOL_CONFIG, type MempoolConfig, type TxLimits } from "./config.ts";
import { Mempool, type TxOutcome } from "./mempool.ts";

const NO_LIMITS: TxLimits = { maxDataBytes: 1 << 30, maxGas: -1n };

/** An application whose transactions say what it answers: `priority/gas/sender/anything`. */
class TextApplication {
  readonly calls: string[] = [];
  /** Answers for transactions that are checked again. */
  readonly changed = new Map<string, Partial<CheckTxResponse>>();

  checkTx(tx: Uint8Array, kind: CheckTxKind): CheckTxResponse {
    const text = Buffer.from(tx).toString();
    this.calls.push(`${kind} ${text}`);
    const [priority = "0", gas = "0", sender = ""] = text.split("/");
    if (text.startsWith("throw")) throw new Error("application failed");
    return {
      code: text.startsWith("bad") ? 7 : 0,
      codespace: "",
      data: new Uint8Array(0),
      log: "",
      gasWanted: BigInt(gas),
      gasUsed: 0n,
      priority: Number(priority),
      sender,
      ...(kind === "recheck" && this.changed.get(text)),
    };
  }
}

interface Pool {
  readonly application: TextApplication;
  readonly mempool: Mempool;
  readonly check: (text: string, source?: number) => TxOutcome;
  /** Result in one word: "added" or the reason. */
  readonly result: (text: string) => string;
}

function pool(config: Partial<MempoolConfig> = {}, limits = NO_LIMITS): Pool {
  const application = new TextApplication();
  const mempool = new Mempool(application, { ...DEFAULT_MEMPOOL_CONFIG, ...config }, limits, 1);
  const check = (text: string, source?: number): TxOutcome => mempool.checkTx(utf8(text), source);
  const result = (text: string): string => {
    const outcome = check(text);
    return outcome.kind === "added" ? "added" : outcome.reason;
  };
  return { application, mempool, check, result };
}

const texts = (txs: readonly Uint8Array[]): string[] => txs.map((tx) => Buffer.from(tx).toString());

test("a block takes the highest priority first and equals in order of arrival", () => {
  const { mempool, check } = pool();
  for (const text of ["5/0//a", "9/0//b", "5/0//c", "7/0//d"]) check(text);
  assert.deepEqual(texts(mempool.reapCount()), ["9/0//b", "7/0//d", "5/0//a", "5/0//c"]);
  assert.deepEqual(texts(mempool.reapCount(2)), ["9/0//b", "7/0//d"]);
  assert.equal(mempool.size, 4, "reaping takes nothing out");
});

test("reaping stops at the first transaction that passes a limit", () => {
  const { mempool, check } = pool();
  for (const text of ["9/10//a", "8/30//b", "7/1//c"]) check(text);
  const sizes = 7 + 2;
  assert.equal(mempool.reap(-1, 40n).length, 2);
  assert.equal(mempool.reap(-1, 39n).length, 1, "b passes the gas, c would fit and is not taken");
  assert.equal(mempool.reap(-1, 0n).length, 0);
  assert.equal(mempool.reap(2 * sizes, -1n).length, 2);
  assert.equal(mempool.reap(2 * sizes - 1, -1n).length, 1);
});

test("transactions that are too long are refused before the application is asked", () => {
  const { application, check } = pool({ maxTxBytes: 10 }, { maxDataBytes: 9, maxGas: -1n });
  const long = check("1/0//abcdef");
  assert.deepEqual(long, {
    kind: "refused",
    reason: "too-large",
    error: "Tx too large. Max size is 10, but got 11",
  });
  const error = "tx size is too big: 10, max: 9";
  assert.deepEqual(check("1/0//abc"), { kind: "refused", reason: "too-large-for-block", error });
  assert.deepEqual(application.calls, []);
  assert.equal(check("1/0//ab").kind, "added");
});

test("a transaction is checked once while it is remembered", () => {
  const { application, mempool, check, result } = pool();
  assert.equal(result("1/0//a"), "added");
  const error = "tx already exists in cache";
  assert.deepEqual(check("1/0//a"), { kind: "refused", reason: "seen", error });
  assert.equal(application.calls.length, 1);
  mempool.remove(txHash(utf8("1/0//a")));
  assert.equal(result("1/0//a"), "seen", "what was taken out stays in the cache");
});

test("a transaction that fails may be tried again at once", () => {
  const { result, check } = pool();
  assert.equal(result("bad"), "failed");
  assert.equal(result("bad"), "failed");
  assert.throws(() => check("throw"), /application failed/);
  assert.throws(() => check("throw"), /application failed/);
});

test("gas wanted must fit into a block", () => {
  const { mempool, check, result } = pool({}, { maxDataBytes: 1000, maxGas: 10n });
  assert.equal(result("1/10//a"), "added");
  const outcome = check("1/11//b");
  assert.equal(outcome.kind === "refused" && outcome.reason, "too-much-gas");
  assert.equal(result("1/-1//c"), "too-much-gas");
  mempool.update(2, [], { maxDataBytes: 1000, maxGas: -1n });
  assert.equal(result("1/-1//c"), "added", "without a limit any number is taken");
});

test("one transaction of a sender waits at a time", () => {
  const { mempool, check, result } = pool();
  assert.equal(result("1/0/alice/a"), "added");
  const outcome = check("9/0/alice/b");
  assert.ok(outcome.kind === "refused" && outcome.reason === "sender-is-waiting");
  const hash = txHash(utf8("1/0/alice/a")).toUpperCase();
  const text = `rejected valid incoming transaction; tx already exists for sender "alice" (${hash})`;
  assert.equal(outcome.error, text);
  assert.equal(result("9/0/alice/b"), "seen", "it stays in the cache, as in the reference");
  assert.equal(result("1/0/bob/c"), "added");
  mempool.update(2, [{ tx: utf8("1/0/alice/a"), code: 0 }], NO_LIMITS);
  assert.equal(result("9/0/alice/d"), "added");
});

test("a full pool gives way to higher priority, the newest of the lowest first", () => {
  const { mempool, result } = pool({ maxTxs: 3 });
  for (const text of ["5/0//a", "3/0//b", "3/0//c"]) result(text);
  assert.equal(result("3/0//d"), "full", "equal priority does not push others out");
  assert.equal(result("4/0//e"), "added");
  assert.deepEqual(texts(mempool.reapCount()), ["5/0//a", "4/0//e", "3/0//b"]);
  assert.equal(result("3/0//c"), "full", "what was pushed out may come again");
  assert.equal(result("3/0//d"), "full", "what was refused may come again");
  assert.equal(result("9/0//f"), "added");
  assert.deepEqual(texts(mempool.reapCount()), ["9/0//f", "5/0//a", "4/0//e"]);
});

test("those that give way must cover the bytes of the new one", () => {
  const { mempool, check, result } = pool({ maxTotalBytes: 30 });
  for (const text of ["1/0//aaaaa", "2/0//bbbbb", "9/0//ccccc"]) assert.equal(result(text), "added");
  assert.equal(mempool.totalBytes, 30);
  const outcome = check(`3/0//${"d".repeat(16)}`);
  const hash = txHash(utf8(`3/0//${"d".repeat(16)}`)).toUpperCase();
  assert.ok(outcome.kind === "refused" && outcome.reason === "full");
  assert.equal(outcome.error, `rejected valid incoming transaction; mempool is full (${hash})`);
  assert.equal(mempool.size, 3, "nobody left for a transaction that did not fit");
  assert.equal(result(`3/0//${"e".repeat(15)}`), "added");
  assert.deepEqual(texts(mempool.reapCount()), ["9/0//ccccc", `3/0//${"e".repeat(15)}`]);
});

test("after a block its transactions leave, and only those that failed may come again", () => {
  const { mempool, result } = pool();
  for (const text of ["1/0//a", "1/0//b", "1/0//c"]) result(text);
  const committed = [
    { tx: utf8("1/0//a"), code: 0 },
    { tx: utf8("1/0//b"), code: 5 },
    { tx: utf8("1/0//never seen"), code: 0 },
  ];
  mempool.update(2, committed, NO_LIMITS);
  assert.deepEqual(texts(mempool.reapCount()), ["1/0//c"]);
  assert.equal(result("1/0//a"), "seen");
  assert.equal(result("1/0//b"), "added");
  assert.equal(result("1/0//never seen"), "seen");
});

test("the others are checked again in order of arrival, in slices if asked for", () => {
  const { application, mempool, result } = pool();
  for (const text of ["1/0//a", "2/0//b", "3/0//c", "4/0//d"]) result(text);
  application.changed.set("2/0//b", { code: 1 });
  application.changed.set("1/0//a", { priority: 10 });
  mempool.update(2, [{ tx: utf8("4/0//d"), code: 0 }], NO_LIMITS);
  application.calls.length = 0;
  assert.equal(mempool.recheck(2), false);
  assert.equal(result("5/0//new"), "added", "it was checked against the new state and needs no second check");
  assert.equal(mempool.recheck(1), false);
  assert.equal(mempool.recheck(1), true);
  assert.equal(mempool.recheck(), true);
  assert.deepEqual(application.calls, ["recheck 1/0//a", "recheck 2/0//b", "new 5/0//new", "recheck 3/0//c"]);
  assert.deepEqual(texts(mempool.reapCount()), ["1/0//a", "5/0//new", "3/0//c"]);
  assert.equal(result("2/0//b"), "added", "what failed again may be tried again");
});

test("checking again applies the new limit of gas", () => {
  const { mempool, result } = pool();
  for (const text of ["1/5//a", "1/6//b"]) result(text);
  mempool.update(2, [], { maxDataBytes: 1000, maxGas: 5n });
  mempool.recheck();
  assert.deepEqual(texts(mempool.reapCount()), ["1/5//a"]);
});

test("transactions are announced once for each height", () => {
  const { mempool, result } = pool();
  assert.equal(mempool.takeAvailable(), false);
  result("bad");
  assert.equal(mempool.takeAvailable(), false);
  result("1/0//a");
  result("1/0//b");
  assert.equal(mempool.takeAvailable(), true);
  result("1/0//c");
  assert.equal(mempool.takeAvailable(), false, "once for the height");
  mempool.update(2, [{ tx: utf8("1/0//a"), code: 0 }], NO_LIMITS);
  assert.equal(mempool.takeAvailable(), false, "not before they are checked again");
  mempool.recheck();
  assert.equal(mempool.takeAvailable(), true);
  const rest = ["1/0//b", "1/0//c"].map((text) => ({ tx: utf8(text), code: 0 }));
  mempool.update(3, rest, NO_LIMITS);
  mempool.recheck();
  assert.equal(mempool.takeAvailable(), false);
});

test("flushing forgets everything", () => {
  const { mempool, result } = pool();
  for (const text of ["1/0/alice/a", "1/0//b"]) result(text);
  mempool.flush();
  assert.deepEqual([mempool.size, mempool.totalBytes, mempool.reapCount().length], [0, 0, 0]);
  assert.equal(mempool.nextArrival(-1), undefined);
  assert.equal(result("1/0/alice/a"), "added");
});

test("a transaction that the cache has forgotten but the pool has not is not taken twice", () => {
  const { mempool, result } = pool({ cacheSize: 2 });
  for (const text of ["1/0//a", "1/0//b", "1/0//c"]) result(text);
  assert.equal(result("1/0//a"), "seen");
  assert.equal(mempool.size, 3);
});

test("without a cache every transaction that is not in the pool is checked", () => {
  const { mempool, result } = pool({ cacheSize: 0 });
  assert.equal(result("1/0//a"), "added");
  assert.equal(result("1/0//a"), "seen");
  mempool.update(2, [{ tx: utf8("1/0//a"), code: 0 }], NO_LIMITS);
  assert.equal(result("1/0//a"), "added");
});

interface Model {
  readonly text: string;
  priority: number;
  readonly arrival: number;
}

/** The eviction rule of the reference, written over a plain list. */
function modelAdd(model: Model[], text: string, priority: number, arrival: number, config: MempoolConfig): boolean {
  const total = model.reduce((sum, item) => sum + item.text.length, 0);
  if (model.length >= config.maxTxs || total + text.length > config.maxTotalBytes) {
    const victims = model
      .filter((item) => item.priority < priority)
      .toSorted((a, b) => a.priority - b.priority || b.arrival - a.arrival);
    const bytes = victims.reduce((sum, item) => sum + item.text.length, 0);
    if (victims.length === 0 || bytes < text.length) return false;
    let freed = 0;
    for (const victim of victims) {
      model.splice(model.indexOf(victim), 1);
      freed += victim.text.length;
      if (freed >= text.length) break;
    }
  }
  model.push({ text, priority, arrival });
  return true;
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("add" as const), priority: fc.nat(5), length: fc.nat(40) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("block" as const), count: fc.nat(4), change: fc.nat(6) }) },
);

test("property: the pool is the plain list with the reference's rules", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const config = { ...DEFAULT_MEMPOOL_CONFIG, maxTxs: 8, maxTotalBytes: 240 };
      const { application, mempool, result } = pool(config);
      const model: Model[] = [];
      const sorted = (): Model[] => model.toSorted((a, b) => b.priority - a.priority || a.arrival - b.arrival);
      let height = 1;
      for (const [i, item] of steps.entries()) {
        if (item.kind === "add") {
          const text = `${item.priority}/1//${i}${"x".repeat(item.length)}`;
          const expected = modelAdd(model, text, item.priority, i, config) ? "added" : "full";
          assert.equal(result(text), expected);
        } else {
          const block = sorted().slice(0, item.count);
          for (const gone of block) model.splice(model.indexOf(gone), 1);
          for (const kept of model) {
            kept.priority = (kept.priority + item.change) % 6;
            application.changed.set(kept.text, { priority: kept.priority });
          }
          mempool.update(
            ++height,
            block.map(({ text }) => ({ tx: utf8(text), code: 0 })),
            NO_LIMITS,
          );
          mempool.recheck();
        }
        assert.deepEqual(
          texts(mempool.reapCount()),
          sorted().map(({ text }) => text),
        );
        assert.equal(mempool.size, model.length);
        assert.equal(
          mempool.totalBytes,
          model.reduce((sum, { text }) => sum + text.length, 0),
        );
        assert.ok(mempool.size <= config.maxTxs && mempool.totalBytes <= config.maxTotalBytes);
        const arrived: string[] = [];
        for (let next = mempool.nextArrival(-1); next !== undefined; next = mempool.nextArrival(next.arrival)) {
          arrived.push(must(texts([next.tx])[0]));
        }
        const expected = model.toSorted((a, b) => a.arrival - b.arrival).map(({ text }) => text);
        assert.deepEqual(arrived, expected, "order of arrival");
      }
    }),
    { numRuns: 150 },
  );
});

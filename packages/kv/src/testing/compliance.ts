// What every back end must do, run by the test file of each.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isError } from "@wadi/util";
import { ErrStoreClosed, ErrStoreOrder } from "../errors.ts";
import { MAX_STORE_KEY_LENGTH } from "../kv-store.ts";
import type { KvRange, KvReader, KvStore } from "../kv-store.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const text = (b: Uint8Array | undefined): string | undefined =>
  b === undefined ? undefined : Buffer.from(b).toString("latin1");

function list(reader: KvReader, range?: KvRange): string[] {
  return Array.from(reader.entries(range), ({ key, value }) => `${text(key)}=${text(value)}`);
}

function fill(store: KvStore, items: Record<string, string>): void {
  store.write((batch) => {
    for (const [key, value] of Object.entries(items)) batch.put(bytes(key), bytes(value));
  });
}

const range = (start?: string, end?: string, rest: KvRange = {}): KvRange => ({
  ...(start === undefined ? {} : { start: bytes(start) }),
  ...(end === undefined ? {} : { end: bytes(end) }),
  ...rest,
});

/** Registers the tests; `create` makes an empty store that the test disposes. */
export function complianceTests(name: string, create: () => KvStore): void {
  describe(`${name} as a key-value store`, () => {
    basics(create);
    ranges(create);
    transactions(create);
    model(create);
  });
}

function basics(create: () => KvStore): void {
  test("gets what was put, and nothing else", async () => {
    await using store = create();
    assert.equal(store.get(bytes("a")), undefined);
    fill(store, { a: "1", ab: "2", empty: "" });
    assert.equal(text(store.get(bytes("a"))), "1");
    assert.equal(text(store.view(bytes("ab"))), "2");
    assert.deepEqual(store.get(bytes("empty")), new Uint8Array());
    assert.equal(store.has(bytes("empty")), true);
    assert.equal(store.has(bytes("abc")), false);
    fill(store, { a: "again" });
    assert.equal(text(store.get(bytes("a"))), "again");
  });

  test("hands out plain copies and keeps copies", async () => {
    await using store = create();
    const value = bytes("value");
    store.write((batch) => batch.put(bytes("k"), value));
    value.fill(0);
    const first = store.get(bytes("k")) as Uint8Array;
    assert.equal(Object.getPrototypeOf(first), Uint8Array.prototype);
    first.fill(1);
    assert.equal(text(store.get(bytes("k"))), "value");
    const entries = Array.from(store.entries());
    fill(store, { k: "other", l: "next" });
    store.get(bytes("l"));
    assert.deepEqual(entries, [{ key: bytes("k"), value: bytes("value") }]);
  });

  test("holds large values and the longest keys", async () => {
    await using store = create();
    const key = new Uint8Array(MAX_STORE_KEY_LENGTH).fill(255);
    const value = new Uint8Array(20_000_000).map((_, i) => i * 31);
    const small = new Uint8Array(70_000).fill(7);
    store.write((batch) => {
      batch.put(key, value);
      batch.put(bytes("small"), small);
    });
    assert.deepEqual(store.get(key), value);
    assert.deepEqual(store.get(bytes("small")), small);
    assert.equal(store.view(key)?.length, value.length);
    assert.ok(store.sizeBytes() >= value.length);
  });

  test("refuses keys that are empty or too long", async () => {
    await using store = create();
    const long = new Uint8Array(MAX_STORE_KEY_LENGTH + 1);
    assert.throws(() => store.get(long), RangeError);
    assert.throws(() => store.has(new Uint8Array()), RangeError);
    assert.throws(() => store.write((batch) => batch.put(new Uint8Array(), long)), RangeError);
    assert.throws(() => store.write((batch) => batch.delete(long)), RangeError);
    assert.deepEqual(list(store), []);
  });

  test("is closed for good after close", async () => {
    const store = create();
    fill(store, { a: "1", b: "2" });
    await store.sync();
    const snapshot = store.snapshot();
    const iterations = [store.entries(), store.keys(), snapshot.keys()];
    for (const iteration of iterations) iteration.next();
    await store.close();
    await store.close();
    assert.throws(
      () => store.get(bytes("a")),
      (e) => isError(e, ErrStoreClosed),
    );
    assert.throws(
      () => store.write(() => {}),
      (e) => isError(e, ErrStoreClosed),
    );
    await assert.rejects(store.sync(), (e) => isError(e, ErrStoreClosed));
    for (const iteration of iterations) {
      assert.throws(
        () => iteration.next(),
        (e) => isError(e, ErrStoreClosed),
      );
    }
    assert.throws(
      () => snapshot.get(bytes("a")),
      (e) => isError(e, ErrStoreClosed),
    );
    snapshot[Symbol.dispose]();
  });
}

function ranges(create: () => KvStore): void {
  test("iterates both ways within bounds", async () => {
    await using store = create();
    fill(store, { b: "2", a: "1", ab: "12", c: "3", "\xff\xff": "x", "\0": "0" });
    assert.deepEqual(list(store), ["\0=0", "a=1", "ab=12", "b=2", "c=3", "\xff\xff=x"]);
    assert.deepEqual(list(store, { reverse: true }), ["\xff\xff=x", "c=3", "b=2", "ab=12", "a=1", "\0=0"]);
    assert.deepEqual(list(store, range("a", "c")), ["a=1", "ab=12", "b=2"]);
    assert.deepEqual(list(store, range("a", "c", { reverse: true })), ["b=2", "ab=12", "a=1"]);
    assert.deepEqual(list(store, range("aa", "bb")), ["ab=12", "b=2"]);
    assert.deepEqual(list(store, range("aa", "bb", { reverse: true })), ["b=2", "ab=12"]);
    assert.deepEqual(list(store, range("c", undefined, { reverse: true })), ["\xff\xff=x", "c=3"]);
    assert.deepEqual(list(store, range(undefined, "a", { reverse: true })), ["\0=0"]);
    assert.deepEqual(list(store, range("d", "e")), []);
    assert.deepEqual(list(store, range("c", "a")), []);
    assert.deepEqual(list(store, { limit: 2 }), ["\0=0", "a=1"]);
    assert.deepEqual(list(store, { limit: 1, reverse: true }), ["\xff\xff=x"]);
    assert.deepEqual(list(store, { limit: 0 }), []);
    assert.deepEqual(Array.from(store.keys(range("a", "b")), text), ["a", "ab"]);
  });

  test("an empty bound is below all keys, and longer ones than keys are refused", async () => {
    await using store = create();
    fill(store, { a: "1", b: "2" });
    for (const reverse of [false, true]) {
      assert.deepEqual(list(store, range(undefined, "", { reverse })), [], `end, reverse ${reverse}`);
      assert.equal(list(store, range("", undefined, { reverse })).length, 2, `start, reverse ${reverse}`);
      const long = "\xff".repeat(MAX_STORE_KEY_LENGTH + 1);
      assert.throws(() => list(store, range(long, undefined, { reverse })), RangeError);
      assert.throws(() => Array.from(store.keys(range(undefined, long, { reverse }))), RangeError);
    }
    assert.equal(
      store.write((batch) => batch.deleteRange(bytes("a"), new Uint8Array())),
      0,
    );
    assert.equal(list(store).length, 2);
  });

  test("an iteration sees the state at its start", async () => {
    await using store = create();
    fill(store, { a: "1", b: "2", c: "3" });
    const seen: (string | undefined)[] = [];
    for (const { key } of store.entries()) {
      seen.push(text(key));
      store.write((batch) => {
        batch.delete(bytes("b"));
        batch.put(bytes("bb"), bytes("new"));
      });
    }
    assert.deepEqual(seen, ["a", "b", "c"]);
    assert.deepEqual(list(store), ["a=1", "bb=new", "c=3"]);
  });

  test("deletes ranges", async () => {
    await using store = create();
    store.write((batch) => {
      for (let i = 0; i < 10_000; i++) batch.put(bytes(`k${String(i).padStart(5, "0")}`), bytes("v"));
    });
    store.write((batch) => {
      assert.equal(batch.deleteRange(bytes("k00001"), bytes("k09998")), 9997);
      assert.equal(batch.deleteRange(bytes("x"), bytes("y")), 0);
    });
    assert.deepEqual(Array.from(store.keys(), text), ["k00000", "k09998", "k09999"]);
    assert.equal(
      store.write((batch) => batch.deleteRange(bytes("k"), bytes("l"), 2)),
      2,
    );
    assert.deepEqual(Array.from(store.keys(), text), ["k09999"]);
  });
}

function transactions(create: () => KvStore): void {
  test("a transaction sees its own writes and leaves nothing when it throws", async () => {
    await using store = create();
    fill(store, { a: "1", b: "2" });
    assert.throws(
      () =>
        store.write((batch) => {
          batch.put(bytes("a"), bytes("changed"));
          batch.delete(bytes("b"));
          batch.put(bytes("c"), bytes("3"));
          assert.equal(text(batch.get(bytes("a"))), "changed");
          assert.equal(batch.has(bytes("b")), false);
          assert.deepEqual(list(batch), ["a=changed", "c=3"]);
          throw new RangeError("stop");
        }),
      RangeError,
    );
    assert.deepEqual(list(store), ["a=1", "b=2"]);
    assert.equal(
      store.write(() => 42),
      42,
    );
  });

  test("transactions do not nest", async () => {
    await using store = create();
    assert.throws(
      () =>
        store.write((batch) => {
          batch.put(bytes("a"), bytes("1"));
          store.write((inner) => inner.put(bytes("b"), bytes("2")));
        }),
      TypeError,
    );
    assert.deepEqual(list(store), []);
    fill(store, { c: "3" });
    assert.deepEqual(list(store), ["c=3"]);
  });

  test("appends above all keys only", async () => {
    await using store = create();
    store.write((batch) => {
      for (let i = 0; i < 1000; i++) batch.append(bytes(`k${String(i).padStart(4, "0")}`), bytes("v"));
    });
    assert.equal(Array.from(store.keys()).length, 1000);
    for (const key of ["k0999", "a", "k0500x"]) {
      assert.throws(
        () => store.write((batch) => batch.append(bytes(key), bytes("v"))),
        (e) => isError(e, ErrStoreOrder),
        key,
      );
    }
    assert.equal(Array.from(store.keys()).length, 1000);
  });

  test("a snapshot does not move", async () => {
    await using store = create();
    fill(store, { a: "1", b: "2" });
    const snapshot = store.snapshot();
    fill(store, { a: "changed", c: "3" });
    store.write((batch) => batch.delete(bytes("b")));
    assert.deepEqual(list(snapshot), ["a=1", "b=2"]);
    assert.equal(text(snapshot.get(bytes("b"))), "2");
    assert.deepEqual(list(store), ["a=changed", "c=3"]);
    snapshot[Symbol.dispose]();
    assert.throws(
      () => snapshot.get(bytes("a")),
      (e) => isError(e, ErrStoreClosed),
    );
  });
}

function model(create: () => KvStore): void {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "\0", "\xff"), minLength: 1, maxLength: 4 });
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), key, value: fc.string({ unit: "binary-ascii", maxLength: 8 }) }),
    fc.record({ kind: fc.constant("delete" as const), key }),
    fc.record({ kind: fc.constant("range" as const), key, end: key }),
  );
  const batches = fc.array(fc.record({ operations: fc.array(operation, { maxLength: 20 }), fails: fc.boolean() }), {
    maxLength: 8,
  });

  test("agrees with a sorted map under random transactions", async () => {
    await using store = create();
    fc.assert(
      fc.property(batches, (script) => {
        store.write((batch) => batch.deleteRange(Uint8Array.of(0), new Uint8Array(8).fill(255)));
        let expected = new Map<string, string>();
        for (const { operations, fails } of script) {
          const next = new Map(expected);
          const run = (): void =>
            store.write((batch) => {
              for (const op of operations) {
                if (op.kind === "put") {
                  batch.put(bytes(op.key), bytes(op.value));
                  next.set(op.key, op.value);
                } else if (op.kind === "delete") {
                  batch.delete(bytes(op.key));
                  next.delete(op.key);
                } else {
                  const doomed = Array.from(next.keys()).filter((k) => k >= op.key && k < op.end);
                  assert.equal(batch.deleteRange(bytes(op.key), bytes(op.end)), doomed.length);
                  for (const k of doomed) next.delete(k);
                }
              }
              if (fails) throw new RangeError("stop");
            });
          if (fails) assert.throws(run, RangeError);
          else {
            run();
            expected = next;
          }
          const sorted = Array.from(expected).sort((a, b) => (a[0] < b[0] ? -1 : 1));
          assert.deepEqual(
            list(store),
            sorted.map(([k, v]) => `${k}=${v}`),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
}

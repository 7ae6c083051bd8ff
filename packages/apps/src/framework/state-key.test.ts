import assert from "node:assert/strict";
import { test } from "node:test";
import { quantity } from "@wadi/codec";
import { hashOf, type Address, type Namespace, type PublicKey } from "@wadi/crypto";
import { packedToHex, RootType, Tree } from "@wadi/mkvs";
import { fromHex } from "@wadi/util";
import fc from "fast-check";

import { CorruptedStateError } from "./errors.ts";
import { addressElement, hashedElement, i64Element, publicKeyElement, u64Element, u8Element } from "./key-element.ts";
import { State } from "./state.ts";
import { stateKey } from "./state-key.ts";
import { StateSchema } from "./state-schema.ts";
import { cborValue, noValue, rawValue, textValue } from "./state-value.ts";

const keys = {
  queue: stateKey(0x55, "queue", { epoch: u64Element, owner: addressElement }, noValue),
  amounts: stateKey(0x54, "amounts", { owner: addressElement, epoch: u64Element }, cborValue(quantity)),
  total: stateKey(0x51, "total", {}, cborValue(quantity, "strict")),
  runtimes: stateKey(0x20, "runtimes", { runtime: hashedElement<Namespace>() }, rawValue),
  context: stateKey(0xf0, "context", {}, textValue),
  nodes: stateKey(0x11, "nodes", { id: publicKeyElement, kind: u8Element, height: i64Element }, noValue),
};
const alice = `00${"aa".repeat(20)}` as Address;
const bob = `00${"bb".repeat(20)}` as Address;

test("keys are a prefix and big-endian elements in declared order", () => {
  assert.equal(packedToHex(keys.queue.at({ owner: alice, epoch: 258n }).packed), `550000000000000102${alice}`);
  assert.equal(packedToHex(keys.amounts.at({ epoch: 258n, owner: alice }).packed), `54${alice}0000000000000102`);
  assert.equal(packedToHex(keys.total.at().packed), "51");
  const runtime = "80".padEnd(64, "0") as Namespace;
  assert.equal(packedToHex(keys.runtimes.at({ runtime }).packed), `20${hashOf(fromHex(runtime))}`);
  const id = "01".repeat(32) as PublicKey;
  assert.equal(packedToHex(keys.nodes.at({ id, kind: 7, height: -2n }).packed), `11${id}07fffffffffffffffe`);
});

test("what goes into a key comes out of it", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.uint8Array({ minLength: 21, maxLength: 21 }),
      (epoch, raw) => {
        const fields = { epoch, owner: Buffer.from(raw).toString("hex") as Address };
        assert.deepEqual(keys.queue.decode(keys.queue.at(fields).packed), fields);
      },
    ),
  );
  const fields = { id: "ff".repeat(32) as PublicKey, kind: 255, height: -(1n << 63n) };
  assert.deepEqual(keys.nodes.decode(keys.nodes.at(fields).packed), fields);
});

test("a key of another length does not decode, nor does a range skip an element", () => {
  assert.throws(() => keys.queue.decode("\x55abc"), CorruptedStateError);
  assert.throws(() => keys.total.decode("\x52"), CorruptedStateError);
  assert.throws(() => keys.queue.under({ owner: alice }), /owner given without the elements before it/);
});

test("ranges are walked in order of keys and end with their prefix", () => {
  const state = new State(Tree.empty(RootType.state));
  for (const [epoch, owner] of [
    [2n, alice],
    [1n, bob],
    [1n, alice],
    [300n, alice],
  ] as const) {
    state.set(keys.queue.at({ epoch, owner }), true);
    state.set(keys.amounts.at({ epoch, owner }), epoch);
  }
  const order = [...state.keys(keys.queue.all())].map(({ epoch, owner }) => `${epoch} ${owner === alice ? "a" : "b"}`);
  assert.deepEqual(order, ["1 a", "1 b", "2 a", "300 a"]);
  assert.deepEqual(
    state.list(keys.amounts.under({ owner: alice })).map(({ value }) => value),
    [1n, 2n, 300n],
  );
  assert.deepEqual(state.list(keys.amounts.under({ owner: bob, epoch: 1n })).length, 1);
  assert.equal(state.has(keys.total.at()), false);
});

test("present and empty is not absent", () => {
  const state = new State(Tree.empty(RootType.state));
  const place = keys.queue.at({ epoch: 1n, owner: alice });
  assert.equal(state.get(place), undefined);
  state.set(place, true);
  assert.equal(state.tree.getPacked(place.packed), "");
  assert.equal(state.get(place), true);
  state.remove(place);
  assert.equal(state.has(place), false);
});

test("a decoded value is remembered only for its own bytes", () => {
  const [one, two] = [new State(Tree.empty(RootType.state)), new State(Tree.empty(RootType.state))];
  one.set(keys.total.at(), 5n);
  two.set(keys.total.at(), 7n);
  assert.deepEqual([one.must(keys.total.at()), two.must(keys.total.at()), one.must(keys.total.at())], [5n, 7n, 5n]);
  one.set(keys.total.at(), 6n);
  assert.equal(one.must(keys.total.at()), 6n);
});

test("what does not decode or is missing is corruption, not a refusal", () => {
  const state = new State(Tree.empty(RootType.state));
  assert.throws(() => state.must(keys.total.at()), CorruptedStateError);
  state.tree.insertPacked(keys.total.at().packed, "\x65");
  assert.throws(() => state.get(keys.total.at()), CorruptedStateError);
});

test("every key and value can be described, also broken and unknown ones", () => {
  const schema = new StateSchema([{ name: "100_test", keys }]);
  const key = keys.amounts.at({ owner: alice, epoch: 9n }).packed;
  const described = schema.describeKey(key);
  assert.deepEqual([described.application, described.name, described.fields["epoch"]], ["100_test", "amounts", "9"]);
  assert.match(described.fields["owner"] ?? "", /^oasis1/);
  assert.equal(schema.describeValue(key, "\x41\x05"), '"5"');
  assert.equal(schema.describeValue(key, "\xff"), '"ff"');
  assert.deepEqual(schema.describeKey("\x54x").fields, { malformed: "5478" });
  assert.equal(schema.describeKey("\x99x").application, "unknown");
  assert.equal(schema.describeValue("\x99x", "\x01"), '"01"');
  assert.throws(
    () =>
      new StateSchema([
        { name: "a", keys },
        { name: "b", keys: { total: keys.total } },
      ]),
    /twice/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RootType, Tree } from "@wadi/mkvs";
import { concatBytes, must, toHex, utf8 } from "@wadi/util";
import { WatchedHost } from "../host.ts";
import { MemoryHost, RUNTIME_ID } from "../testing/memory-host.ts";
import { HostNodes } from "./host-nodes.ts";
import { HostTree } from "./host-tree.ts";
import { cell, stateOver, table } from "./state.ts";
import { text, u64 } from "@wadi/codec";

const key = fc.uint8Array({ minLength: 0, maxLength: 3 }).map((bytes) => bytes.map((byte) => byte & 0x13));
const item = fc.record({ key, value: fc.uint8Array({ maxLength: 4 }) });
const operation = fc.oneof(
  fc.record({ type: fc.constant("get" as const), key }),
  fc.record({ type: fc.constant("insert" as const), key, value: fc.uint8Array({ maxLength: 4 }) }),
  fc.record({ type: fc.constant("remove" as const), key }),
  fc.record({ type: fc.constant("list" as const), key }),
);

function treeOf(host: MemoryHost, nodes = new HostNodes()): HostTree {
  const { namespace, round, stateRoot } = host.header;
  const root = { namespace, version: round, type: RootType.state, hash: stateRoot };
  return new HostTree(new WatchedHost(host.services.host), nodes, root);
}

function perform(state: ReturnType<typeof stateOver>, op: typeof operation extends fc.Arbitrary<infer T> ? T : never) {
  switch (op.type) {
    case "get":
      return state.get(op.key);
    case "insert":
      return state.insert(op.key, op.value);
    case "remove":
      return state.remove(op.key);
    case "list":
      return Array.from(state.entries(op.key), ([found, value]) => [toHex(found), toHex(value)]);
  }
}

test("a tree of the host is a tree, however little of it is at hand", () => {
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 60 }),
      fc.array(operation, { maxLength: 40 }),
      fc.boolean(),
      (items, ops, tiny) => {
        const host = new MemoryHost();
        const plain = Tree.empty(RootType.state);
        for (const { key: at, value } of items) plain.insert(at, value);
        host.apply(Array.from(new Map(items.map((each) => [toHex(each.key), each])).values()));
        plain.commit(RUNTIME_ID, host.header.round);
        const remote = treeOf(host, new HostNodes(tiny ? 1 : undefined));
        const [ours, theirs] = [stateOver(() => remote), stateOver(() => plain)];
        for (const op of ops) assert.deepEqual(perform(ours, op), perform(theirs, op), JSON.stringify(op));
        const expected = plain.commit(RUNTIME_ID, host.header.round + 1n);
        const { hash, changes } = remote.commit(RUNTIME_ID, host.header.round + 1n);
        assert.equal(hash, expected.hash);
        assert.deepEqual(new Map(changes), new Map(expected.writeLog.changes));
      },
    ),
  );
});

test("nodes of a committed tree need not be asked for", () => {
  const host = new MemoryHost();
  const nodes = new HostNodes();
  const first = treeOf(host, nodes);
  for (let i = 0; i < 200; i++) first.insert(utf8(`key ${i}`), utf8(`value ${i}`));
  const { changes } = first.commit(RUNTIME_ID, host.header.round + 1n);
  host.apply(
    Array.from(changes, ([at, value]) => ({
      key: Buffer.from(at, "latin1"),
      value: Buffer.from(value ?? "", "latin1"),
    })),
  );
  const second = treeOf(host, nodes);
  for (let i = 0; i < 200; i++) assert.deepEqual(second.get(utf8(`key ${i}`)), utf8(`value ${i}`));
  assert.equal(host.asked, 0);
});

test("another thread need not ask for them either", () => {
  const host = new MemoryHost();
  const [ours, theirs] = [new HostNodes(), new HostNodes()];
  const tree = treeOf(host, ours);
  // A key that begins another one, so that a leaf stands within an internal node.
  const keys = Array.from({ length: 200 }, (_, i) => utf8(`key ${i}`)).concat(utf8("key"));
  for (const at of keys) tree.insert(at, at);
  tree.commit(RUNTIME_ID, host.header.round + 1n);
  theirs.addShared(must(ours.takeShared()));
  assert.equal(ours.takeShared(), undefined, "once");
  host.apply(keys.map((at) => ({ key: at, value: at })));
  const reading = treeOf(host, theirs);
  for (const at of keys) assert.deepEqual(reading.get(at), at);
  assert.equal(host.asked, 0);
  reading.insert(utf8("key 7"), new Uint8Array(5 << 20));
  reading.commit(RUNTIME_ID, host.header.round + 1n);
  assert.equal(theirs.takeShared(), undefined, "too much");
});

test("cells and tables", () => {
  const tree = Tree.empty(RootType.state);
  const state = stateOver(() => tree);
  const total = cell("total", u64);
  assert.equal(total.get(state), undefined);
  total.set(state, 7n);
  assert.equal(total.get(state), 7n);
  total.remove(state);
  assert.equal(total.get(state), undefined);
  const names = table("n/", text);
  names.set(state, "b", "B");
  names.set(state, utf8("a"), "A");
  state.insert(concatBytes(utf8("n"), utf8("x")), utf8("of another table"));
  assert.deepEqual(
    Array.from(names.entries(state), ([at, value]) => [Buffer.from(at).toString(), value]),
    [
      ["a", "A"],
      ["b", "B"],
    ],
  );
  assert.equal(names.remove(state, "a"), true);
  assert.equal(names.remove(state, "a"), false);
  assert.equal(names.get(state, "b"), "B");
});

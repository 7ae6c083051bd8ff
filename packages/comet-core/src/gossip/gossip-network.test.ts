import assert from "node:assert/strict";
import { test } from "node:test";
import { must } from "@wadi/util";
import fc from "fast-check";
import { toyGenesis, toyTx } from "../rounds/testing/toy-chain.ts";
import type { PickIndex } from "./gossip-data.ts";
import { GossipNetwork } from "./testing/gossip-network.ts";

/** Repeatable choices. */
function picker(seed: number): PickIndex {
  let state = (seed ^ 0x9e37_79b9) >>> 0;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

interface Setting {
  readonly powers?: readonly bigint[];
  readonly observers?: number;
  readonly seed?: number;
  /** Bytes of each block's transaction. */
  readonly txBytes?: number;
}

function network({ powers = [1n, 1n, 1n, 1n], observers = 0, seed = 1, txBytes = 10 }: Setting = {}): GossipNetwork {
  const { state, keys } = toyGenesis(powers);
  let count = 0;
  const takeTransactions = (): Uint8Array[] => [toyTx(`${count++}`.padStart(txBytes, "x"))];
  const nodes = [...keys, ...Array.from({ length: observers }, () => undefined)];
  return new GossipNetwork({ state, keys: nodes, pick: picker(seed), node: { takeTransactions } });
}

function agrees(net: GossipNetwork, blocks: number): void {
  const ids = net.nodes.map(({ node }) => node.chain.slice(0, blocks).map(({ blockId }) => blockId.hash));
  for (const [i, list] of ids.entries()) {
    assert.equal(list.length, blocks, `node ${i}`);
    assert.deepEqual(list, ids[0], `node ${i}`);
  }
}

test("four validators make blocks of several parts by gossip alone", () => {
  const net = network({ txBytes: 300_000 });
  net.connectAll();
  net.start();
  net.runTo(4);
  agrees(net, 4);
  assert.ok(must(net.node(0).node.chain[0]).parts.header.total > 3, "blocks have several parts");
  for (const { node } of net.nodes) for (const { seenCommit } of node.chain) assert.equal(seenCommit.round, 0);
});

test("a chain of peers is enough", () => {
  const net = network({ observers: 1 });
  for (let i = 0; i < 4; i++) net.connect(i, i + 1);
  net.start();
  net.runTo(4);
  agrees(net, 4);
});

test("a node that comes late is brought up to date by parts and commits of stored blocks", () => {
  const net = network({ observers: 1, txBytes: 100_000 });
  for (let a = 0; a < 4; a++) for (let b = a + 1; b < 4; b++) net.connect(a, b);
  net.start();
  net.runTo(6, net.nodes.slice(0, 4));
  assert.equal(net.node(4).node.chain.length, 0);
  net.connect(2, 4);
  net.settle();
  net.runTo(7);
  agrees(net, 7);
});

test("a validator without peers falls behind and comes back", () => {
  const net = network();
  net.connectAll();
  net.start();
  net.runTo(2);
  for (const other of [0, 1, 2]) net.disconnect(3, other);
  net.runTo(5, net.nodes.slice(0, 3));
  assert.ok(net.node(3).node.chain.length < 4);
  net.connectAll();
  net.runTo(8);
  agrees(net, 8);
});

test("in a split without a majority nothing is decided, and it goes on after healing", () => {
  const net = network({ seed: 5 });
  net.connectAll();
  net.start();
  net.runTo(1);
  for (const a of [0, 1]) for (const b of [2, 3]) net.disconnect(a, b);
  do net.settle();
  while (net.tick());
  const most = Math.max(...net.nodes.map(({ node }) => node.chain.length));
  assert.ok(most <= 2, "at most the block that was under way");
  net.connectAll();
  net.runTo(most + 2);
  agrees(net, most + 2);
});

test("majority claims are answered and change nothing for honest peers", () => {
  const net = network();
  net.connectAll();
  net.start();
  for (let i = 0; i < 12; i++) {
    for (let pause = 0; pause < 40; pause++) net.claimMajorities(15);
    net.settle();
    net.tick();
  }
  net.runTo(3);
  agrees(net, 3);
  const claims = net.delivered.get("voteSetMaj23") ?? 0;
  const answers = net.delivered.get("voteSetBits") ?? 0;
  assert.ok(answers > 0 && answers <= claims, `${claims} claims, ${answers} answers`);
});

test("property: whatever the topology and the order of messages, everybody gets every block", () => {
  const setting = fc.record({
    seed: fc.nat(),
    extra: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 4 }),
    breaks: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(setting, ({ seed, extra, breaks }) => {
      const net = network({ seed, observers: 1, txBytes: 70_000 });
      for (let i = 0; i < 4; i++) net.connect(i, i + 1);
      for (const [a, b] of extra) if (a !== b && !net.isConnected(a, b)) net.connect(a, b);
      net.start();
      for (const [i, [a, b]] of breaks.entries()) {
        net.runTo(i + 1);
        if (!net.isConnected(a, b)) continue;
        net.disconnect(a, b);
        net.settle();
        net.connect(a, b);
      }
      net.runTo(breaks.length + 2);
      agrees(net, breaks.length + 2);
    }),
    { numRuns: 12 },
  );
});

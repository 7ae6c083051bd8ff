import assert from "node:assert/strict";
import { test } from "node:test";
import { MempoolMessage, txHash } from "@wadi/comet-types";
import { isError, must, utf8 } from "@wadi/util";
import fc from "fast-check";
import { ErrMessageTooLarge } from "../gossip/errors.ts";
import { DEFAULT_MEMPOOL_CONFIG } from "./config.ts";
import { ErrMempoolMessage } from "./errors.ts";
import { MAX_TXS_PER_MESSAGE, MempoolGossip, decodeTxs, encodeTxs, maxTxsMessageSize } from "./gossip.ts";
import { Mempool } from "./mempool.ts";

const limits = { maxDataBytes: 1 << 30, maxGas: -1n };
const answer = { codespace: "", data: new Uint8Array(0), log: "", gasWanted: 0n, gasUsed: 0n, sender: "" };

function node(height = 10): { mempool: Mempool; gossip: MempoolGossip } {
  const checkTx = (tx: Uint8Array): typeof answer & { code: number; priority: number } => ({
    ...answer,
    code: tx[0] === 0 ? 1 : 0,
    priority: tx[0] ?? 0,
  });
  const mempool = new Mempool({ checkTx }, { ...DEFAULT_MEMPOOL_CONFIG, maxTxs: 40 }, limits, height);
  return { mempool, gossip: new MempoolGossip(mempool) };
}

/** Everything that the peer would be sent now. */
function drain(gossip: MempoolGossip, peer: string, peerHeight = 10): Uint8Array[] {
  const txs: Uint8Array[] = [];
  for (let entry = gossip.next(peer, peerHeight); entry !== undefined; entry = gossip.next(peer, peerHeight)) {
    txs.push(entry.tx);
    gossip.sent(peer, entry);
  }
  return txs;
}

test("transactions go out one by one in order of arrival, whatever their priority", () => {
  const { mempool, gossip } = node();
  gossip.addPeer("a");
  const txs = [utf8("1"), utf8("9"), utf8("5")];
  for (const tx of txs) mempool.checkTx(tx);
  const first = must(gossip.next("a", 10));
  assert.equal(gossip.next("a", 10), first, "until it is sent, it is the next one");
  assert.deepEqual(drain(gossip, "a"), txs);
  assert.equal(gossip.next("a", 10), undefined);
  assert.equal(gossip.next("b", 10), undefined, "an unknown peer gets nothing");
});

test("nobody is sent what it sent, and a new connection starts anew", () => {
  const { mempool, gossip } = node();
  gossip.addPeer("a");
  gossip.addPeer("b");
  gossip.receive("a", encodeTxs([utf8("1")]));
  gossip.receive("b", encodeTxs([utf8("1"), utf8("2")]));
  assert.equal(mempool.size, 2);
  assert.deepEqual(drain(gossip, "a"), [utf8("2")]);
  assert.deepEqual(drain(gossip, "b"), []);
  gossip.removePeer("a");
  gossip.addPeer("a");
  assert.deepEqual(drain(gossip, "a"), [utf8("1"), utf8("2")]);
  for (let i = 0; i < 100; i++) {
    gossip.addPeer("a");
    gossip.receive("a", encodeTxs([utf8("1")]));
  }
  assert.deepEqual([...must(mempool.nextArrival(-1)).sources].length, 2, "those of the two connections that are there");
});

test("a peer may be one block behind the transaction, not more", () => {
  const { mempool, gossip } = node(10);
  gossip.addPeer("a");
  mempool.checkTx(utf8("1"));
  assert.equal(gossip.next("a", 8), undefined);
  assert.equal(gossip.next("a", 0), undefined);
  assert.deepEqual(drain(gossip, "a", 9), [utf8("1")]);
});

test("what leaves the pool while a peer is served changes nothing for the rest", () => {
  const { mempool, gossip } = node();
  gossip.addPeer("a");
  for (const text of ["1", "2", "3", "4"]) mempool.checkTx(utf8(text));
  gossip.sent("a", must(gossip.next("a", 10)));
  const second = must(gossip.next("a", 10));
  mempool.remove(txHash(utf8("1")));
  mempool.remove(second.hash);
  gossip.sent("a", second);
  assert.deepEqual(drain(gossip, "a"), [utf8("3"), utf8("4")]);
});

test("bad transactions do not hurt the peer, messages that are none do", () => {
  const { mempool, gossip } = node();
  gossip.addPeer("a");
  const outcomes = gossip.receive("a", encodeTxs([Uint8Array.of(0), utf8("1"), utf8("1")]));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === "added" ? "added" : outcome.reason)),
    ["failed", "added", "seen"],
  );
  assert.equal(mempool.size, 1);
  assert.deepEqual(gossip.receive("a", encodeTxs([])), [], "an empty list is ignored");
  assert.throws(
    () => gossip.receive("a", new Uint8Array(0)),
    (e: unknown) => isError(e, ErrMempoolMessage),
  );
  assert.throws(
    () => gossip.receive("a", Uint8Array.of(0x12, 0)),
    (e: unknown) => isError(e, ErrMempoolMessage),
    "a member nobody knows",
  );
  assert.throws(() => gossip.receive("a", Uint8Array.of(0x0a, 0xff)), { module: "codec/protobuf" });
  assert.throws(
    () => gossip.receive("a", encodeTxs([new Uint8Array((1 << 20) + 1)])),
    (e: unknown) => isError(e, ErrMessageTooLarge),
  );
});

test("of a message with very many transactions only the first ones are looked at", () => {
  const { mempool, gossip } = node();
  gossip.addPeer("a");
  const txs = Array.from({ length: 100_000 }, (_, i) => Uint8Array.of(1, i & 0xff, i >> 8, i >> 16));
  assert.equal(gossip.receive("a", encodeTxs(txs)).length, MAX_TXS_PER_MESSAGE);
  assert.equal(mempool.size, 40, "the pool is full");
});

test("the longest message holds one transaction of the greatest length", () => {
  for (const length of [0, 1, 100, 127, 128, 16_383, 16_384, 1 << 20]) {
    const tx = new Uint8Array(length);
    assert.equal(encodeTxs([tx]).length, maxTxsMessageSize(length), `${length} bytes`);
    assert.deepEqual(decodeTxs(encodeTxs([tx])), [tx]);
  }
  const form = MempoolMessage.encode({ sum: { case: "txs", value: { txs: [utf8("a"), utf8("b")] } } });
  assert.deepEqual(decodeTxs(form), [utf8("a"), utf8("b")]);
});

test("property: peers that gossip with each other end up with the same transactions", () => {
  const transactions = fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 200 })), { maxLength: 40 });
  fc.assert(
    fc.property(transactions, fc.infiniteStream(fc.nat()), (txs, choices) => {
      const nodes = Array.from({ length: 3 }, () => node());
      for (const [i, { gossip }] of nodes.entries()) {
        for (let peer = 0; peer < nodes.length; peer++) if (peer !== i) gossip.addPeer(`${peer}`);
      }
      const link = (from: number, to: number): boolean => {
        const sender = must(nodes[from]);
        const entry = sender.gossip.next(`${to}`, 10);
        if (entry === undefined) return false;
        sender.gossip.sent(`${to}`, entry);
        must(nodes[to]).gossip.receive(`${from}`, encodeTxs([entry.tx]));
        return true;
      };
      for (const [at, value] of txs) {
        must(nodes[at]).mempool.checkTx(Uint8Array.of(value));
        const choice = choices.next().value;
        link(choice % 3, Math.floor(choice / 3) % 3);
      }
      let sent = 0;
      for (let busy = true; busy;) {
        busy = false;
        for (let from = 0; from < 3; from++) {
          for (let to = 0; to < 3; to++) {
            if (from !== to && link(from, to)) busy = true;
          }
        }
        assert.ok(++sent < 200, "gossip comes to rest");
      }
      const contents = nodes.map(({ mempool }) =>
        mempool
          .reapCount()
          .map((tx) => tx[0])
          .toSorted((a, b) => must(a) - must(b)),
      );
      assert.deepEqual(contents[1], contents[0]);
      assert.deepEqual(contents[2], contents[0]);
      assert.equal(new Set(contents[0]).size, new Set(txs.map(([, value]) => value)).size);
    }),
    { numRuns: 60 },
  );
});

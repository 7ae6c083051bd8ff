import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toyGenesis, toyTx } from "./testing/toy-chain.ts";
import { ToyNetwork } from "./testing/toy-network.ts";
import { ToyNode } from "./testing/toy-node.ts";

describe("blocks", () => {
  it("a single validator makes one at each start", () => {
    const { state, keys } = toyGenesis([10n]);
    const node = new ToyNode({ state, key: keys[0] });
    node.start();
    for (let height = 1; height <= 5; height++) {
      node.fireTimer();
      assert.equal(node.chain.length, height);
      assert.equal(node.view.height, height + 1);
    }
    assert.equal(node.events("message-refused").length, 0);
  });

  it("four validators agree on each", () => {
    const { state, keys } = toyGenesis([10n, 10n, 10n, 10n]);
    let count = 0;
    const network = new ToyNetwork(state, keys, () => ({ takeTransactions: () => [toyTx(`tx ${count++}`)] }));
    network.start();
    network.runTo(20);
    for (const node of network.nodes) {
      assert.deepEqual(
        node.chain.slice(0, 20).map(({ blockId }) => blockId.hash),
        network.nodes[0]!.chain.slice(0, 20).map(({ blockId }) => blockId.hash),
      );
      assert.ok(node.chain.every(({ seenCommit }) => seenCommit.round === 0));
    }
  });
});

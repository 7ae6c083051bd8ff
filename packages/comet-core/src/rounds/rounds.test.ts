import { proposalSignBytes, voteSignBytes } from "@wadi/comet-types";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CachingVerifier } from "../execution/verified-signatures.ts";
import { CHAIN_ID, ToyVerifier, signedProposal, signedVote, toyGenesis, toyTx } from "./testing/toy-chain.ts";
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

  it("verify each signature once per engine, own ones never, though every block carries a commit", () => {
    const { state, keys } = toyGenesis([10n, 10n, 10n, 10n]);
    const counters = new Map(keys.map((key) => [key, new ToyVerifier()]));
    const received = new Map(keys.map((key) => [key, new Set<string>()]));
    const network = new ToyNetwork(state, keys, (key) => {
      const verifier = new CachingVerifier({
        verify: (signed) => {
          const seen = received.get(key)!;
          seen.add(Buffer.from(signed.signature).toString("hex"));
          return counters.get(key)!.verify(signed);
        },
        verifyBatch: () => assert.fail("all votes of a commit have been verified before"),
      });
      return {
        verifier,
        sign: {
          vote: (own, vote) => {
            const signed = signedVote(own, vote);
            const message = voteSignBytes(CHAIN_ID, vote);
            verifier.remember({ publicKey: own, message, signature: signed.signature });
            return signed;
          },
          proposal: (own, proposal) => {
            const signed = signedProposal(own, proposal);
            const message = proposalSignBytes(CHAIN_ID, proposal);
            verifier.remember({ publicKey: own, message, signature: signed.signature });
            return signed;
          },
        },
      };
    });
    network.start();
    network.runTo(8);
    for (const [i, key] of keys.entries()) {
      const { calls } = counters.get(key)!;
      assert.equal(calls, received.get(key)!.size, "no signature twice");
      // Six votes of others for each block, and the proposals of three of four blocks.
      assert.ok(calls <= 8 * 6 + 8, `engine ${i} verified ${calls}`);
    }
  });
});

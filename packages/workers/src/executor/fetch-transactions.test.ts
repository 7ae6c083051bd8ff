import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "@wadi/crypto";
import { roothash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

import { peer, peerFirst, proposalOf, settled, setUp, until, verification } from "../testing/executor-setup.ts";

test("a peer's proposal is executed once its transactions are there", async (t) => {
  const fetched: string[] = [];
  const { modes, submitted, worker, pool } = setUp(t, {
    fetchTransactions: (_, hashes) => {
      fetched.push(...hashes);
      return Promise.resolve([utf8("not asked for"), utf8("a")]);
    },
  });
  const block = peerFirst();
  worker.newBlock(block);
  assert.equal(worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")])), undefined);
  await until(() => submitted.length === 1, "a commitment");
  assert.deepEqual([fetched, modes], [[hashOf(utf8("a"))], [0]]);
  const commitment = must(submitted[0]);
  assert.equal(commitment.header.schedulerId, peer.publicKey);
  assert.ok(roothash.verifyExecutorCommitment(commitment, verification));
  assert.equal(worker.addProposal(proposalOf(1n, block.block.header, [])), "proposal already exists");
  assert.ok(pool.all().every((raw) => Buffer.from(raw).toString() !== "not asked for"));
});

test("peers are asked again for transactions until they have them", async (t) => {
  let asked = 0;
  const { submitted, worker } = setUp(t, {
    fetchTransactions: () => {
      asked++;
      if (asked === 1) return Promise.reject(new Error("nobody answers"));
      return Promise.resolve(asked < 4 ? [] : [utf8("a")]);
    },
  });
  const block = peerFirst();
  worker.newBlock(block);
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  for (let i = 0; i < 20 && submitted.length === 0; i++) {
    await settled();
    // Short of the proposer's time-out.
    t.mock.timers.tick(500);
  }
  assert.deepEqual([asked, submitted.length], [4, 1]);
});

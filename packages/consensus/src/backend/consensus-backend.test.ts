import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import {
  decodeLightBlock,
  engineVerifier,
  OasisProof,
  validateLightBlock,
  verifyCommitLight,
  verifyProof,
  dataHash,
} from "@wadi/comet-types";
import { sha256, verifyEd25519 } from "@wadi/crypto";
import { consensus, staking, transaction, type Hash } from "@wadi/types";
import { fromHex, isError, must } from "@wadi/util";

import { runValidator } from "../node/validator-node.ts";
import { memoryIdentity, reached, testSwitches } from "../testing/memory-network.ts";
import { accountAddress, accountSigner, testGenesis } from "../testing/network-genesis.ts";
import { noQuotes } from "../testing/test-chain.ts";
import { backendOf } from "./backend-of.ts";
import { NO_TRANSACTION } from "./service-events.ts";

const document = testGenesis({ validators: ["a"], accounts: { alice: 1000n }, epochInterval: 8n });
const identity = memoryIdentity("a");

test("a node answers about its chain in the forms of the consensus service", async () => {
  await using node = await runValidator({ document, quotes: noQuotes, debug: testSwitches, identity });
  const backend = backendOf(node, identity.consensus.publicKey);
  await reached(node, 2);
  const body = encodeCbor(staking.Transfer, { to: accountAddress("bob"), amount: 7n });
  await node.own.submit(accountSigner("alice"), { method: transaction.methods.stakingTransfer.name, body });
  const events = backend.events(0).staking.length > 0 ? backend.events(0) : backend.events(backend.latestHeight - 1);
  const { height, transfer, txHash } = must(events.staking.find((event) => event.transfer?.amount === 7n));
  assert.equal(transfer?.to, accountAddress("bob"));
  assert.notEqual(txHash, NO_TRANSACTION);

  const block = backend.block(height);
  assert.equal(block.height, height);
  assert.equal(block.stateRoot.version, BigInt(height) - 1n);
  assert.deepEqual(decodeCbor(consensus.Block, encodeCbor(consensus.Block, block)), block);

  const { transactions, results } = backend.transactionsWithResults(height);
  assert.equal(transactions?.length, results?.length);
  assert.deepEqual(results?.[0]?.error, { module: "", code: 0, message: "" });
  assert.equal(results[0].events?.[0]?.staking?.txHash, txHash);

  const proven = backend.transactionsWithProofs(height);
  for (const [i, raw] of (proven.transactions ?? []).entries()) {
    const proof = decodeCbor(OasisProof, must(proven.proofs?.[i]));
    verifyProof({ ...proof, aunts: proof.aunts ?? [] }, fromHex(dataHash(proven.transactions ?? [])), sha256(raw));
  }

  const { chainId } = node.engine.state;
  const light = validateLightBlock(decodeLightBlock(must(backend.lightBlock(height).meta)), chainId);
  const { header, commit } = light.signedHeader;
  assert.equal(header.height, height);
  const verifier = engineVerifier(verifyEd25519);
  verifyCommitLight(light.validatorSet, commit, { chainId, blockId: commit.blockId, height }, verifier);
  assert.deepEqual(backend.lightBlock(height - 1).height, height - 1);
  assert.deepEqual(decodeLightBlock(must(backend.lightBlock(height).meta)).signedHeader, light.signedHeader, "again");
  const next = decodeLightBlock(must(backend.lightBlock(backend.latestHeight + 1).meta));
  assert.equal(next.signedHeader, undefined, "above the last block there are validators only");
  assert.equal(backend.validators(height).height, height);
  assert.equal(backend.parameters(0).parameters.maxTxSize, document.consensus.params.maxTxSize);

  const status = backend.status();
  assert.deepEqual(
    [status.status, status.features, status.isValidator, status.genesisHeight, status.lastRetainedHeight],
    [consensus.statusStates.ready, 3, true, 1, 1],
  );
  assert.equal(status.genesisHash, backend.block(1).hash);
  assert.equal(status.chainContext, node.host.machine.chainContext as string);
  assert.deepEqual(backend.unconfirmedTransactions(), []);
  assert.equal(backend.nextBlockState().numValidators, 1n);
  assert.equal(backend.blockResults(height).height, height);

  const tip = node.engine.blocks.height;
  assert.throws(() => backend.block(tip + 1000), {
    message: `cometbft: block query failed: height ${tip + 1000} must be less than or equal to the current blockchain height ${tip}`,
  });
  assert.throws(() => backend.block(-1), /must be greater than 0, but got -1/);
  assert.throws(() => backend.transactionsWithResults(-1), /cometbft: block query failed/);
  for (const query of [() => backend.events(-1), () => backend.blockResults(-1)]) {
    assert.throws(query, {
      message: "cometbft: block results query failed: height must be greater than 0, but got -1",
    });
  }
  for (const height of [tip + 1000, -5]) {
    for (const query of ["validators", "parameters", "lightBlock"] as const) {
      assert.throws(
        () => backend[query](height),
        (e) => isError(e, consensus.ErrVersionNotFound),
        `${query} at ${height}`,
      );
    }
  }
});

test("nothing is there before the first block", async () => {
  const later = testGenesis({ validators: ["a", "b"], genesisTime: { seconds: 4_000_000_000n, nanos: 0 } });
  await using node = await runValidator({ document: later, quotes: noQuotes, debug: testSwitches, identity });
  const backend = backendOf(node, identity.consensus.publicKey);
  assert.throws(
    () => backend.block(0),
    (e) => isError(e, consensus.ErrNoCommittedBlocks),
  );
  assert.deepEqual([backend.status().latestHeight, backend.status().latestHash], [0, "0".repeat(64) as Hash]);
});

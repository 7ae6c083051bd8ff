// Streams about a runtime, its storage and its rounds, over the socket of a network with one.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ROUND_LATEST, Registry, RootHash, RuntimeClient, StorageWorker } from "@wadi/api";
import { must } from "@wadi/util";

import { startLocalnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle, type SampleBundle } from "./sample-bundle.ts";

const LIMIT_MS = 120_000;
let bundle: SampleBundle;

before(() => {
  bundle = sampleBundle();
});

test("runtimes, commitments and the last round are told", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner: availableProvisioner() });
  using connection = net.connect();
  const { runtimeId } = net;

  const runtimes = connection.of(Registry).WatchRuntimes()[Symbol.asyncIterator]();
  assert.equal(must((await runtimes.next()).value).id, runtimeId);

  const commitments = connection.of(RootHash).WatchExecutorCommitments(runtimeId)[Symbol.asyncIterator]();
  const commitment = commitments.next();
  // A commitment that is sent before the stream stands is not told; then the next one is.
  const isTold = commitment.then(() => true);
  const execute = async (i: bigint): Promise<boolean> => {
    await net.submit(insertion("a", i, "key", `${i}`));
    return false;
  };
  for (let i = 0n; !(await Promise.race([isTold, execute(i)])); i++);
  const { nodeId, header } = must((await commitment).value);
  assert.equal(nodeId, net.node.identity.node.publicKey);
  assert.ok(header.header.round > 0n);
  await Promise.all([runtimes.return?.(), commitments.return?.()]);

  const synced = await connection.of(StorageWorker).GetLastSyncedRound({ runtimeId });
  assert.equal(synced.round, net.worker.storage.lastSynced);
  assert.equal(synced.stateRoot.hash, must(net.worker.history.block(synced.round)?.block).header.stateRoot);
});

test("the runtime client knows rounds without transactions and components that are not there", async () => {
  await using net = await startLocalnet({ ...bundle, provisioner: availableProvisioner() });
  using connection = net.connect();
  const { runtimeId } = net;
  const client = connection.of(RuntimeClient);
  const genesis = { runtimeId, round: (await client.GetGenesisBlock(runtimeId)).header.round };
  assert.deepEqual(await client.GetTransactions(genesis), []);
  assert.equal(await client.GetTransactionsWithResults(genesis), null, "as the reference has it");
  assert.equal((await client.GetLastRetainedBlock(runtimeId)).header.round, genesis.round);
  await net.node.ready;

  const query = { runtimeId, round: ROUND_LATEST, method: "get_runtime_id", args: null };
  const { data } = await client.Query({ ...query, component: { kind: "ronl", name: "" } });
  assert.deepEqual(await client.Query({ ...query, component: null }), { data });
  await assert.rejects(client.Query({ ...query, component: { kind: "rofl", name: "oracle" } }), {
    message: /component 'rofl \(oracle\)' not found/,
  });
});

// Streams about a runtime, and its storage, over the socket of a network with one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Registry, RootHash, StorageWorker } from "@wadi/api";
import { must } from "@wadi/util";

import { startLocalnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildSampleBundle } from "./sample-bundle.ts";

const LIMIT_MS = 120_000;
let folder = "";
let bundle = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-streams-"));
  bundle = process.env["WADI_SAMPLE_BUNDLE"] ?? buildSampleBundle(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("runtimes, commitments and the last round are told", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ runtime: bundle, provisioner: availableProvisioner() });
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

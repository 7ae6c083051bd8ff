import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  FileCheckpointStore,
  Restorer,
  ZERO_NAMESPACE,
  chunkMetadata,
  openNodeDb,
  treesOf,
  type NodeDb,
} from "@wadi/mkvs";
import { transaction, type Namespace } from "@wadi/types";
import { must } from "@wadi/util";

import { TestNetwork } from "../testing/network.ts";
import type { PruneStrategy } from "./pruning.ts";
import { DatabaseStateStore } from "./state-store.ts";
import { StateUpkeep } from "./state-upkeep.ts";

const scratch = mkdtempSync(join(tmpdir(), "wadi-upkeep-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Kept {
  readonly net: TestNetwork;
  readonly database: NodeDb;
  readonly files: FileCheckpointStore;
  readonly upkeep: StateUpkeep;
}

function chain(name: string, blocks: number, strategy: PruneStrategy = { kind: "none" }): Kept {
  const database = openNodeDb({ namespace: ZERO_NAMESPACE, discardWriteLogs: true });
  const net = new TestNetwork({
    accounts: { alice: 1_000_000n, bob: 1n, validator: 1n },
    machine: { store: new DatabaseStateStore(database) },
  });
  net.machine.initChain();
  grow(net, blocks);
  const files = new FileCheckpointStore(join(scratch, name), treesOf(database));
  const upkeep = new StateUpkeep({ database, strategy, initialHeight: 1, checkpoints: files });
  return { net, database, files, upkeep };
}

function grow(net: TestNetwork, blocks: number): void {
  for (let i = 0; i < blocks; i++) {
    const to = net.address("bob");
    net.block([net.transaction("alice", transaction.methods.stakingTransfer, { to, amount: 1n })]);
  }
}

const parameters = { stateCheckpointInterval: 10n, stateCheckpointNumKept: 2n, stateCheckpointChunkSize: 100n };
const committed = (net: TestNetwork) => ({ version: BigInt(net.machine.lastHeight), forced: false });

test("old states are pruned, later ones stay readable, and blocks may go with them", async () => {
  const { net, database, upkeep } = chain("pruned", 30, { kind: "keep", versions: 5n });
  assert.equal(upkeep.retainedHeight, 0, "nothing may go before the first pruning");
  assert.equal(await upkeep.prune(), 24);
  assert.equal(upkeep.retainedHeight, 25);
  assert.equal(database.earliestVersion(), 25n);
  assert.throws(() => net.machine.stateAt(24), /24 is not kept/);
  for (let height = 25; height <= 30; height++) net.machine.stateAt(height);
  assert.equal(await upkeep.prune(), 0);
  grow(net, 3);
  assert.equal(await upkeep.prune(), 3);
  assert.equal(upkeep.retainedHeight, 28);
});

test("who still needs a state keeps it and those after it", async () => {
  const { upkeep } = chain("kept", 20, { kind: "keep", versions: 2n });
  let needed = 7;
  upkeep.onPrune((height) => height < needed);
  assert.equal(await upkeep.prune(), 6);
  assert.equal(upkeep.retainedHeight, 7);
  needed = 100;
  await upkeep.prune();
  assert.equal(upkeep.retainedHeight, 18);
});

test("without a strategy everything stays, and a signal ends the work", async () => {
  const none = chain("none", 10);
  assert.equal(await none.upkeep.prune(), 0);
  assert.equal(none.upkeep.retainedHeight, 0);
  const { upkeep } = chain("stopped", 10, { kind: "keep", versions: 1n });
  const signal = AbortSignal.abort(new Error("stopped"));
  await assert.rejects(upkeep.prune({ signal, sliceMs: 0 }), { message: "stopped" });
});

test("checkpoints follow the parameters, and a new node starts from one", async () => {
  const { net, database, files, upkeep } = chain("checkpoints", 35);
  const first = await upkeep.checkpoint(committed(net), parameters);
  assert.deepEqual(first, { created: [31n, 21n], dropped: [], failures: [] });
  grow(net, 10);
  assert.deepEqual((await upkeep.checkpoint(committed(net), parameters)).created, [41n]);
  assert.deepEqual((await upkeep.checkpoint(committed(net), parameters)).dropped, [21n]);
  const listed = await files.list({ version: 1, namespace: ZERO_NAMESPACE as Namespace, rootVersion: null });
  assert.deepEqual(
    listed.map(({ root }) => root.version),
    [31n, 41n],
  );

  const checkpoint = must(listed[1]);
  await using joining = openNodeDb({ namespace: ZERO_NAMESPACE });
  joining.startMultipart(41n);
  const restorer = new Restorer(joining);
  restorer.startRestore(checkpoint);
  for (const index of checkpoint.chunks.keys()) {
    restorer.restoreChunk(index, await files.chunk(chunkMetadata(checkpoint, index)));
  }
  joining.finalize([checkpoint.root]);
  const follower = new TestNetwork({
    accounts: { alice: 1_000_000n, bob: 1n, validator: 1n },
    machine: { store: new DatabaseStateStore(joining) },
  });
  assert.equal(follower.machine.lastHeight, 41);
  assert.equal(follower.machine.lastRoot, must(database.rootsForVersion(41n)[0]).hash);
  follower.setNonce("alice", 41n);
  grow(follower, 4);
  assert.equal(follower.machine.lastRoot, net.machine.lastRoot, "both chains go on alike");
});

test("an interval of 0 and a node without a place for them make none", async () => {
  const { net, database, upkeep } = chain("never", 25);
  assert.deepEqual(
    (await upkeep.checkpoint(committed(net), { ...parameters, stateCheckpointInterval: 0n })).created,
    [],
  );
  const without = new StateUpkeep({ database, strategy: { kind: "none" }, initialHeight: 1 });
  assert.deepEqual((await without.checkpoint(committed(net), parameters)).created, []);
});

test("a state is not pruned while its checkpoint is made", async () => {
  const { net, database, files } = chain("together", 21);
  const begun = Promise.withResolvers<void>();
  const pruned = Promise.withResolvers<void>();
  const upkeep = new StateUpkeep({
    database,
    strategy: { kind: "keep", versions: 1n },
    initialHeight: 1,
    checkpoints: {
      list: (request) => files.list(request),
      delete: (version, root) => files.delete(version, root),
      async create(root, options, pace) {
        begun.resolve();
        await pruned.promise;
        return files.create(root, options, pace);
      },
    },
  });
  const making = upkeep.checkpoint({ version: 11n, forced: true }, parameters);
  await begun.promise;
  assert.equal(await upkeep.prune(), 10);
  pruned.resolve();
  assert.deepEqual(await making, { created: [11n], dropped: [], failures: [] });
  await upkeep.prune();
  assert.equal(upkeep.retainedHeight, net.machine.lastHeight - 1);
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NodeController, Status } from "@wadi/api";
import { RpcConnection, RpcServer } from "@wadi/rpc";

import { addControlService } from "./control.ts";

test("a shutdown that comes to nothing is told, to the caller who waits or to the node", async () => {
  await using resources = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "wadi-control-"));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const server = resources.use(new RpcServer());
  const failed: unknown[] = [];
  const problem = new Error("the wish to leave cannot be written");
  const nothing = (): void => undefined;
  addControlService(server, {
    status: () => Status.zero(),
    isSynced: () => true,
    isReady: () => true,
    synced: Promise.resolve(),
    ready: Promise.resolve(),
    shutDown: () => Promise.reject(problem),
    onFailedShutDown: (error) => failed.push(error),
    addBundle: () => Promise.resolve(),
    upgradeBinary: nothing,
    cancelUpgrade: nothing,
  });
  const socket = join(folder, "socket");
  await server.listen(socket);
  using connection = new RpcConnection(`unix:${socket}`);
  const control = connection.of(NodeController);
  await assert.rejects(control.RequestShutdown(true), /cannot be written/);
  assert.deepEqual(failed, []);
  await control.RequestShutdown(false);
  assert.deepEqual(failed, [problem]);
});

// A thousand streams on a network that works: the network goes on, and its event loop has its turns.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Consensus, RuntimeClient } from "@wadi/api";
import { RpcConnection } from "@wadi/rpc";
import type { Namespace } from "@wadi/types";

import type { NetworkEvent } from "./network-event.ts";
import { startNetworkProcess } from "./network-process.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle } from "./sample-bundle.ts";

const STREAMS = 1000;
/** The aim is 100, and 20 where nothing special happens. */
const MAX_TURN_MS = 200;
const SECONDS = Number(process.env["WADI_CROWD_SECONDS"] ?? 2);

test("a thousand open streams do not hold a network up", { timeout: 180_000 + 10_000 * SECONDS }, async (t) => {
  await using resources = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "wadi-crowd-"));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const { bundlesFolder, runtime } = sampleBundle();
  const provisioner = availableProvisioner();
  const options = { name: "crowd", clients: 8, provisioner, bundlesFolder, measure: true };
  const ready = Promise.withResolvers<Extract<NetworkEvent, { kind: "ready" }>>();
  let final = 0;
  /** One for each second of the phase. */
  let turns: Extract<NetworkEvent, { kind: "turns" }>[] = [];
  let isOver = Promise.withResolvers<void>();
  await using network = startNetworkProcess(runtime, join(folder, "data"), options, (event) => {
    if (event.kind === "ready") ready.resolve(event);
    if (event.kind === "final") final++;
    if (event.kind === "turns" && turns.push(event) >= SECONDS) isOver.resolve();
  });
  void network.closed.then(() => {
    for (const waiting of [ready, isOver]) waiting.reject(new Error(network.output));
  });
  const { runtimeId, socket } = await ready.promise;

  const phase = async (what: string): Promise<void> => {
    turns = [];
    isOver = Promise.withResolvers();
    const before = final;
    await isOver.promise;
    const cpuMs = turns.map((turn) => turn.cpuMs).sort((a, b) => a - b);
    const megabytes = Math.round((turns.at(-1)?.residentBytes ?? 0) / 1e6);
    t.diagnostic(`${what}: longest turns ${cpuMs.join(" ")} ms, ${megabytes} MB, ${final - before} transactions`);
    assert.ok(final > before, "transactions become final");
    assert.ok((cpuMs.at(-1) ?? 0) <= MAX_TURN_MS, `a turn took ${cpuMs.at(-1)} ms`);
  };
  await phase("without streams");
  using connection = new RpcConnection(`unix:${socket}`);
  const rounds = connection.of(RuntimeClient);
  const blocks = connection.of(Consensus);
  const streams = Array.from({ length: STREAMS }, (_, i) =>
    (i % 2 === 0 ? rounds.WatchBlocks(runtimeId as Namespace) : blocks.WatchBlocks())[Symbol.asyncIterator](),
  );
  await Promise.all(streams.map((stream) => stream.next()));
  await phase(`${STREAMS} streams, unread`);
  await Promise.all(streams.map((stream) => stream.return?.() ?? Promise.resolve()));
  await phase("streams ended");
  await network.kill();
});

// A runtime that misbehaves, on a whole network: the node lives on, in bounds, says what is wrong, and
// everything works again with the next process.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { NodeController } from "@wadi/api";

import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { assertSound, hasCall, hasFault, hostOf, killIfRunning } from "./host.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildHostile } from "./sample-bundle.ts";
import { until } from "./until.ts";

const LIMIT_MS = 600_000;
/** What a node may take while a runtime does its worst: one message of 64 MiB in either direction, and what is made of it. */
const MAX_GROWTH_BYTES = 384 << 20;
let folder = "";
let runtime = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-hostile-"));
  runtime = buildHostile(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the status says once the runtime misbehaves so; `stays` where its process goes on until somebody ends it. */
interface Misdeed {
  readonly mode: string;
  readonly fault?: RegExp;
  readonly call?: RegExp;
  readonly stays?: true;
}

const batch = /^scheduling a batch of \d+ transactions?$/;
const misdeeds: readonly (readonly [title: string, misdeeds: readonly Misdeed[]])[] = [
  [
    "what cannot be read ends the connection, and the process with it",
    [
      { mode: "garbage", fault: /the runtime has stopped: its connection was ended: / },
      { mode: "deep-nesting", fault: /the runtime has stopped: its connection was ended: / },
      { mode: "many-items", fault: /its connection was ended: message has too many items/ },
      { mode: "huge-length", fault: /its connection was ended: codec: message too large/ },
      { mode: "answers-to-nothing", fault: /its connection was ended: too many messages that nobody asked for/ },
    ],
  ],
  [
    "a process that ends, hangs up, or does not answer is started again",
    [
      { mode: "exit", fault: /the runtime has stopped: it has ended \(/ },
      { mode: "hang-up", fault: /the runtime has stopped: it closed its connection \(/ },
      { mode: "silence", call: batch, fault: /a batch came to nothing: .*call timed out/ },
      { mode: "cut-frame", call: batch, fault: /it could not abort what it did/ },
    ],
  ],
  [
    "floods are bounded",
    [
      { mode: "flood", call: batch },
      { mode: "deaf", fault: /its connection was ended: write timed out|it could not abort what it did/ },
      { mode: "print", call: batch },
    ],
  ],
  [
    "wrong answers are refused, and cost no transaction",
    [
      { mode: "wrong-kind", fault: /unexpected response: RuntimeConsensusSyncResponse/ },
      { mode: "wrong-state-root", fault: /batch refused: state root is not that of the log/, stays: true },
      { mode: "wrong-io-root", fault: /batch refused: I\/O root is not that of the logs/, stays: true },
      { mode: "wrong-round", fault: /batch refused: round is/, stays: true },
      { mode: "no-roots", fault: /batch refused: header without roots/, stays: true },
      { mode: "wrong-hashes", fault: /batch refused: 2 transaction hashes for 1 inputs/, stays: true },
    ],
  ],
];

async function misbehave(net: Localnet, { call, fault, mode, stays }: Misdeed, nonce: bigint): Promise<void> {
  await net.query(`misbehave/${mode}`, new Uint8Array(0));
  const waiting = net.submit(insertion("a", nonce, "key", mode));
  // Nobody may wait for it yet when it fails.
  waiting.catch(() => undefined);
  if (call !== undefined) await until(net, () => hasCall(net, call), `${mode}: the status names the call`);
  using connection = net.connect();
  const status = await connection.of(NodeController).GetStatus();
  assert.ok(status.runtimes.has(net.runtimeId), "the socket answers meanwhile");
  if (fault !== undefined) {
    await until(net, () => hasFault(net, fault), `${mode}: the status names the fault`);
  }
  if (stays === true) killIfRunning(net);
  assert.ok((await waiting).round > 0n, mode);
  await until(net, () => hostOf(net)?.faults?.length === 0, `${mode}: the status is sound`);
  await until(net, () => hostOf(net)?.calls?.length === 0, `${mode}: no call is open`);
  assertSound(net);
}

async function misbehaveAll(t: TestContext, all: readonly Misdeed[]): Promise<void> {
  await using net = await startLocalnet({
    runtime,
    bundlesFolder: join(folder, "bundles"),
    provisioner: availableProvisioner(),
  });
  await net.submit(insertion("a", 0n, "key", "good"));
  const before = process.memoryUsage.rss();
  for (const [i, one] of all.entries()) {
    const { latestHeight } = net.node.backend;
    const begun = performance.now();
    let most = before;
    const look = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
    await misbehave(net, one, BigInt(i + 1));
    clearInterval(look);
    const ms = performance.now() - begun;
    const blocks = net.node.backend.latestHeight - latestHeight;
    t.diagnostic(
      `${one.mode}: ${(ms / 1000).toFixed(1)} s, ${blocks} blocks, ${((most - before) / (1 << 20)).toFixed(0)} MiB more`,
    );
    assert.ok(blocks > 0);
    assert.ok(most - before < MAX_GROWTH_BYTES, `${one.mode}: ${most - before} bytes more`);
  }
}

for (const [title, all] of misdeeds) test(title, { timeout: LIMIT_MS }, (t) => misbehaveAll(t, all));

test("checks without results are refused to who waits for them", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({
    runtime,
    bundlesFolder: join(folder, "bundles"),
    provisioner: availableProvisioner(),
  });
  await net.query("misbehave/no-results", new Uint8Array(0));
  const waiting = net.submit(insertion("a", 0n, "key", "value"));
  waiting.catch(() => undefined);
  await until(
    net,
    () => hasFault(net, /could not be checked: .*incorrect number of results/),
    "the status names the fault",
  );
  await assert.rejects(waiting, { message: /incorrect number of results/ });
  killIfRunning(net);
  assert.ok((await net.submit(insertion("a", 0n, "key", "value"))).round > 0n);
  assertSound(net);
});

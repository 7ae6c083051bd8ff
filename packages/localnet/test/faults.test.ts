// Faults around a running network: its runtime dies or hangs, its folder cannot be written.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { committeeStates } from "@wadi/api";
import { must, utf8 } from "@wadi/util";

import { startLocalnet, type Localnet, type BootStep, type LocalnetOptions } from "../src/localnet.ts";
import { assertSound, committeeState, hasCall, hasFault, hostOf, hostText, killIfRunning, runtimePid } from "./host.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildProbe, sampleBundle, type SampleBundle } from "./sample-bundle.ts";
import { until } from "./until.ts";

const LIMIT_MS = 120_000;
let folder = "";
let bundle: SampleBundle;
const provisioner = availableProvisioner();

before(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-network-faults-"));
  bundle = sampleBundle();
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A network that keeps what it logs as warnings. */
async function started(options: LocalnetOptions): Promise<{ readonly net: Localnet; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const log = {
    format: "logfmt",
    thresholds: { default: "warn" },
    write: (line: string) => warnings.push(line),
  } as const;
  return { net: await startLocalnet({ ...options, provisioner, log }), warnings };
}

test("a runtime that is killed comes back, and so do the transactions", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner });
  await net.submit(insertion("a", 0n, "key", "before"));
  assertSound(net);
  process.kill(runtimePid(net), "SIGKILL");
  const waiting = net.submit(insertion("a", 1n, "key", "after"));
  await until(
    net,
    () => committeeState(net) === committeeStates.waitingHostedRuntime,
    "the status says that it is gone",
  );
  assert.ok(hasFault(net, /^the runtime has stopped: it has ended \(.+\)$/), hostText(net));
  assert.ok((await waiting).round > 0n);
  await until(net, () => hostOf(net)?.faults?.length === 0, "the status is sound");
  assertSound(net);
});

test("epochs pass while the runtime is down, and the network outlives it", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner });
  await net.submit(insertion("a", 0n, "key", "before"));
  const { latestEpoch } = net.node.backend.status();
  // Whenever it is up again in between it is killed again.
  let isEnough = false;
  const killing = (async () => {
    while (!isEnough) {
      killIfRunning(net);
      await until(net, () => isEnough || committeeState(net) !== committeeStates.ready, "it is gone");
      await until(net, () => isEnough || committeeState(net) === committeeStates.ready, "it is started again");
    }
  })();
  await net.setEpoch(latestEpoch + 9n);
  isEnough = true;
  await killing;
  assert.equal(net.node.backend.status().latestEpoch, latestEpoch + 9n);
  await until(net, () => committeeState(net) === committeeStates.ready, "it is up again");
  assert.ok((await net.submit(insertion("a", 1n, "key", "after"))).round > 0n);
});

test("a runtime that hangs is killed and started again", { timeout: LIMIT_MS }, async () => {
  const { net: network, warnings } = await started(bundle);
  await using net = network;
  await net.submit(insertion("a", 0n, "key", "before"));
  process.kill(runtimePid(net), "SIGSTOP");
  const waiting = net.submit(insertion("a", 1n, "key", "after"));
  await until(
    net,
    () => hasCall(net, /^(checking 1|scheduling a batch of \d+) transactions?$/),
    "the status names the call",
  );
  await until(
    net,
    () => committeeState(net) === committeeStates.waitingHostedRuntime,
    "the status says that it is gone",
  );
  assert.ok(hasFault(net, /it did not answer a ping|it could not abort/), hostText(net));
  assert.ok((await waiting).round > 0n);
  await until(net, () => hostOf(net)?.faults?.length === 0, "the status is sound");
  await until(net, () => hostOf(net)?.calls?.length === 0, "no call is open");
  assertSound(net);
  assert.ok(
    warnings.some((line) => line.includes("the runtime has not answered yet")),
    warnings.join(""),
  );
});

test("a batch that never ends is named while it lasts, and refused", { timeout: 4 * LIMIT_MS }, async () => {
  const { net: network, warnings } = await started({ runtime: buildProbe(folder) });
  await using net = network;
  net.submit(utf8("spin")).catch(() => undefined);
  await until(net, () => hasCall(net, /^scheduling a batch of 1 transaction$/), "the status names the batch");
  const [call] = must(hostOf(net)?.calls);
  assert.ok(must(call).seconds >= 1n && must(call).limitSeconds === 6n, hostText(net));
  assert.equal(committeeState(net), committeeStates.ready, "as operators know it from the reference");
  await until(net, () => hasFault(net, /^a batch came to nothing: .*time/), "the status says how it ended");
  await until(net, () => net.worker.pool.size === 0, "it is refused");
  assert.ok((await net.submit(utf8("count"))).round > 0n);
  assertSound(net);
  const slow = warnings.find((line) => line.includes("the runtime has not answered yet"));
  assert.match(slow ?? "", /call="scheduling a batch of 1 transaction" seconds=\d+(\.\d)? limit_seconds=6/);
});

test("a start whose node stops says why, instead of waiting for it", { timeout: LIMIT_MS }, async () => {
  const dataDir = join(folder, "stops");
  const problem = new Error("the chain cannot go on");
  let failing = false;
  // Whoever follows the chain and fails stops the node, as it has missed a block.
  const start = startLocalnet({
    ...bundle,
    dataDir,
    provisioner,
    log: {
      format: "logfmt",
      thresholds: { default: "debug" },
      write: (line) => {
        if (failing || !line.includes("block committed")) return;
        failing = true;
        throw problem;
      },
    },
  });
  await assert.rejects(start, (e) => e === problem || (e as Error).cause === problem);
});

const noSandbox = provisioner === "unconfined" && "read-only mounts are made with the sandbox";

test("a folder on a read-only file system is named", { skip: noSandbox, timeout: LIMIT_MS }, () => {
  const dataDir = join(folder, "read-only");
  mkdirSync(dataDir, { mode: 0o700 });
  const program = fileURLToPath(new URL("localnet-process.ts", import.meta.url));
  const { bundlesFolder } = bundle;
  const options = { name: "x", clients: 0, provisioner, bundlesFolder };
  const node = [
    process.execPath,
    "--conditions=wadi-source",
    program,
    bundle.runtime,
    dataDir,
    JSON.stringify(options),
  ];
  const mounts = ["--dev-bind", "/", "/", "--ro-bind", dataDir, dataDir];
  const { status, stderr } = spawnSync("/usr/bin/bwrap", [...mounts, "--", ...node], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /EROFS|[Rr]ead-only/);
  assert.ok(stderr.includes(dataDir), stderr);
});

test("a file where the folder should be is named", async () => {
  await assert.rejects(startLocalnet({ ...bundle, dataDir: bundle.runtime, provisioner }), (e: Error) =>
    e.message.includes(bundle.runtime),
  );
});

test("a start is ended whatever it waits for, and the folder is free again", { timeout: LIMIT_MS }, async () => {
  const dataDir = join(folder, "ended");
  const steps: BootStep[] = ["identity", "bundle", "consensus", "services", "committee"];
  for (const last of steps) {
    const end = new AbortController();
    const reason = new Error(`after ${last}`);
    const onStep = (step: BootStep): void => {
      if (step === last) end.abort(reason);
    };
    const starting = startLocalnet({ ...bundle, dataDir, provisioner, onStep, signal: end.signal });
    await assert.rejects(starting, (e) => e === reason);
  }
  await using net = await startLocalnet({ ...bundle, dataDir, provisioner });
  assert.ok((await net.submit(insertion("a", 0n, "key", "value"))).round > 0n);
});

// Faults around a running network: its runtime dies or hangs, its folder cannot be written.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { committeeStates } from "@wadi/api";
import { must } from "@wadi/util";

import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle, type SampleBundle } from "./sample-bundle.ts";

const LIMIT_MS = 120_000;
let folder = "";
let bundle: SampleBundle;
const provisioner = availableProvisioner();

before(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-network-faults-"));
  bundle = sampleBundle();
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const start = performance.now(); !condition();) {
    assert.ok(performance.now() - start < LIMIT_MS, `never: ${what}`);
    await sleep(10);
  }
}

const committeeState = (net: Localnet): number | undefined => net.status.runtimes.get(net.runtimeId)?.committee?.status;

/** The process of the runtime's code: the last one below the one that the node started. */
function runtimePid(net: Localnet): number {
  let { pid } = net.worker.runtime as { readonly pid?: number };
  for (;;) {
    const children = readFileSync(`/proc/${must(pid)}/task/${must(pid)}/children`, "utf8").trim();
    if (children === "") return must(pid);
    pid = Number(children.split(" ")[0]);
  }
}

function killIfRunning(net: Localnet): void {
  try {
    process.kill(runtimePid(net), "SIGKILL");
  } catch (e) {
    // It ended in the middle of this.
    assert.ok(e instanceof Error && "code" in e, String(e));
  }
}

test("a runtime that is killed comes back, and so do the transactions", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner });
  await net.submit(insertion("a", 0n, "key", "before"));
  assert.equal(committeeState(net), committeeStates.ready);
  process.kill(runtimePid(net), "SIGKILL");
  const waiting = net.submit(insertion("a", 1n, "key", "after"));
  await until(() => committeeState(net) === committeeStates.waitingHostedRuntime, "the status says that it is gone");
  assert.ok((await waiting).round > 0n);
  assert.equal(committeeState(net), committeeStates.ready);
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
      await until(() => isEnough || committeeState(net) !== committeeStates.ready, "it is gone");
      await until(() => isEnough || committeeState(net) === committeeStates.ready, "it is started again");
    }
  })();
  await net.setEpoch(latestEpoch + 9n);
  isEnough = true;
  await killing;
  assert.equal(net.node.backend.status().latestEpoch, latestEpoch + 9n);
  await until(() => committeeState(net) === committeeStates.ready, "it is up again");
  assert.ok((await net.submit(insertion("a", 1n, "key", "after"))).round > 0n);
});

test("a runtime that hangs is killed and started again", { timeout: LIMIT_MS }, async () => {
  await using net = await startLocalnet({ ...bundle, provisioner });
  await net.submit(insertion("a", 0n, "key", "before"));
  process.kill(runtimePid(net), "SIGSTOP");
  const waiting = net.submit(insertion("a", 1n, "key", "after"));
  await until(() => committeeState(net) === committeeStates.waitingHostedRuntime, "the status says that it is gone");
  assert.ok((await waiting).round > 0n);
  assert.equal(committeeState(net), committeeStates.ready);
});

const noSandbox = provisioner === "unconfined" && "read-only mounts are made with the sandbox";

test("a folder on a read-only file system is named", { skip: noSandbox, timeout: LIMIT_MS }, () => {
  const dataDir = join(folder, "read-only");
  mkdirSync(dataDir, { mode: 0o700 });
  const program = fileURLToPath(new URL("localnet-process.ts", import.meta.url));
  const { bundlesFolder } = bundle;
  const options = { name: "x", clients: 0, fromRound: 0, checkKeys: [], provisioner, bundlesFolder };
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

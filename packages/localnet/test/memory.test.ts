import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "@wadi/util";

import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { residentMb, runLocalnet, runtimeMb, submitAll } from "./localnet-program.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle } from "./sample-bundle.ts";

const CLIENTS = 20;
const TRANSACTIONS = 400;
const WINDOWS = 4;
/**
 * What may stay of a transaction and its share of blocks and rounds. Nothing does for good, but the
 * engine's own tables grow in steps; a header that somebody keeps has more.
 */
const MAX_BYTES_EACH = 1000;

/** Of the program: operators are promised 200; where a machine is slow, more lies about for a while. */
const MAX_RESIDENT_MB = 225;
const MAX_RUNTIME_MB = 220;
const PROGRAM_TRANSACTIONS = 3000;
const PROGRAM_CLIENTS = 50;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of the heap that are in use after a collection. */
async function liveBytes(): Promise<number> {
  // What finalizers give back is gone with the second one.
  for (let i = 0; i < 2; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { external, heapUsed } = process.memoryUsage();
  return heapUsed + external;
}

async function write(net: Localnet, name: string): Promise<void> {
  const each = async (client: number): Promise<void> => {
    const sender = `${name} ${client}`;
    for (let nonce = 0n; nonce < TRANSACTIONS / CLIENTS; nonce++) {
      await net.submit(insertion(sender, nonce, `key ${nonce}`, "a value"));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => each(i)));
}

test("nothing of a transaction stays in memory", { timeout: 300_000 }, async (t) => {
  // Caches that are full soon: how large they get is not the question here.
  const memory = { cacheBytes: 128 << 10, residentBytes: 8 << 20 };
  await using net = await startLocalnet({ ...sampleBundle(), memory, provisioner: availableProvisioner() });
  const live: number[] = [];
  for (let i = 0; i <= WINDOWS; i++) {
    await write(net, `window ${i}`);
    live.push(await liveBytes());
  }
  const growths = live.slice(1).map((bytes, i) => (bytes - must(live[i])) / TRANSACTIONS);
  t.diagnostic(`bytes for each transaction: ${growths.map(Math.round).join(", ")}; live ${must(live.at(-1))}`);
  // A leak shows at all times.
  assert.ok(Math.min(...growths) < MAX_BYTES_EACH, growths.join(" "));
});

test("the program and its runtime stay small", { timeout: 300_000 }, async (t) => {
  using resources = new DisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "wadi-memory-"));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  // What builds it, and a first start, which compiles everything, need more memory.
  sampleBundle();
  const sandbox = availableProvisioner() === "unconfined" ? ["--unconfined"] : [];
  await (
    await runLocalnet("--once", ...sandbox)
  ).closed;
  const { child, closed, started } = await runLocalnet("--data-dir", join(folder, "data"), ...sandbox);
  resources.defer(() => child.kill("SIGKILL"));
  const pid = must(child.pid);
  const boot = residentMb(pid, "VmRSS");
  await submitAll(started, "memory", { clients: PROGRAM_CLIENTS, count: PROGRAM_TRANSACTIONS });
  const [node, runtime] = [residentMb(pid, "VmRSS"), runtimeMb(pid)];
  t.diagnostic(
    `node ${boot.toFixed(0)} MB at the start, ${node.toFixed(0)} MB later; runtime ${runtime.toFixed(0)} MB`,
  );
  child.kill("SIGINT");
  await closed;
  assert.ok(node < MAX_RESIDENT_MB, `${node} MB`);
  assert.ok(runtime < MAX_RUNTIME_MB, `${runtime} MB`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { must } from "@wadi/util";

import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
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

// A transaction that never ends, on a whole network: it is found and refused while consensus goes on,
// and others are executed after it.
//
//   node --conditions=wadi-source packages/localnet/test/loop-soak.ts
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { utf8 } from "@wadi/util";

import { startLocalnet } from "../src/localnet.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildProbe } from "./sample-bundle.ts";

const LIMIT_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), "wadi-loop-"));
try {
  await using net = await startLocalnet({ runtime: buildProbe(folder), provisioner: availableProvisioner() });
  const begun = performance.now();
  const firstHeight = net.node.backend.latestHeight;
  net.submit(utf8("spin")).catch(() => undefined);
  while (net.worker.pool.size === 0) await sleep(1);
  while (net.worker.pool.size > 0) {
    assert.ok(performance.now() - begun < LIMIT_MS, "the transaction is refused");
    await sleep(50);
  }
  const seconds = (performance.now() - begun) / 1000;
  const blocks = net.node.backend.latestHeight - firstHeight;
  assert.ok(blocks >= seconds / 4, `${blocks} blocks meanwhile`);
  const { round } = await net.submit(utf8("count"));
  process.stdout.write(
    `a transaction without end: refused after ${seconds.toFixed(1)} s, ${blocks} blocks meanwhile, ` +
      `the next one final in round ${round}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

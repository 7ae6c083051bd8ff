// A transaction that never ends, on a whole network: it is found and refused while consensus goes on,
// and others are executed after it.
//
//   node --conditions=wadi-source packages/localnet/test/loop-soak.ts
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "@wadi/util";

import { startLocalnet } from "../src/localnet.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildProbe } from "./sample-bundle.ts";
import { until } from "./until.ts";

const folder = mkdtempSync(join(tmpdir(), "wadi-loop-"));
try {
  await using net = await startLocalnet({ runtime: buildProbe(folder), provisioner: availableProvisioner() });
  const begun = performance.now();
  const firstHeight = net.node.backend.latestHeight;
  net.submit(utf8("spin")).catch(() => undefined);
  await until(net, () => net.worker.pool.size > 0, "the transaction is in the pool");
  await until(net, () => net.worker.pool.size === 0, "the transaction is refused");
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

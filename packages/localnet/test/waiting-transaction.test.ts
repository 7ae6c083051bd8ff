// A transaction whose turn comes after one that nobody has sent yet.
import assert from "node:assert/strict";
import { test } from "node:test";

import { startLocalnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { sampleBundle } from "./sample-bundle.ts";

const LIMIT_MS = 120_000;

test(
  "it makes no rounds beyond those that come without it, and is executed after the other",
  { timeout: LIMIT_MS },
  async () => {
    await using net = await startLocalnet({ ...sampleBundle(), provisioner: availableProvisioner() });
    await net.submit(insertion("b", 0n, "key", "first"));
    const early = net.submit(insertion("a", 1n, "key", "late"));
    // Time-outs only ever come late: three rounds are two flush time-outs of a second apart at least.
    const times: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = net.worker.watchBlocks(() => {
      if (net.worker.pool.size === 1) times.push(performance.now());
      if (times.length === 3) resolve();
    });
    await promise;
    end();
    const [first = 0, , third = 0] = times;
    assert.ok(third - first > 1_800, `three rounds in ${third - first} ms`);
    const [{ round }, { round: earlyRound }] = await Promise.all([
      net.submit(insertion("a", 0n, "key", "early")),
      early,
    ]);
    assert.ok(round <= earlyRound);
  },
);

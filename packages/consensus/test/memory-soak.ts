// Memory of a validator over many blocks, which must not grow with the chain:
//
//   node --conditions=wadi-source packages/consensus/test/memory-soak.ts [BLOCKS]
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodeCbor } from "@wadi/codec";
import { staking, transaction } from "@wadi/types";
import { runValidator } from "../src/node/validator-node.ts";
import { testIdentity } from "../src/testing/identity.ts";
import { reached, testSwitches } from "../src/testing/memory-network.ts";
import { accountAddress, accountSigner, testGenesis } from "../src/testing/network-genesis.ts";
import { noQuotes } from "../src/testing/test-chain.ts";

/** So small that it is full soon. */
const CACHE_BYTES = 4 << 20;
/** Caches are full after so many blocks; growth is measured from there. */
const WARM_UP_SHARE = 4;
const MAX_GROWTH_MB = 32;
const SAMPLES = 8;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const megabytes = (bytes: number): number => Math.round(bytes / (1 << 20));

interface Sample {
  readonly height: number;
  readonly residentMb: number;
  readonly heapMb: number;
}

function sample(height: number): Sample {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const taken = { height, residentMb: megabytes(rss), heapMb: megabytes(heapUsed) };
  process.stderr.write(`height ${height}: resident ${taken.residentMb} MB, heap ${taken.heapMb} MB\n`);
  return taken;
}

const blocks = Number(process.argv[2] ?? 10_000);
const dataDir = mkdtempSync(join(tmpdir(), "wadi-memory-"));
try {
  testIdentity(dataDir, "a");
  const document = testGenesis({
    validators: ["a"],
    accounts: { alice: 1_000_000_000n },
    epochInterval: 100n,
    consensus: { timeoutCommit: 0n },
  });
  await using node = await runValidator({
    dataDir,
    document,
    quotes: noQuotes,
    debug: testSwitches,
    cacheBytes: CACHE_BYTES,
  });
  const body = encodeCbor(staking.Transfer, { to: accountAddress("bob"), amount: 1n });
  const call = { method: transaction.methods.stakingTransfer.name, body };
  const start = performance.now();
  const samples: Sample[] = [];
  for (let i = 1; i <= SAMPLES; i++) {
    const height = Math.round((blocks * i) / SAMPLES);
    while (node.host.machine.lastHeight < height) await node.own.submit(accountSigner("alice"), call);
    await reached(node, height);
    samples.push(sample(node.host.machine.lastHeight));
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const warm = samples[Math.floor(SAMPLES / WARM_UP_SHARE) - 1] ?? assert.fail();
  const last = samples.at(-1) ?? assert.fail();
  const growth = { resident: last.residentMb - warm.residentMb, heap: last.heapMb - warm.heapMb };
  process.stdout.write(
    `validator memory: ${blocks} blocks in ${seconds} s; resident ${warm.residentMb} MB at height ${warm.height}, ` +
      `${last.residentMb} MB at the end (heap ${warm.heapMb} MB, ${last.heapMb} MB)\n`,
  );
  assert.ok(growth.heap <= MAX_GROWTH_MB && growth.resident <= MAX_GROWTH_MB, JSON.stringify(growth));
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

// Speed of the engine as a whole: blocks of a lone validator on disk, blocks of four in memory,
// verification of commits, and memory over many blocks.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CachingVerifier } from "@wadi/comet-core";
import {
  engineVerifier,
  signaturePrehash,
  SIGNATURE_CONTEXT,
  ValidatorSet,
  validatorChange,
  verifyCommit,
  voteSignBytes,
  type Commit,
  type HexHash,
} from "@wadi/comet-types";
import { KeyCache, rawFullContext, testSigner, verifyEd25519 } from "@wadi/crypto";
import { benchLine } from "@wadi/testing";
import { must } from "@wadi/util";
import { Engine, type EngineOptions } from "./engine.ts";
import { MemoryNetwork } from "./memory-transport.ts";
import { memoryStorage, openDirectory } from "./storage.ts";
import { TestApplication } from "./testing/test-application.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

const TRANSACTIONS = 200;
const BLOCKS_OF_FOUR = 500;
const MEMORY_BLOCKS = 10_000;

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

function lone(options: Partial<EngineOptions>): Engine {
  const signers = testValidators(1);
  return new Engine({
    storage: memoryStorage(),
    application: new TestApplication({ rests: true }),
    genesis: testGenesis(signers),
    config: fastConfig(),
    signer: must(signers[0]),
    ...options,
  });
}

const height = (engine: Engine, wanted: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = engine.subscribe((notice) => {
      if (notice.kind !== "block" || notice.applied.state.lastBlockHeight < wanted) return;
      end();
      resolve();
    });
    void engine.stopped.then(({ error }) => reject(error as Error));
  });

/** From handing a transaction in to its block, which is final and on disk then. */
async function oneTransactionBlocks(folder: string): Promise<void> {
  const config = fastConfig({ emptyBlocksIntervalMs: 3_600_000 });
  await using engine = lone({ storage: openDirectory(folder), config });
  const first = height(engine, 1);
  await engine.start();
  await first;
  const times: number[] = [];
  for (let i = 0; i < TRANSACTIONS; i++) {
    // The block that carries the new application hash comes by itself.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = engine.subscribe((notice) => {
      if (notice.kind === "block" && notice.applied.block.txs.length === 1) resolve();
    });
    const start = performance.now();
    engine.checkTx(Buffer.from(`transaction ${i}`));
    await promise;
    times.push(performance.now() - start);
    end();
  }
  const ran = `${TRANSACTIONS} transactions one by one, lone validator, LMDB, every sync done`;
  benchLine({ name: "comet/one-transaction block on disk", unit: "ms", value: median(times), ran });
}

async function blocksOfFour(): Promise<void> {
  const signers = testValidators(4);
  const genesis = testGenesis(signers);
  const network = new MemoryNetwork();
  await using stack = new AsyncDisposableStack();
  const engines = signers.map((signer, i) =>
    stack.use(lone({ genesis, signer, application: new TestApplication(), transport: network.join(`node ${i}`) })),
  );
  network.connectAll();
  const warm = Promise.all(engines.map((engine) => height(engine, 50)));
  await Promise.all(engines.map((engine) => engine.start()));
  await warm;
  const from = must(engines[0]).blocks.height;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(engines.map((engine) => height(engine, from + BLOCKS_OF_FOUR)));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const ran = `${BLOCKS_OF_FOUR} empty blocks, four engines in one thread, real signatures, messages as bytes`;
  benchLine({ name: "comet/blocks of four engines", unit: "ops/s", value: BLOCKS_OF_FOUR / seconds, ran });
  const cpuMs = (user + system) / 1000 / BLOCKS_OF_FOUR;
  benchLine({ name: "comet/blocks of four engines, CPU of a block", unit: "ms", value: cpuMs, ran });
}

function hundredVotes(): { set: ValidatorSet; commit: Commit } {
  const signers = Array.from({ length: 100 }, (_, i) => testSigner(`commit bench ${i}`));
  const byKey = new Map(signers.map((signer) => [signer.publicKey, signer]));
  const set = ValidatorSet.create(signers.map(({ publicKey }, i) => validatorChange(publicKey, BigInt(1000 + i))));
  const hash = "ab".repeat(32) as HexHash;
  const blockId = { hash, partSetHeader: { total: 1, hash } };
  const context = rawFullContext(SIGNATURE_CONTEXT);
  const signatures = Array.from(set, ({ address, publicKey }, i) => {
    const timestamp = 1_767_323_045_000_000_000n + BigInt(i) * 1_234_567n;
    const message = voteSignBytes("bench", { type: 2, height: 5, round: 0, blockId, timestamp });
    const signature = must(byKey.get(publicKey)).sign(context, message);
    return { blockIdFlag: 2, validatorAddress: address, timestamp, signature };
  });
  return { set, commit: { height: 5, round: 0, blockId, signatures } };
}

function commits(): void {
  const { set, commit } = hundredVotes();
  const expected = { chainId: "bench", blockId: commit.blockId, height: commit.height };
  const keys = new KeyCache();
  const real = engineVerifier((key, digest, signature) => verifyEd25519(key, digest, signature, keys));
  const digests = commit.signatures.map(({ timestamp, signature }, i) => {
    const message = voteSignBytes("bench", { type: 2, height: 5, round: 0, blockId: commit.blockId, timestamp });
    return { key: set.member(i).publicKey, digest: signaturePrehash(message), signature };
  });
  const known = new CachingVerifier(real);
  const time = (body: () => void): number => {
    const start = performance.now();
    body();
    return performance.now() - start;
  };
  const native: number[] = [];
  const cold: number[] = [];
  const seen: number[] = [];
  verifyCommit(set, commit, expected, known);
  // Taken in turns, so that what else the machine does hits all of them.
  for (let i = 0; i < 300; i++) {
    native.push(
      time(() => digests.forEach(({ key, digest, signature }) => verifyEd25519(key, digest, signature, keys))),
    );
    const fresh = new CachingVerifier(real);
    cold.push(time(() => verifyCommit(set, commit, expected, fresh)));
    seen.push(time(() => verifyCommit(set, commit, expected, known)));
  }
  // Of the pairs the one with the median ratio, so that what else the machine does counts on both sides.
  const pairs = cold.map((ms, i) => ({ cold: ms, native: must(native[i]) }));
  pairs.sort((x, y) => x.cold / x.native - y.cold / y.native);
  const pair = must(pairs[pairs.length >> 1]);
  const ran = `commit of 100 validators, 300 times; cold over native is ${(pair.cold / pair.native).toFixed(2)} in the median`;
  benchLine({ name: "comet/commit of votes that were seen", unit: "ms", value: median(seen), ran });
  benchLine({ name: "comet/commit, cold", unit: "ms", value: pair.cold, ran });
  benchLine({ name: "comet/100 native verifications", unit: "ms", value: pair.native, ran });
}

/** Memory of the process itself, without the pages of files that it maps. */
function anonymousMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? process.memoryUsage.rss() / 2 ** 20 : Number(kilobytes) / 1024;
}

async function memory(folder: string): Promise<void> {
  const application = new TestApplication({ keep: 100, forgets: true });
  await using engine = lone({ storage: openDirectory(folder), application });
  const samples: number[] = [];
  const whole: number[] = [];
  const step = MEMORY_BLOCKS / 4;
  engine.subscribe((notice) => {
    if (notice.kind !== "block" || notice.applied.state.lastBlockHeight % step !== 0) return;
    samples.push(anonymousMb());
    whole.push(process.memoryUsage.rss() / 2 ** 20);
  });
  const end = height(engine, MEMORY_BLOCKS);
  const start = performance.now();
  await engine.start();
  await end;
  const seconds = (performance.now() - start) / 1000;
  const list = samples.map((sample) => sample.toFixed(0)).join(", ");
  const ran = `${MEMORY_BLOCKS} empty blocks of a lone validator on disk, keeping 100; own memory every ${step}: ${list} MB`;
  benchLine({ name: "comet/resident memory after the blocks", unit: "MB", value: must(whole.at(-1)), ran });
  const growth = must(samples.at(-1)) - must(samples[1]);
  benchLine({ name: "comet/own memory, growth over the second half", unit: "MB", value: growth, ran });
  benchLine({ name: "comet/blocks of a lone validator", unit: "ops/s", value: MEMORY_BLOCKS / seconds, ran });
}

const parts: Readonly<Record<string, (folder: string) => Promise<void> | void>> = {
  transactions: oneTransactionBlocks,
  four: blocksOfFour,
  commits,
  memory,
};

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts)) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-bench-"));
  try {
    await must(parts[name], `no such part: ${name}`)(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

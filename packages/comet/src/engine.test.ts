// Engines as a node runs them: real timers, real files, messages as bytes.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  ErrOtherChain,
  ErrSignStateMissing,
  encodeTxs,
  ErrSignStateOld,
  ErrWalEndHeight,
  MEMPOOL_CHANNEL,
  WriteAheadLog,
  parseSignState,
  type CommitResponse,
  type EngineConfig,
} from "@wadi/comet-core";
import { isError, must, WadiError } from "@wadi/util";
import { Engine, type EngineNotice, type EngineOptions } from "./engine.ts";
import { ErrDirectoryInUse, ErrFile, ErrNotRunning } from "./errors.ts";
import { MemoryNetwork } from "./memory-transport.ts";
import { memoryStorage, openDirectory, openEngineDatabase } from "./storage.ts";
import { CommittedStates, TestApplication } from "./testing/test-application.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

const signers = testValidators(4);
const [signer] = signers;

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-engine-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when the engine has this height, rejects when it stops with an error. */
async function reaches(engine: Engine, height: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = engine.subscribe((notice) => {
    if (notice.kind === "block" && notice.applied.state.lastBlockHeight >= height) resolve();
  });
  void engine.stopped.then(({ error }) => (error === undefined ? resolve() : reject(error as Error)));
  if (engine.blocks.height >= height) resolve();
  await promise;
  end();
}

function lone(options: Partial<EngineOptions> = {}): Engine {
  return new Engine({
    storage: memoryStorage(),
    application: new TestApplication(),
    genesis: testGenesis([must(signer)]),
    config: fastConfig(),
    signer: must(signer),
    ...options,
  });
}

test("a lone validator makes blocks on disk and goes on where it was", async (t) => {
  const folder = temporaryFolder(t);
  const disk = new CommittedStates();
  const hashes: string[] = [];
  for (const height of [5, 9, 12]) {
    await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
    await engine.start();
    await reaches(engine, height);
    for (const [i, hash] of hashes.entries()) assert.equal(engine.blocks.loadMeta(i + 1)?.blockId.hash, hash);
    for (let h = hashes.length + 1; h <= engine.blocks.height; h++)
      hashes.push(must(engine.blocks.loadMeta(h)).blockId.hash);
  }
  const path = join(folder, "oasis_priv_validator.json");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(parseSignState(readFileSync(path, "utf8")).state.height >= 12);
  await using store = openEngineDatabase(folder, { readOnly: true });
  assert.equal(store.readOnly, true);
});

test("a transaction goes into the next block, and no block is made without one", async () => {
  const config: EngineConfig = fastConfig({ emptyBlocksIntervalMs: 3_600_000 });
  await using engine = lone({ application: new TestApplication({ rests: true }), config });
  await engine.start();
  await reaches(engine, 1);
  for (let i = 0; i < 3; i++) {
    const tx = Buffer.from(`transaction ${i}`);
    const { promise, resolve } = Promise.withResolvers<readonly Uint8Array[]>();
    const end = engine.subscribe((notice) => {
      if (notice.kind === "block" && notice.applied.block.txs.length > 0) resolve(notice.applied.block.txs);
    });
    assert.equal(engine.checkTx(tx).kind, "added");
    assert.deepEqual((await promise).map(String), [String(tx)]);
    end();
  }
  assert.equal(engine.checkTx(Buffer.from("bad one")).kind, "refused");
  assert.equal(engine.mempool.size, 0);
});

test("four engines decide the same blocks", async () => {
  const network = new MemoryNetwork();
  const genesis = testGenesis(signers);
  const engines = signers.map((key) =>
    lone({ genesis, signer: key, transport: network.join(key.publicKey.slice(0, 40)) }),
  );
  network.connectAll();
  await using stack = new AsyncDisposableStack();
  for (const engine of engines) stack.use(engine);
  await Promise.all(engines.map((engine) => engine.start()));
  must(engines[0]).checkTx(Buffer.from("gossiped"));
  await Promise.all(engines.map((engine) => reaches(engine, 12)));
  const proposers = new Set<string>();
  for (let height = 1; height <= 10; height++) {
    const hashes = new Set(engines.map((engine) => engine.blocks.loadMeta(height)?.blockId.hash));
    assert.equal(hashes.size, 1, `height ${height}`);
    proposers.add(must(engines[0]?.blocks.loadHeader(height)).proposerAddress);
  }
  assert.equal(proposers.size, 4, "everybody proposes");
  const txs = Array.from({ length: 12 }, (_, i) => must(engines[3]).blocks.loadBlock(i + 1)?.txs ?? []).flat();
  assert.deepEqual(
    txs.map((tx) => Buffer.from(tx).toString()),
    ["gossiped"],
  );
});

test("an engine that was away gets the blocks it missed from the others", async () => {
  const network = new MemoryNetwork();
  const genesis = testGenesis(signers);
  const timeouts = { ...fastConfig().timeouts, commitMs: 5, proposeMs: 100 };
  const config = fastConfig({ timeouts, skipTimeoutCommit: false });
  const start = async (index: number, stack: AsyncDisposableStack): Promise<Engine> => {
    const key = must(signers[index]);
    const engine = stack.use(lone({ genesis, signer: key, config, transport: network.join(`node ${index}`) }));
    await engine.start();
    return engine;
  };
  await using stack = new AsyncDisposableStack();
  const early = await Promise.all([0, 1, 2].map((index) => start(index, stack)));
  network.connectAll();
  await Promise.all(early.map((engine) => reaches(engine, 6)));
  const late = await start(3, stack);
  network.connectAll();
  await reaches(late, 8);
  assert.equal(late.blocks.loadMeta(5)?.blockId.hash, early[0]?.blocks.loadMeta(5)?.blockId.hash);
});

test("a node without a key follows", async () => {
  const network = new MemoryNetwork();
  await using validator = lone({
    transport: network.join("validator"),
    config: fastConfig({ skipTimeoutCommit: false, timeouts: { ...fastConfig().timeouts, commitMs: 5 } }),
  });
  await using follower = new Engine({
    storage: memoryStorage(),
    application: new TestApplication(),
    genesis: testGenesis([must(signer)]),
    config: fastConfig(),
    transport: network.join("follower"),
  });
  network.connectAll();
  await Promise.all([validator.start(), follower.start()]);
  await reaches(follower, 5);
  assert.deepEqual(follower.peers, ["validator"]);
});

test("a peer that sends garbage is disconnected, and the chain goes on", async () => {
  const network = new MemoryNetwork();
  await using engine = lone({ transport: network.join("engine") });
  await using stranger = network.join("stranger");
  network.connect("engine", "stranger");
  const down = Promise.withResolvers<string>();
  stranger.start({
    peerUp: (peer) => stranger.send(peer, 0x22, Uint8Array.of(0xff, 0xff, 0xff)),
    peerDown: (peer) => down.resolve(peer),
    message: () => undefined,
    writable: () => undefined,
  });
  await engine.start();
  assert.equal(await down.promise, "engine");
  await reaches(engine, engine.blocks.height + 2);
  assert.deepEqual(engine.peers, []);
});

test("the application stops the node after a block; a restart goes on", async (t) => {
  const folder = temporaryFolder(t);
  const disk = new CommittedStates();
  {
    const application = new TestApplication({ disk, haltHeight: 4 });
    await using engine = lone({ storage: openDirectory(folder), application });
    await engine.start();
    assert.deepEqual(await engine.stopped, {});
    assert.equal(engine.blocks.height, 4);
  }
  await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
  await engine.start();
  await reaches(engine, 6);
});

test("a failure of the application stops the engine with it", async () => {
  const application = new TestApplication();
  const failure = new Error("no more");
  application.commit = () => {
    throw failure;
  };
  await using engine = lone({ application });
  await engine.start();
  assert.equal((await engine.stopped).error, failure);
});

test("a failure of CheckTx stops the engine, and is not held against the sender", async () => {
  const network = new MemoryNetwork();
  const application = new TestApplication();
  const failure = new Error("no state");
  application.checkTx = () => {
    throw failure;
  };
  await using engine = lone({ application, transport: network.join("engine") });
  await using stranger = network.join("stranger");
  network.connect("engine", "stranger");
  stranger.start({
    peerUp: (peer) => stranger.send(peer, MEMPOOL_CHANNEL, encodeTxs([Buffer.from("tx")])),
    peerDown: () => undefined,
    message: () => undefined,
    writable: () => undefined,
  });
  await engine.start();
  assert.equal((await engine.stopped).error, failure);
});

test("a log that is ahead of the chain keeps the engine from starting", async () => {
  const storage = memoryStorage();
  const log = new WriteAheadLog(storage.wal);
  log.open(0n);
  log.append({ kind: "end-height", height: 3 }, 0n);
  log.sync();
  await using engine = lone({ storage });
  await assert.rejects(engine.start(), (e) => isError(e, ErrWalEndHeight));
  assert.ok(isError((await engine.stopped).error, ErrWalEndHeight));
});

test("blocks below what the application wants are pruned", async () => {
  await using engine = lone({ application: new TestApplication({ keep: 3 }) });
  await engine.start();
  await reaches(engine, 20);
  const { base, height } = engine.blocks;
  assert.ok(height - base <= 4, `${base} to ${height}`);
  assert.equal(engine.blocks.loadBlock(base - 1), undefined);
  assert.equal(engine.states.loadValidators(base).size, 1);
});

test("what an application lets go in one leap is removed over several blocks", async () => {
  class Leaping extends TestApplication {
    override commit(): CommitResponse {
      const response = super.commit();
      const { lastHeight } = this.info();
      return { ...response, retainHeight: lastHeight < 230 ? 0 : 220 };
    }
  }
  await using engine = lone({ application: new Leaping() });
  const pruned: number[] = [];
  engine.subscribe((notice) => {
    if (notice.kind === "block" && notice.applied.pruned > 0) pruned.push(notice.applied.pruned);
  });
  await engine.start();
  await reaches(engine, 235);
  assert.deepEqual(pruned, [100, 100, 19]);
  assert.equal(engine.blocks.base, 220);
});

test("one directory, one engine", async (t) => {
  const folder = temporaryFolder(t);
  await using first = openDirectory(folder);
  assert.ok(first.database.readOnly === false);
  assert.throws(
    () => openDirectory(folder),
    (e) => isError(e, ErrDirectoryInUse),
  );
});

test("the database of another chain is refused", async (t) => {
  const folder = temporaryFolder(t);
  const disk = new CommittedStates();
  {
    await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
    await engine.start();
    await reaches(engine, 2);
  }
  const genesis = { ...testGenesis([must(signer)]), chainId: "another-chain" };
  await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }), genesis });
  await assert.rejects(
    () => engine.start(),
    (e) => isError(e, ErrOtherChain),
  );
  assert.throws(
    () => engine.state,
    (e) => isError(e, ErrNotRunning),
  );
});

test("without its sign state, or with an old one, a validator does not start", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "oasis_priv_validator.json");
  const disk = new CommittedStates();
  const run = async (height: number): Promise<void> => {
    await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
    await engine.start();
    await reaches(engine, height);
  };
  await run(2);
  const old = readFileSync(path);
  await run(5);
  const current = readFileSync(path);
  writeFileSync(path, old);
  await assert.rejects(run(6), (e) => isError(e, ErrSignStateOld));
  rmSync(path);
  // Twice: the refusal must not leave a new one behind.
  await assert.rejects(run(6), (e) => isError(e, ErrSignStateMissing));
  await assert.rejects(run(6), (e) => isError(e, ErrSignStateMissing));
  writeFileSync(path, current);
  await run(7);
});

test("a torn end of the log is cut with a copy, and reported", async (t) => {
  const folder = temporaryFolder(t);
  const disk = new CommittedStates();
  const path = join(folder, "data", "cs.wal", "wal");
  {
    await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
    await engine.start();
    await reaches(engine, 3);
  }
  const size = statSync(path).size;
  writeFileSync(path, Uint8Array.of(9, 9, 9), { flag: "a" });
  await using engine = lone({ storage: openDirectory(folder), application: new TestApplication({ disk }) });
  const notices: EngineNotice[] = [];
  engine.subscribe((notice) => notices.push(notice));
  await engine.start();
  await reaches(engine, 5);
  const [repaired] = notices;
  assert.ok(repaired?.kind === "log-repaired");
  assert.deepEqual([repaired.fault.kind, repaired.fault.offset], ["torn", size]);
  assert.equal(statSync(`${path}.CORRUPTED`).size, size + 3);
  assert.ok(readdirSync(folder).includes("engine.lock"));
});

test("an application that lost its state gets all blocks again", async () => {
  const disk = new CommittedStates();
  const storage = memoryStorage();
  const kept = { ...storage, [Symbol.asyncDispose]: async () => undefined };
  {
    await using engine = lone({ storage: kept, application: new TestApplication({ disk }) });
    await engine.start();
    await reaches(engine, 10);
  }
  const application = new TestApplication();
  await using engine = lone({ storage, application });
  const replayed: number[] = [];
  engine.subscribe((notice) => {
    if (notice.kind === "replayed") replayed.push(notice.height);
  });
  await engine.start();
  await reaches(engine, 12);
  assert.deepEqual(replayed.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(application.disk.states.slice(0, 10), disk.states.slice(0, 10));
});

test("a full disk stops the engine with its error; with room again it goes on", async () => {
  const storage = memoryStorage();
  const disk = new CommittedStates();
  const kept = { ...storage, [Symbol.asyncDispose]: async () => undefined };
  const { wal } = storage;
  const append = wal.append.bind(wal);
  let room = 20;
  wal.append = (bytes) => {
    if (room-- <= 0) throw new WadiError(ErrFile, { data: { code: "ENOSPC" } });
    append(bytes);
  };
  let decided: number;
  {
    await using engine = lone({ storage: kept, application: new TestApplication({ disk }) });
    await engine.start();
    assert.ok(isError((await engine.stopped).error, ErrFile));
    decided = engine.blocks.height;
    assert.ok(decided > 0);
    room = Number.POSITIVE_INFINITY;
  }
  await using engine = lone({ storage, application: new TestApplication({ disk }) });
  await engine.start();
  await reaches(engine, decided + 2);
});

test("closing while the application gets its blocks ends the start", async () => {
  const storage = memoryStorage();
  const kept = { ...storage, [Symbol.asyncDispose]: async () => undefined };
  {
    await using engine = lone({ storage: kept });
    await engine.start();
    await reaches(engine, 10);
  }
  const engine = lone({ storage });
  const seen: number[] = [];
  engine.subscribe((notice) => {
    if (notice.kind === "replayed" && seen.push(notice.height) === 3) void engine[Symbol.asyncDispose]();
  });
  await assert.rejects(engine.start(), (e) => isError(e, ErrNotRunning));
  assert.deepEqual(seen, [1, 2, 3]);
  await engine[Symbol.asyncDispose]();
});

test("closing twice, or before the start, is no error", async () => {
  const engine = lone();
  await engine[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

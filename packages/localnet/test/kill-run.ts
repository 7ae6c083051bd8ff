// Kills the program with a local network under load at random moments and looks at what it goes on
// with. On the disk after each kill: blocks and states are those from before, go on without a gap
// and equal a replay, and nothing is signed twice or not at all. From outside after each start:
// blocks, rounds and roots are those that were told, and every transaction that a client was told to
// be final is in its round and in the state.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RuntimeClient } from "@wadi/api";
import { networkVerifier, parseRecordedBlock, replayChain } from "@wadi/apps";
import { ChainReader, dataDirectory } from "@wadi/consensus";
import {
  FollowedChain,
  KillMoments,
  Work,
  noQuotes,
  testSwitches,
  type KillMoment,
  type KillRunOptions,
} from "@wadi/consensus/testing";
import { hashOf, loadOrCreateIdentity } from "@wadi/crypto";
import { RpcConnection } from "@wadi/rpc";
import { genesis, type Namespace } from "@wadi/types";
import { Prng } from "@wadi/testing";
import { toHex } from "@wadi/util";

import { prepareExecutable, startExecutable, type StartTimes } from "./executable.ts";
import { insertion } from "./key-value.ts";
import { ToldNetwork, type CalledNetwork, type Extent } from "./told-network.ts";

const CLIENTS = 4;
/** A kill comes after some transactions. */
const MAX_FINAL = 12;
/** Keys that are looked up after a start. */
const MAX_KEYS = 20;
/** And after the last one. */
const LAST_KEYS = 200;

/** What a start after a kill took. */
export interface Restart extends StartTimes {
  /** From the start of the process until a new transaction was final. */
  readonly finalMs: number;
}

export interface KillSummary {
  readonly kills: number;
  /** Kills before the network took transactions. */
  readonly early: number;
  /** Blocks of consensus that were replayed at the end. */
  readonly blocks: number;
  readonly rounds: number;
  readonly final: number;
  /** Different messages that the validator signed. */
  readonly signatures: number;
  readonly restarts: readonly Restart[];
}

/** One life of the network. */
interface Life {
  /** Of senders. */
  readonly name: string;
  readonly dataDir: string;
  readonly moment: KillMoment;
  readonly extent: Extent;
}

/** Runs the network once; what its start took, if it came so far. */
async function runAndKill(told: ToldNetwork, { dataDir, extent, moment, name }: Life): Promise<Partial<Restart>> {
  const [work, look] = [new Work(moment.pieces), new Work(1)];
  const tasks: Promise<void>[] = [];
  const end = new AbortController();
  using resources = new DisposableStack();
  let times: Partial<Restart> = {};
  const network = startExecutable(dataDir, (started, startTimes) => {
    times = startTimes;
    const connection = resources.use(new RpcConnection(`unix:${started.socket}`));
    const called = { connection, runtimeId: started.runtime_id, signal: end.signal };
    const onFinal = (): void => {
      times = { finalMs: performance.now() - network.beganMs, ...times };
      work.count();
    };
    const all = [
      told.listen(called),
      told.look(called, extent).then(() => look.count()),
      ...clientsOf(told, called, name, onFinal),
    ];
    // Calls fail when the network is gone; what was found to be wrong is wrong also then.
    const isExpected = (e: unknown): boolean => network.isKilled && !(e instanceof assert.AssertionError);
    for (const task of all) tasks.push(task.catch((e: unknown) => (isExpected(e) ? undefined : work.fail(e))));
  });
  await network.killAt(moment, Promise.all([work.done, look.done]));
  end.abort(new Error("the network was killed"));
  await Promise.all(tasks);
  await work.end();
  assert.ok(moment.isEarly || times.finalMs !== undefined, `the network did not start: ${network.output}`);
  return times;
}

/** Clients that each wait until a transaction is final before they send the next one. */
function clientsOf(
  told: ToldNetwork,
  { connection, runtimeId, signal }: CalledNetwork,
  name: string,
  onFinal: () => void,
): Promise<void>[] {
  const client = connection.of(RuntimeClient);
  const write = async (sender: string): Promise<void> => {
    for (let nonce = 0n; ; nonce++) {
      const key = `${sender} ${nonce}`;
      const data = insertion(sender, nonce, key, "written");
      const { checkTxError, data: output, round } = await client.SubmitTxMeta({ runtimeId, data }, { signal });
      assert.equal(checkTxError ?? undefined, undefined);
      const result = toHex(output ?? new Uint8Array(0));
      told.final.push({ key, round: Number(round), hash: hashOf(data), output: result });
      onFinal();
    }
  };
  return Array.from({ length: CLIENTS }, (_, i) => write(`${name} ${i}`));
}

/** Throws at the first thing that is wrong. */
export async function killNetwork(options: KillRunOptions): Promise<KillSummary> {
  const { folder, kills, limitMs = Infinity, onKill, seed } = options;
  prepareExecutable();
  const dataDir = join(folder, "data");
  const moments = new KillMoments(new Prng(seed), MAX_FINAL);
  const told = new ToldNetwork();
  const restarts: Restart[] = [];
  let chain: FollowedChain | undefined;
  let [done, early] = [0, 0];
  const began = performance.now();
  while (done < kills && performance.now() - began < limitMs) {
    const extent = { ...told.sinceLastLook, keys: MAX_KEYS };
    const { cpuMs, finalMs, readyMs, waitedMs } = await runAndKill(told, {
      name: `life ${done}`,
      dataDir,
      moment: moments.next(),
      extent,
    });
    if (readyMs === undefined || cpuMs === undefined) early++;
    else {
      moments.started(readyMs);
      // The first one makes what the others find.
      if (done > 0 && finalMs !== undefined) restarts.push({ readyMs, cpuMs, finalMs, waitedMs });
    }
    chain ??= followedChain(dataDir);
    await chain.follow();
    done++;
    onKill?.(done);
  }
  const { rounds } = await lastLife(told, dataDir);
  await chain?.follow();
  const blocks = await replay(dataDir);
  const signatures = chain?.signatures ?? 0;
  return { kills: done, early, blocks, rounds, final: told.final.length, signatures, restarts };
}

/** The whole history as the last start finds it is what was told while it was made; it ends in order. */
async function lastLife(told: ToldNetwork, dataDir: string): Promise<ToldNetwork> {
  const { promise, reject, resolve } = Promise.withResolvers<readonly [socket: string, runtimeId: Namespace]>();
  await using network = startExecutable(dataDir, ({ runtime_id, socket }) => resolve([socket, runtime_id]));
  void network.closed.then(() => reject(new Error(`the network ended by itself: ${network.output}`)));
  const [socket, runtimeId] = await promise;
  using connection = new RpcConnection(`unix:${socket}`);
  const { signal } = new AbortController();
  await told.look({ connection, runtimeId, signal }, { round: 0, height: 0, keys: LAST_KEYS });
  network.child.kill("SIGINT");
  assert.deepEqual(await network.closed, [0, null], network.output);
  return told;
}

function readDocument(dataDir: string): genesis.Document {
  return genesis.parseGenesis(readFileSync(join(dataDir, "genesis.json")));
}

function followedChain(dataDir: string): FollowedChain {
  const { consensus } = loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });
  return new FollowedChain(dataDir, readDocument(dataDir), consensus.publicKey);
}

/** Plays the exported chain of a data directory from its genesis: the same states. The number of blocks. */
async function replay(dataDir: string): Promise<number> {
  const document = readDocument(dataDir);
  await using chain = new ChainReader(dataDirectory(dataDir));
  const records = Array.from(chain.lines(document), parseRecordedBlock);
  const verifier = networkVerifier(document, testSwitches);
  const { blocks, difference } = replayChain(document, records, { quotes: noQuotes, verifier, debug: testSwitches });
  assert.equal(difference, undefined, "the exported chain replays");
  return blocks;
}

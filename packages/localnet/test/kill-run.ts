// Kills a local network under load at random moments and looks at what it goes on with: every
// transaction that a client was told to be final is in its round, rounds follow each other without
// a gap and with the roots that were told, and nothing is signed twice.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { networkVerifier, parseRecordedBlock, replayChain } from "@wadi/apps";
import { ChainReader, dataDirectory } from "@wadi/consensus";
import { SignatureLedger, noQuotes } from "@wadi/consensus/testing";
import { loadOrCreateIdentity } from "@wadi/crypto";
import { genesis } from "@wadi/types";
import { Prng } from "@wadi/testing";

import type { NetworkEvent, ProcessOptions } from "./network-event.ts";
import type { SampleBundle } from "./sample-bundle.ts";

const program = fileURLToPath(new URL("localnet-process.ts", import.meta.url));
const CLIENTS = 4;
/** A kill comes after some transactions, and then some milliseconds; one in so many while the network starts. */
const MAX_FINAL = 12;
const MAX_DELAY_MS = 60;
const EARLY_SHARE = 5;
/** A start that takes longer has failed. */
const START_LIMIT_MS = 120_000;
/** Keys that are looked up after a start. */
const MAX_KEYS = 20;
/** And after the last one. */
const LAST_KEYS = 200;
/** Commits that are looked at after each kill: more than a run makes. */
const COMMITS = 200;

export interface KillOptions {
  readonly bundle: SampleBundle;
  readonly dataDir: string;
  readonly provisioner: ProcessOptions["provisioner"];
  readonly kills: number;
  readonly seed: number;
  /** No kill begins after so many milliseconds. */
  readonly limitMs?: number;
  readonly onKill?: (kills: number) => void;
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
  /** From the start of the process until it takes transactions, the first one left out. */
  readonly restartsMs: readonly number[];
}

/** A summary for people. */
export function killText({ blocks, early, final, kills, restartsMs, rounds, signatures }: KillSummary): string {
  const sorted = restartsMs.toSorted((a, b) => a - b).map(Math.round);
  return (
    `${kills} kills (${early} while starting): ${rounds} rounds with ${final} acknowledged transactions, ` +
    `${signatures} signatures, none double, ${blocks} blocks replayed, ` +
    `restarts in ${sorted[sorted.length >> 1] ?? 0} ms (median), ${sorted.at(-1) ?? 0} ms (longest)`
  );
}

type Told<K extends NetworkEvent["kind"]> = Extract<NetworkEvent, { readonly kind: K }>;

/** A network in a process of its own. */
export class NetworkProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  /** Everything that is no event. */
  output = "";

  constructor(runtime: string, dataDir: string, options: ProcessOptions, onEvent: (event: NetworkEvent) => void) {
    const args = ["--conditions=wadi-source", program, runtime, dataDir, JSON.stringify(options)];
    this.child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(dataDir, "..", "compile-cache") },
    });
    this.closed = once(this.child, "close");
    const { stderr, stdout } = this.child;
    stderr?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    if (stdout === null) return;
    createInterface({ input: stdout }).on("line", (line) => {
      // The last line may be cut off by the kill.
      if (!line.startsWith("{") || !line.endsWith("}")) this.output += line;
      else onEvent(JSON.parse(line) as NetworkEvent);
    });
  }

  /** Ends it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.closed;
  }

  /** Kills it and waits for its end; throws what it said if it had ended by itself. */
  async kill(): Promise<void> {
    assert.equal(this.child.exitCode, null, `the network ended by itself: ${this.output}`);
    this.child.kill("SIGKILL");
    await this.closed;
    assert.equal(this.child.signalCode, "SIGKILL", `the network ended by itself: ${this.output}`);
  }
}

/** What is known of the network over all its lives. */
class Knowledge {
  readonly rounds: Told<"round">[] = [];
  readonly final: Told<"final">[] = [];
  /** How many of `final` were looked for. */
  #checked = 0;
  /** Rounds below were told again by a later run. */
  #retold = 0;

  /** What the next run is to tell again. */
  get fromRound(): number {
    return this.#retold;
  }

  /** A round that was told: the next one, or one that is known. */
  add(told: Told<"round">): void {
    const known = this.rounds[told.round];
    if (known !== undefined) {
      assert.deepEqual(told, known, "a round has changed");
      return;
    }
    assert.equal(told.round, this.rounds.length, "a round is missing");
    const previous = this.rounds.at(-1);
    if (previous !== undefined) assert.equal(told.previousHash, previous.hash, `round ${told.round} follows another`);
    this.rounds.push(told);
  }

  /** Once all rounds were told again. */
  check(): void {
    for (const { hash, key, output, round } of this.final.slice(this.#checked)) {
      const found = this.rounds[round]?.transactions.find((one) => one.hash === hash);
      assert.deepEqual(found, { hash, output }, `${key} was final in round ${round}`);
    }
    this.#checked = this.final.length;
    // The last one may yet be told by this run for the first time, and is told again by the next.
    this.#retold = Math.max(0, this.rounds.length - 1);
    const all = this.rounds.flatMap(({ transactions }) => transactions.map(({ hash }) => hash));
    assert.equal(new Set(all).size, all.length, "a transaction is in two rounds");
  }

  keys(): string[] {
    return this.final.slice(-MAX_KEYS).map(({ key }) => key);
  }
}

/** Runs the network once; the rest of its life is up to `prng`. */
async function runAndKill(
  { bundle, dataDir, provisioner }: KillOptions,
  name: string,
  prng: Prng,
  knowledge: Knowledge,
  startMs: number | undefined,
): Promise<number | undefined> {
  const isEarly = startMs !== undefined && prng.below(EARLY_SHARE) === 0;
  const delayMs = prng.below(isEarly ? Math.ceil(startMs) : MAX_DELAY_MS);
  let awaited = prng.below(MAX_FINAL);
  const began = performance.now();
  let readyMs: number | undefined;
  const worked = Promise.withResolvers<void>();
  const checkKeys = knowledge.keys();
  const values = new Set<string>();
  const options = {
    name,
    clients: CLIENTS,
    provisioner,
    checkKeys,
    fromRound: knowledge.fromRound,
    bundlesFolder: bundle.bundlesFolder,
  };
  const network = new NetworkProcess(bundle.runtime, dataDir, { ...options, logLevel: "warn" }, (event) => {
    try {
      switch (event.kind) {
        case "round":
          return knowledge.add(event);
        case "value":
          assert.ok(event.found, `${event.key} is not in the state`);
          return void values.add(event.key);
        case "ready":
          readyMs = performance.now() - began;
          knowledge.check();
          assert.deepEqual([...values], checkKeys);
          return;
        case "final":
          knowledge.final.push(event);
          if (awaited-- === 0) worked.resolve();
          return;
        case "stopped":
          throw new Error(`the node stopped by itself: ${event.reason}`);
        case "turns":
          return;
      }
    } catch (e) {
      worked.reject(e as Error);
    }
  });
  worked.promise.catch(() => undefined);
  if (!isEarly) {
    await Promise.race([worked.promise, network.closed, sleep(START_LIMIT_MS, undefined, { ref: false })]);
  }
  await sleep(delayMs);
  await network.kill();
  // What was wrong while it ran, also in its last moments.
  worked.resolve();
  await worked.promise;
  assert.ok(isEarly || readyMs !== undefined, `the network did not start: ${network.output}`);
  return readyMs;
}

/** Throws at the first thing that is wrong. */
export async function killNetwork(options: KillOptions): Promise<KillSummary> {
  const { dataDir, kills, limitMs = Infinity, onKill = () => undefined, seed } = options;
  const prng = new Prng(seed);
  const knowledge = new Knowledge();
  const restartsMs: number[] = [];
  let ledger: SignatureLedger | undefined;
  let startMs: number | undefined;
  let early = 0;
  let done = 0;
  const began = performance.now();
  while (done < kills && performance.now() - began < limitMs) {
    const readyMs = await runAndKill(options, `run ${done}`, prng, knowledge, startMs);
    if (readyMs === undefined) early++;
    else if (startMs !== undefined) restartsMs.push(readyMs);
    // The first start unpacks the bundle; kills while starting are to come within a restart.
    startMs = readyMs ?? startMs;
    ledger ??= await newLedger(dataDir);
    const directory = dataDirectory(dataDir);
    await using chain = new ChainReader(directory);
    ledger.check(directory.engine, chain.blocks, COMMITS);
    onKill(++done);
  }
  await tellAllAgain(options, knowledge);
  const blocks = await replay(dataDir);
  const { final, rounds } = knowledge;
  const signatures = ledger?.size ?? 0;
  return { kills: done, early, blocks, rounds: rounds.length, final: final.length, signatures, restartsMs };
}

/** The whole history as the last start finds it is what was told while it was made. */
async function tellAllAgain({ bundle, dataDir, provisioner }: KillOptions, knowledge: Knowledge): Promise<void> {
  const { bundlesFolder, runtime } = bundle;
  const checkKeys = knowledge.final.slice(-LAST_KEYS).map(({ key }) => key);
  const options: ProcessOptions = { name: "last", clients: 0, fromRound: 0, checkKeys, provisioner, bundlesFolder };
  const { promise: done, reject, resolve } = Promise.withResolvers<void>();
  const last = knowledge.rounds.length;
  let told = 0;
  const network = new NetworkProcess(runtime, dataDir, { ...options, logLevel: "warn" }, (event) => {
    try {
      if (event.kind === "round") {
        knowledge.add(event);
        told++;
      }
      if (event.kind === "value") assert.ok(event.found, `${event.key} is not in the state`);
      if (event.kind === "stopped") throw new Error(`the node stopped by itself: ${event.reason}`);
      if (event.kind === "ready") resolve();
    } catch (e) {
      reject(e);
    }
  });
  const ended = network.closed.then(() => assert.fail(`the network ended by itself: ${network.output}`));
  ended.catch(() => undefined);
  try {
    await Promise.race([done, ended]);
  } finally {
    network.child.kill("SIGKILL");
    await network.closed;
  }
  knowledge.check();
  assert.ok(told >= last, "all rounds are told");
}

/** Plays the chain of a data directory from its genesis: the same states. The number of blocks. */
async function replay(dataDir: string): Promise<number> {
  const document = genesis.parseGenesis(readFileSync(join(dataDir, "genesis.json")));
  await using chain = new ChainReader(dataDirectory(dataDir));
  const records = Array.from(chain.lines(document), parseRecordedBlock);
  const debug = { dontBlameOasis: true, skipQuoteVerification: false, allowDebugEnclaves: false };
  const verifier = networkVerifier(document, { allowTestKeys: true });
  const { blocks, difference } = replayChain(document, records, { quotes: noQuotes, verifier, debug });
  assert.equal(difference, undefined, "the exported chain replays");
  return blocks;
}

async function newLedger(dataDir: string): Promise<SignatureLedger> {
  const directory = dataDirectory(dataDir);
  const { consensus } = loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });
  await using chain = new ChainReader(directory);
  const chainId = chain.blocks.loadHeader(chain.blocks.height)?.chainId;
  assert.ok(chainId !== undefined, "the first run made blocks");
  return new SignatureLedger(chainId, consensus.publicKey);
}

// Kills a running validator at random moments and looks at what it leaves behind: every start goes
// on from it, nothing is signed twice, and the state is the one that a replay from genesis gives.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  MemoryStateStore,
  MemoryUpgradeStore,
  UpgradeManager,
  networkStateMachine,
  networkVerifier,
  parseRecordedBlock,
  replayBlocks,
  type StateMachine,
} from "@wadi/apps";
import { chainIdOfContext } from "@wadi/comet-types";
import { Prng } from "@wadi/testing";
import { ChainReader } from "../src/export/chain-reader.ts";
import { dataDirectory, type DataDirectory } from "../src/node/data-dir.ts";
import { testIdentity } from "../src/testing/identity.ts";
import { testSwitches } from "../src/testing/memory-network.ts";
import { noQuotes } from "../src/testing/test-chain.ts";
import { KILLED, killDocument } from "./kill-network.ts";
import { SignatureLedger } from "../src/testing/signature-ledger.ts";

const program = fileURLToPath(new URL("kill-process.ts", import.meta.url));
/** A kill comes some blocks after the node's start, and then some milliseconds; one in so many while it starts. */
const MAX_BLOCKS = 4;
const MAX_DELAY_MS = 60;
const EARLY_SHARE = 5;
/** A start that takes longer has failed. */
const START_LIMIT_MS = 60_000;
/** Commits that are looked at after each kill: more than a run makes. */
const COMMITS = 200;

export interface KillSummary {
  readonly kills: number;
  /** Kills before the node took part. */
  readonly early: number;
  readonly blocks: number;
  /** Different messages that were signed. */
  readonly signatures: number;
  /** Starts at which applications and stores had to be brought together. */
  readonly replayed: number;
}

interface Run {
  readonly wasEarly: boolean;
  readonly replayed: boolean;
}

const isWork = (line: string): boolean => line.startsWith("ready") || line.startsWith("block");

/** Starts the validator and kills it; throws what it says if it ends by itself. */
async function runAndKill(dataDir: string, prng: Prng, startMs: number): Promise<Run & { readonly startMs: number }> {
  const child = spawn(process.execPath, ["--conditions=wadi-source", program, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dataDir, "..", "compile-cache") },
  });
  const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const isEarly = startMs > 0 && prng.below(EARLY_SHARE) === 0;
  let awaited = prng.below(MAX_BLOCKS);
  const delayMs = prng.below(isEarly ? Math.ceil(startMs) : MAX_DELAY_MS);
  const lines: string[] = [];
  const began = performance.now();
  let tookMs = startMs;
  const worked = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    // A block may come first, where the log held all that its decision takes.
    if (!isWork(line)) return;
    if (line.startsWith("ready")) tookMs = performance.now() - began;
    if (awaited-- === 0) worked.resolve();
  });
  if (!isEarly) await Promise.race([worked.promise, closed, sleep(START_LIMIT_MS, undefined, { ref: false })]);
  await sleep(delayMs);
  child.kill("SIGKILL");
  const [code, signal] = await closed;
  assert.equal(signal, "SIGKILL", `the validator ended by itself with ${code}: ${lines.join("\n")}`);
  const wasEarly = !lines.some(isWork);
  assert.ok(isEarly || !wasEarly, "the validator did not start");
  const rejected = lines.find((line) => line.startsWith("rejected"));
  assert.equal(rejected, undefined, "its own proposal was refused");
  return { wasEarly, replayed: lines.includes("replayed"), startMs: tookMs };
}

/** Plays the blocks that are new, and compares with the state in the data directory. */
async function follow(directory: DataDirectory, machine: StateMachine, ledger: SignatureLedger): Promise<void> {
  await using chain = new ChainReader(directory);
  ledger.check(directory.engine, chain.blocks, COMMITS);
  const { latest } = chain.states;
  const records = Array.from(chain.lines(machine.document, machine.lastHeight + 1), parseRecordedBlock);
  const { difference } = replayBlocks(machine, records);
  assert.deepEqual(difference, undefined);
  if (latest === undefined) return;
  assert.ok(chain.blocks.height - Number(latest) <= 1, "the state is at most a block behind");
  assert.equal(machine.lastHeight, Number(latest));
  assert.equal(chain.states.at(latest)?.syncRoot.hash, machine.lastRoot, "app hash");
}

/** Throws at the first thing that is wrong; `onKill` is told the number of kills so far. */
export async function killTest(
  folder: string,
  kills: number,
  seed: number,
  onKill: (kills: number) => void = () => undefined,
): Promise<KillSummary> {
  const dataDir = join(folder, "data");
  const { consensus } = testIdentity(dataDir, KILLED);
  const document = killDocument();
  const machine = networkStateMachine({
    document,
    quotes: noQuotes,
    store: new MemoryStateStore(),
    verifier: networkVerifier(document, testSwitches),
    upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
    debug: testSwitches,
  });
  const ledger = new SignatureLedger(chainIdOfContext(machine.chainContext), consensus.publicKey);
  const prng = new Prng(seed);
  let startMs = 0;
  let [early, replayed] = [0, 0];
  for (let kill = 1; kill <= kills; kill++) {
    const run = await runAndKill(dataDir, prng, startMs);
    ({ startMs } = run);
    if (run.wasEarly) early++;
    if (run.replayed) replayed++;
    await follow(dataDirectory(dataDir), machine, ledger);
    onKill(kill);
  }
  return { kills, early, replayed, blocks: machine.lastHeight, signatures: ledger.size };
}

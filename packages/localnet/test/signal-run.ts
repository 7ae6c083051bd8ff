// Ends the program by a signal at random moments of its start, as a local network and as a configured
// node: it is gone soon and in order, nothing
// of its runtime is left, and the data directory is as good as before.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { RuntimeClient } from "@wadi/api";
import type { KilledProcess } from "@wadi/consensus/testing";
import { RpcConnection } from "@wadi/rpc";
import { Prng } from "@wadi/testing";
import { setTimeout as sleep } from "node:timers/promises";

import { configurationOf, prepareExecutable, startConfigured, startExecutable, type Started } from "./executable.ts";
import { insertion } from "./key-value.ts";
import { sampleBundle } from "./sample-bundle.ts";

/** Starts in one data directory, of which the first unpacks the bundle and the last is a node's with a configuration. */
const STARTS = 3;
/** Whoever takes longer to end hangs, however slow the machine is. */
const LIMIT_MS = 60_000;

export interface SignalOptions {
  /** An empty folder. */
  readonly folder: string;
  readonly signals: number;
  readonly seed: number;
}

export interface SignalSummary {
  readonly signals: number;
  /** Signals before the program took care of them: the system ended it, and it had done nothing. */
  readonly early: number;
  /** Signals that came while the network started. */
  readonly starting: number;
  /** From the signal to the end, where the program took care of it. */
  readonly endsMs: readonly number[];
}

/** A summary for people. */
export function signalText({ early, endsMs, signals, starting }: SignalSummary): string {
  const sorted = endsMs.toSorted((a, b) => a - b).map(Math.round);
  return (
    `${signals} signals (${early} before they were taken care of, ${starting} while starting): nothing left, ` +
    `ends after ${sorted[sorted.length >> 1] ?? 0} ms (median), ${sorted.at(-1) ?? 0} ms (longest)`
  );
}

/** Throws at the first thing that is wrong. */
export async function signalNetwork({ folder, seed, signals }: SignalOptions): Promise<SignalSummary> {
  prepareExecutable();
  const prng = new Prng(seed);
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);
  const { runtime } = sampleBundle();
  const options = { runtime, args: ["--runtime", runtime], env: { TMPDIR: temporary } };
  const endsMs: number[] = [];
  let [early, starting, startMs, dataDir] = [0, 0, 0, ""];
  for (let i = 0; i < signals; i++) {
    if (i % STARTS === 0) {
      if (dataDir !== "") startMs = await useAndStop(dataDir, options);
      dataDir = join(folder, `data-${i}`);
    }
    const isLast = i % STARTS === STARTS - 1 && existsSync(join(dataDir, "genesis.json"));
    const up = Promise.withResolvers<void>();
    let isUp = false;
    const onStarted = (): void => {
      isUp = true;
      up.resolve();
    };
    await using network = isLast ? configured(dataDir, options) : startExecutable(dataDir, onStarted, options);
    // The first one shows how long a start takes.
    if (i === 0) await Promise.race([up.promise, network.closed]);
    else await sleep(prng.below(Math.ceil(startMs)));
    if (i === 0) startMs = performance.now() - network.beganMs;
    const signal = prng.below(2) === 0 ? "SIGINT" : "SIGTERM";
    const wasUp = isUp;
    const { bySystem, ms } = await end(network, signal);
    if (bySystem) early++;
    else {
      endsMs.push(ms);
      if (!wasUp) starting++;
    }
    requireNothingLeft(dataDir, temporary);
  }
  await useAndStop(dataDir, options);
  requireNothingLeft(dataDir, temporary);
  return { signals, early, starting, endsMs };
}

interface Options {
  readonly runtime: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function configured(dataDir: string, { env, runtime }: Options): KilledProcess {
  const config = `${dataDir}.yml`;
  writeFileSync(config, configurationOf(dataDir, runtime));
  return startConfigured(config, env);
}

/** Sends the signal and waits for the end. */
async function end(network: KilledProcess, signal: "SIGINT" | "SIGTERM"): Promise<{ bySystem: boolean; ms: number }> {
  const began = performance.now();
  network.child.kill(signal);
  const late = sleep(LIMIT_MS, undefined, { ref: false }).then(() => assert.fail(`no end after ${signal}`));
  const [code, by] = await Promise.race([network.closed, late]);
  const bySystem = by === signal;
  assert.ok(bySystem || code === 0, `ended with ${code ?? by} after ${signal}: ${network.output}`);
  assert.equal(network.output, "");
  return { bySystem, ms: performance.now() - began };
}

/** Runs a network where starts were ended, with a transaction; how long the start took. */
async function useAndStop(dataDir: string, options: Options): Promise<number> {
  const started = Promise.withResolvers<readonly [Started, number]>();
  await using network = startExecutable(dataDir, (event, { readyMs }) => started.resolve([event, readyMs]), options);
  void network.closed.then(() => started.reject(new Error(`the network ended by itself: ${network.output}`)));
  const [{ runtime_id: runtimeId, socket }, readyMs] = await started.promise;
  using connection = new RpcConnection(`unix:${socket}`);
  const data = insertion("somebody", 0n, "key", "value");
  const { checkTxError } = await connection.of(RuntimeClient).SubmitTxMeta({ runtimeId, data });
  assert.equal(checkTxError ?? undefined, undefined);
  await end(network, "SIGINT");
  return readyMs;
}

/** When the program has ended, so has everything that it started. */
function requireNothingLeft(dataDir: string, temporary: string): void {
  assert.deepEqual(processesKnowing(basename(join(dataDir, ".."))), [], "processes are left");
  assert.deepEqual(readdirSync(temporary), [], "temporary files are left");
  assert.equal(existsSync(join(dataDir, "internal.sock")), false, "the socket is left");
}

/** Processes other than this one that have files of a folder open or mounted. */
function processesKnowing(name: string): readonly string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return false;
    try {
      const files = readdirSync(`/proc/${entry}/fd`).map((fd) => readlinkSync(`/proc/${entry}/fd/${fd}`));
      return [...files, readFileSync(`/proc/${entry}/mountinfo`, "utf8")].some((text) => text.includes(name));
    } catch {
      // It ended in between, or belongs to somebody else.
      return false;
    }
  });
}

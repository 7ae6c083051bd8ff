// What somebody waits for who runs `oasis-node localnet`, as `npm start` does: from the start of
// the process to the first final transaction and, after a kill under load, until it takes
// transactions again; and the memory of the process, which here is alone in it.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RuntimeClient } from "@wadi/api";
import { RpcConnection } from "@wadi/rpc";
import { benchLine } from "@wadi/testing";
import type { Namespace } from "@wadi/types";
import { must } from "@wadi/util";

import { insertion } from "../test/key-value.ts";
import { sampleBundle } from "../test/sample-bundle.ts";

const program = fileURLToPath(new URL("../../../bin/oasis-node", import.meta.url));
const RUNS = 5;
const CLIENTS = 100;
/** After so many transactions the memory is looked at. */
const MEMORY_AFTER = [10_000, 20_000, 50_000];
/** Before each kill. */
const LOAD = 200;
const BYTES_PER_MB = 1e6;

interface StartedLine {
  readonly event: "started";
  readonly socket: string;
  readonly runtime_id: Namespace;
  readonly boot: readonly { readonly step: string; readonly ms: number; readonly cpu_ms: number }[];
}

interface Network {
  readonly child: ChildProcess;
  readonly started: StartedLine;
  /** From the start of the process to the line that says that it takes transactions. */
  readonly startedMs: number;
  /** The next line of that kind, and when it came after the start of the process. */
  next(event: string): Promise<{ readonly ms: number }>;
  readonly closed: Promise<unknown>;
}

async function run(...args: readonly string[]): Promise<Network> {
  const began = performance.now();
  const child = spawn(program, ["localnet", "--json", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (event: string): Promise<{ readonly line: unknown; readonly ms: number }> => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the network ended before "${event}"`);
      const line = JSON.parse(value) as { readonly event: string };
      if (line.event === event) return { line, ms: performance.now() - began };
    }
  };
  const { line, ms } = await next("started");
  return { child, started: line as StartedLine, startedMs: ms, next, closed };
}

function median(values: readonly number[]): number {
  return must(values.toSorted((a, b) => a - b)[values.length >> 1]);
}

/** `modules 210 (180), ...`: milliseconds since the start, and of processor time. */
function stepsText({ boot }: StartedLine): string {
  return boot.map(({ cpu_ms, ms, step }) => `${step} ${ms} (${cpu_ms})`).join(", ");
}

async function firstTransaction(name: string, ran: string, argsOf: (run: number) => readonly string[]): Promise<void> {
  const times: { readonly ms: number; readonly started: StartedLine }[] = [];
  for (let i = 0; i < RUNS; i++) {
    const network = await run("--once", ...argsOf(i));
    times.push({ ms: (await network.next("demo")).ms, started: network.started });
    await network.closed;
  }
  const value = median(times.map(({ ms }) => ms));
  const { started } = must(times.find(({ ms }) => ms === value));
  benchLine({ name, unit: "ms", value, ran: `${ran}; ${stepsText(started)}`, reference: 63_000 });
  const cpu = median(times.map((each) => must(each.started.boot.at(-1)).cpu_ms));
  benchLine({ name: `${name}/cpu`, unit: "cpu-s", value: cpu / 1000, ran: "node process until it takes transactions" });
}

/** Transactions by clients that each wait for finality. */
async function load({ runtime_id: runtimeId, socket }: StartedLine, name: string, count: number): Promise<void> {
  using connection = new RpcConnection(`unix:${socket}`);
  const client = connection.of(RuntimeClient);
  const each = async (i: number): Promise<void> => {
    const sender = `${name} ${i}`;
    for (let nonce = 0n; nonce < count / CLIENTS; nonce++) {
      const data = insertion(sender, nonce, `key ${nonce % 100n}`, `${nonce}`);
      const { checkTxError } = await client.SubmitTxMeta({ runtimeId, data });
      if (checkTxError) throw new Error(checkTxError.message ?? "");
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => each(i)));
}

async function restarts(dataDir: string): Promise<void> {
  const times: { readonly ms: number; readonly started: StartedLine }[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const network = await run("--data-dir", dataDir);
    if (i > 0) times.push({ ms: network.startedMs, started: network.started });
    await load(network.started, `restart ${i}`, LOAD);
    network.child.kill("SIGKILL");
    await network.closed;
  }
  const value = median(times.map(({ ms }) => ms));
  const { started } = must(times.find(({ ms }) => ms === value));
  const ran = `until it takes transactions again, ${LOAD} transactions before each kill; ${stepsText(started)}`;
  benchLine({ name: "localnet/restart-after-kill", unit: "ms", value, ran });
}

/** Resident memory of a process and of what it consists: all, private, of files. */
function residentMb(pid: number, field: "VmRSS" | "RssAnon" | "VmHWM"): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(must(line?.[1])) * 1024) / BYTES_PER_MB;
}

/** Processes below this one. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  const below = children === "" ? [] : children.split(" ").map(Number);
  return below.flatMap((child) => [child, ...descendants(child)]);
}

function memory(pid: number, when: string): void {
  const anonymous = residentMb(pid, "RssAnon").toFixed(0);
  const ran = `resident, node process; ${anonymous} MB of it not of files`;
  benchLine({ name: `localnet/memory/${when}`, unit: "MB", value: residentMb(pid, "VmRSS"), ran, reference: 906 });
  const runtime = descendants(pid).reduce((sum, below) => sum + residentMb(below, "VmRSS"), 0);
  const name = `localnet/runtime-memory/${when}`;
  benchLine({ name, unit: "MB", value: runtime, ran: "resident, runtime and sandbox" });
}

async function memories(dataDir: string): Promise<void> {
  const { child, closed, started } = await run("--data-dir", dataDir);
  const pid = must(child.pid);
  memory(pid, "boot");
  let done = 0;
  for (const count of MEMORY_AFTER) {
    await load(started, `memory ${count}`, count - done);
    done = count;
    memory(pid, `${count / 1000}k`);
  }
  child.kill("SIGINT");
  await closed;
}

const folder = mkdtempSync(join(tmpdir(), "wadi-boot-bench-"));
try {
  const { runtime } = sampleBundle();
  // Fills the compile cache.
  await (
    await run("--once")
  ).closed;
  const folderOf = (kind: string, i: number): string => join(folder, `${kind}-${i}`);
  const sample = (i: number): string[] => ["--data-dir", folderOf("sample", i)];
  await firstTransaction("localnet/first-transaction", "new folder, sample as npm start has it", sample);
  await firstTransaction("localnet/first-transaction/kept", "kept folder", sample);
  const bundle = (i: number): string[] => ["--runtime", runtime, "--data-dir", folderOf("bundle", i)];
  await firstTransaction("localnet/first-transaction/bundle", "new folder, bundle to be unpacked into it", bundle);
  await restarts(folderOf("restart", 0));
  await memories(folderOf("memory", 0));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

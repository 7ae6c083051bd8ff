// What somebody waits for who runs `oasis-node localnet`, as `npm start` does: from the start of
// the process to the first final transaction and, after a kill under load, until it takes
// transactions again; and the memory of the process, which here is alone in it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchLine } from "@wadi/testing";
import { must } from "@wadi/util";

import { residentMb, runLocalnet, runtimeMb, submitAll, type StartedLine } from "../test/localnet-program.ts";
import { sampleBundle } from "../test/sample-bundle.ts";

const RUNS = 5;
const CLIENTS = 100;
/** After so many transactions the memory is looked at. */
const MEMORY_AFTER = [10_000, 20_000, 50_000];
/** Before each kill. */
const LOAD = 200;

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
    const network = await runLocalnet("--once", ...argsOf(i));
    times.push({ ms: (await network.next("demo")).ms, started: network.started });
    await network.closed;
  }
  const value = median(times.map(({ ms }) => ms));
  const { started } = must(times.find(({ ms }) => ms === value));
  benchLine({ name, unit: "ms", value, ran: `${ran}; ${stepsText(started)}`, reference: 63_000 });
  const cpu = median(times.map((each) => must(each.started.boot.at(-1)).cpu_ms));
  benchLine({ name: `${name}/cpu`, unit: "cpu-s", value: cpu / 1000, ran: "node process until it takes transactions" });
}

async function restarts(dataDir: string): Promise<void> {
  const times: { readonly ms: number; readonly started: StartedLine }[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const network = await runLocalnet("--data-dir", dataDir);
    if (i > 0) times.push({ ms: network.startedMs, started: network.started });
    await submitAll(network.started, `restart ${i}`, { clients: CLIENTS, count: LOAD });
    network.child.kill("SIGKILL");
    await network.closed;
  }
  const value = median(times.map(({ ms }) => ms));
  const { started } = must(times.find(({ ms }) => ms === value));
  const ran = `until it takes transactions again, ${LOAD} transactions before each kill; ${stepsText(started)}`;
  benchLine({ name: "localnet/restart-after-kill", unit: "ms", value, ran });
}

function memory(pid: number, when: string): void {
  const anonymous = residentMb(pid, "RssAnon").toFixed(0);
  const ran = `resident, node process; ${anonymous} MB of it not of files`;
  benchLine({ name: `localnet/memory/${when}`, unit: "MB", value: residentMb(pid, "VmRSS"), ran, reference: 906 });
  const name = `localnet/runtime-memory/${when}`;
  benchLine({ name, unit: "MB", value: runtimeMb(pid), ran: "resident, runtime and sandbox" });
}

async function memories(dataDir: string): Promise<void> {
  const { child, closed, started } = await runLocalnet("--data-dir", dataDir);
  const pid = must(child.pid);
  memory(pid, "boot");
  let done = 0;
  for (const count of MEMORY_AFTER) {
    await submitAll(started, `memory ${count}`, { clients: CLIENTS, count: count - done });
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
    await runLocalnet("--once")
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

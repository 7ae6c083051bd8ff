// The built program, run as an operator runs it: `bin/oasis-node localnet --json`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KilledProcess } from "@wadi/consensus/testing";
import type { Namespace } from "@wadi/types";
import { fromHex, toBase64 } from "@wadi/util";

import { entitySigner } from "../src/genesis.ts";
import { availableProvisioner } from "./provisioner.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = join(root, "bin", "oasis-node");
/** The program runs on this Node too; `npm run setup` is for the one that the system has. */
const setup = [process.execPath, join(root, "scripts", "setup.mjs")] as const;
const provisioner = availableProvisioner();
const flags = provisioner === "sandboxed" ? [] : ["--unconfined"];

/**
 * Once, before the program is started: builds it if sources are newer than it, and has it leave what
 * its later starts find, the compiled code and the sample's bundle.
 */
export function prepareExecutable(): void {
  run(...setup);
  run(program, "localnet", "--once", "--json", ...flags);
}

function run(file: string, ...args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(file, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} failed: ${stdout}${stderr}`);
}

/** The line that says that the network takes transactions. */
export interface Started {
  readonly socket: string;
  readonly runtime_id: Namespace;
  readonly boot: readonly { readonly step: string; readonly ms: number; readonly cpu_ms: number }[];
}

/** What a start took. */
export interface StartTimes {
  /** From the start of the process until it takes transactions. */
  readonly readyMs: number;
  /** Processor time of the node's process until then, of all its threads. */
  readonly cpuMs: number;
  /** How long its main thread was ready to run until then and did not, as others did; undefined where the system does not tell. */
  readonly waitedMs: number | undefined;
}

/** The text of a configuration file with which a node takes over what a local network has left. */
export function configurationOf(dataDir: string, runtime: string): string {
  return `mode: compute
common:
  data_dir: ${dataDir}
  debug: { allow_root: true }
  log: { file: node.log, format: JSON, level: { default: info } }
genesis: { file: ${join(dataDir, "genesis.json")} }
consensus: { validator: true, listen_address: "tcp://127.0.0.1:26656" }
p2p: { registration: { addresses: ["127.0.0.1:9200"] } }
registration: { entity_id: ${toBase64(fromHex(entitySigner().publicKey))} }
runtime: { paths: [${runtime}], provisioner: ${provisioner} }
`;
}

/** Starts a node with a configuration file in a debugging network; its log is a file. */
export function startConfigured(config: string, env: Readonly<Record<string, string>> = {}): KilledProcess {
  const args = ["--config", config, "--debug.dont_blame_oasis", "--debug.allow_test_keys"];
  return new KilledProcess([program, ...args], { env, onLine: () => false });
}

export interface ExecutableOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a network; `onStarted` is called when it is up. */
export function startExecutable(
  dataDir: string,
  onStarted: (started: Started, times: StartTimes) => void,
  { args = [], env = {} }: ExecutableOptions = {},
): KilledProcess {
  const network = new KilledProcess([program, "localnet", "--json", "--data-dir", dataDir, ...flags, ...args], {
    env,
    onLine: (line) => {
      // The last one may be cut off.
      if (!line.startsWith("{") || !line.endsWith("}")) return false;
      const event = JSON.parse(line) as ({ readonly event: "started" } & Started) | { readonly event: "another" };
      if (event.event !== "started") return true;
      const readyMs = performance.now() - network.beganMs;
      onStarted(event, { readyMs, cpuMs: event.boot.at(-1)?.cpu_ms ?? 0, waitedMs: waitedMs(network.child.pid) });
      return true;
    },
  });
  return network;
}

/** Time on the run queue of a process's main thread. */
function waitedMs(pid: number | undefined): number | undefined {
  try {
    const [, delayNanos] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(delayNanos) / 1e6;
  } catch {
    return undefined;
  }
}

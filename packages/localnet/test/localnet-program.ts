// `oasis-node localnet` as somebody runs it, from the bundle that the set-up made.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RuntimeClient } from "@wadi/api";
import { RpcConnection } from "@wadi/rpc";
import type { Namespace } from "@wadi/types";
import { must } from "@wadi/util";

import { insertion } from "./key-value.ts";

const program = fileURLToPath(new URL("../../../bin/oasis-node", import.meta.url));
const BYTES_PER_MB = 1e6;

export interface StartedLine {
  readonly event: "started";
  readonly socket: string;
  readonly runtime_id: Namespace;
  readonly boot: readonly { readonly step: string; readonly ms: number; readonly cpu_ms: number }[];
}

export interface LocalnetProgram {
  readonly child: ChildProcess;
  readonly started: StartedLine;
  /** From the start of the process to the line that says that it takes transactions. */
  readonly startedMs: number;
  /** The next line of that kind, and when it came after the start of the process. */
  next(event: string): Promise<{ readonly ms: number }>;
  readonly closed: Promise<unknown>;
}

/** Starts it; resolves when it takes transactions. */
export async function runLocalnet(...args: readonly string[]): Promise<LocalnetProgram> {
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

/** Transactions by clients that each wait for finality; `name` is new with each call. */
export async function submitAll(
  { runtime_id: runtimeId, socket }: StartedLine,
  name: string,
  { clients, count }: { readonly clients: number; readonly count: number },
): Promise<void> {
  using connection = new RpcConnection(`unix:${socket}`);
  const client = connection.of(RuntimeClient);
  const each = async (i: number): Promise<void> => {
    const sender = `${name} ${i}`;
    for (let nonce = 0n; nonce < count / clients; nonce++) {
      const data = insertion(sender, nonce, `key ${nonce % 100n}`, `${nonce}`);
      const { checkTxError } = await client.SubmitTxMeta({ runtimeId, data });
      if (checkTxError) throw new Error(checkTxError.message ?? "");
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => each(i)));
}

/** Resident memory of a process and of what it consists: all, private, of files. */
export function residentMb(pid: number, field: "VmRSS" | "RssAnon" | "VmHWM"): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return (Number(must(line?.[1])) * 1024) / BYTES_PER_MB;
}

/** Processes below this one. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  const below = children === "" ? [] : children.split(" ").map(Number);
  return below.flatMap((child) => [child, ...descendants(child)]);
}

/** Resident memory of the runtime of a network, with its sandbox. */
export function runtimeMb(pid: number): number {
  return descendants(pid).reduce((sum, below) => sum + residentMb(below, "VmRSS"), 0);
}

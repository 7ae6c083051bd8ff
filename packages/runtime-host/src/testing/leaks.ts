// What a test might leave behind: descriptors, child processes, temporary files, control groups.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { temporaryFolder } from "./temporary-folder.ts";

export interface Leftovers {
  readonly descriptors: number;
  /** Below this process, by their ids. */
  readonly processes: readonly number[];
  readonly files: readonly string[];
}

/** A folder of its own for temporary files, until the end of the scope. */
export async function ownTemporaryDirectory(): Promise<AsyncDisposable> {
  const before = process.env["TMPDIR"];
  const folder = await temporaryFolder();
  process.env["TMPDIR"] = folder.path;
  return {
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What there is now; to be taken before and after. */
export function leftovers(): Leftovers {
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    processes: descendants(process.pid),
    files: readdirSync(tmpdir()).sort(),
  };
}

/** The processes below one, without those that have ended and wait to be asked for. */
export function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [, state, parent] = statusOf(Number(name)) ?? [];
    if (state !== "Z" && parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found.slice(1);
}

/** Processes that have ended and were not yet asked for do not run. */
export function isRunning(pid: number): boolean {
  const [, state] = statusOf(pid) ?? [];
  return state !== undefined && state !== "Z";
}

const GONE_LIMIT_MS = 30_000;

/**
 * Waits until there are no such processes; gives those that there still are after half a minute. It
 * has to look again and again: the system tells only a parent of the end of a process.
 */
export async function untilGone(find: () => readonly number[]): Promise<readonly number[]> {
  for (const start = performance.now(); ; await sleep(10)) {
    const found = find();
    if (found.length === 0 || performance.now() - start > GONE_LIMIT_MS) return found;
  }
}

function statusOf(pid: number): RegExpExecArray | null {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  try {
    return /\) (\S) (\d+) /.exec(readFileSync(path, "utf8"));
  } catch {
    // It ended in between.
    return null;
  }
}

// Starting a program for a component and waiting until it connects.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { systemTimers } from "../rhp/system-timers.ts";
import { LaunchError, systemErrorText } from "../sandbox/errors.ts";
import { inheritedDescriptors } from "./inherited-descriptors.ts";
import { readBounded } from "./bounded-output.ts";
import { exitOf } from "./exit-reason.ts";
import { ProcessTree } from "./kill-tree.ts";
import type { HostSocket } from "./host-socket.ts";
import { endGuard, guarded } from "./launch-guard.ts";
import type { LaunchedProcess, LaunchOptions } from "./launcher.ts";

/** A program to start as a child. */
export interface ChildProgram {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** All of its environment: nothing of the node's is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files to be read from, as descriptors from 3 on. */
  readonly inputs?: readonly string[];
  /** The program makes a sandbox; see launch-guard.ts. Mounts of it have this name of a directory. */
  readonly guardedName?: string;
}

/**
 * Starts the program in a process group of its own and takes the connection that it makes. What
 * the program prints goes to `options.output`. Rejects with a LaunchError; then the group is gone.
 */
export async function startChild(
  program: ChildProgram,
  socket: HostSocket,
  options: LaunchOptions & { readonly spawnFailure: string },
): Promise<LaunchedProcess> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = await spawnWithInputs(program, options.spawnFailure);
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const lift = readBounded(streams, options.output, systemTimers);
  child.once("exit", lift);
  const exited = exitOf(child);
  const tree = new ProcessTree(child);
  const kill = (): void => tree.kill();
  try {
    const stream = await socket.accept(exited, signal === undefined ? {} : { signal });
    if (program.guardedName !== undefined) endGuard(child);
    return { pid: child.pid, stream, exited, kill };
  } catch (e) {
    kill();
    await exited;
    throw e;
  }
}

type Stdio = (number | "ignore" | "pipe")[];

/** Puts the null device in place of descriptors that the child would otherwise inherit. */
function withoutInherited(stdio: Stdio, nullDevice: number): Stdio {
  const all = [...stdio];
  for (const fd of inheritedDescriptors()) {
    while (all.length < fd) all.push("ignore");
    if (all.length === fd) all.push(nullDevice);
  }
  return all;
}

async function spawnWithInputs(
  { command, environment, inputs = [], guardedName }: ChildProgram,
  failure: string,
): Promise<ChildProcess> {
  const opened: number[] = [];
  try {
    for (const path of inputs) opened.push(openSync(path, "r"));
    const [file, ...args] =
      guardedName === undefined ? command : guarded(command, { given: inputs.length, name: guardedName });
    const nothing = openSync("/dev/null", "r");
    const stdio = withoutInherited([guardedName === undefined ? "ignore" : "pipe", "pipe", "pipe", ...opened], nothing);
    opened.push(nothing);
    const child = spawn(file, args, { stdio, env: environment, detached: true });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    // A failed kill is reported there too; there is nothing to be done about it.
    child.on("error", () => undefined);
    return child;
  } catch (e) {
    throw new LaunchError("spawn", `${failure}: ${systemErrorText(e)}`, e);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Writes bytes to a file that only this launch reads; its path. */
export async function privateFile(socket: HostSocket, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(socket.directory, name);
  await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
  return path;
}

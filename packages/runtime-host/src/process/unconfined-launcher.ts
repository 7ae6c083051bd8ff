// Runs programs as plain child processes, for debugging only.
// Reference: go/runtime/host/sandbox/process/naked.go.
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { LaunchError } from "../sandbox/errors.ts";
import { startChild } from "./child.ts";
import { HostSocket } from "./host-socket.ts";
import type { LaunchRecords } from "./launch-records.ts";
import type { LaunchedProcess, Launcher, LaunchOptions } from "./launcher.ts";
import { elfProgram, HOST_SOCKET_VARIABLE, type ProgramOf } from "./programs.ts";

/** Has the kernel kill the program when the node dies; part of every usual Linux. */
const SETPRIV = "/usr/bin/setpriv";

export interface UnconfinedOptions {
  /** Debugging must have been asked for (`--debug.dont_blame_oasis`). */
  readonly allowUnsafe: boolean;
  readonly log?: HostLog;
  /** See SandboxOptions. */
  readonly records?: LaunchRecords;
}

/** Refuses what only debugging allows. */
export function requireUnsafe(what: string, allowUnsafe: boolean): void {
  if (!allowUnsafe) throw new LaunchError("configuration", `${what} need the debug flag --debug.dont_blame_oasis`);
}

/** Launches programs with all rights of the node: by default the component's ELF executable. */
export class UnconfinedLauncher implements Launcher {
  readonly name: string;
  readonly #log: HostLog;
  readonly #programOf: ProgramOf;
  readonly #records: LaunchRecords | undefined;

  /** Throws a LaunchError unless debugging was asked for. */
  constructor(
    { allowUnsafe, log = silentLog, records }: UnconfinedOptions,
    name = "sandbox",
    programOf: ProgramOf = elfProgram,
  ) {
    requireUnsafe("unconfined runtimes", allowUnsafe);
    this.name = name;
    this.#log = log;
    this.#records = records;
    this.#programOf = programOf;
  }

  async launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess> {
    await using socket = await HostSocket.listen(this.#records);
    this.#log.warn("starting an UNSANDBOXED runtime");
    const place = { directory: socket.directory, isSandboxed: false, socket: socket.path };
    const program = await this.#programOf(component, place);
    for (const { source, target } of program.copied ?? []) {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await copyFile(source, target);
    }
    const plain: [string, ...string[]] = [program.executable, ...(program.arguments ?? [])];
    const command: [string, ...string[]] =
      process.platform === "linux" && existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", ...plain] : plain;
    const environment = { ...program.environment, [HOST_SOCKET_VARIABLE]: socket.path };
    return await startChild({ command, environment }, socket, { ...options, spawnFailure: "failed to spawn process" });
  }
}

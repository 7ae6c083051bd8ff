// Runs a component's ELF executable as a plain child process, for debugging only.
// Reference: go/runtime/host/sandbox/process/naked.go.
import { existsSync } from "node:fs";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { LaunchError } from "../sandbox/errors.ts";
import { startChild } from "./child.ts";
import { HostSocket } from "./host-socket.ts";
import type { LaunchedProcess, Launcher, LaunchOptions } from "./launcher.ts";
import { elfPath, HOST_SOCKET_VARIABLE } from "./sandboxed-launcher.ts";

/** Has the kernel kill the program when the node dies; part of every usual Linux. */
const SETPRIV = "/usr/bin/setpriv";

export interface UnconfinedOptions {
  /** Debugging must have been asked for (`--debug.dont_blame_oasis`). */
  readonly allowUnsafe: boolean;
  readonly log?: HostLog;
}

/** Launches components with all rights of the node. */
export class UnconfinedLauncher implements Launcher {
  readonly name = "sandbox";
  readonly #log: HostLog;

  /** Throws a LaunchError unless debugging was asked for. */
  constructor({ allowUnsafe, log = silentLog }: UnconfinedOptions) {
    if (!allowUnsafe) {
      throw new LaunchError("configuration", "unconfined runtimes need the debug flag --debug.dont_blame_oasis");
    }
    this.#log = log;
  }

  async launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess> {
    await using socket = await HostSocket.listen();
    this.#log.warn("starting an UNSANDBOXED runtime");
    const path = elfPath(component);
    const command: [string, ...string[]] =
      process.platform === "linux" && existsSync(SETPRIV) ? [SETPRIV, "--pdeathsig", "KILL", "--", path] : [path];
    const environment = { [HOST_SOCKET_VARIABLE]: socket.path };
    return await startChild({ command, environment }, socket, { ...options, spawnFailure: "failed to spawn process" });
  }
}

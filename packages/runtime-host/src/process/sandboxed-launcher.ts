// Runs a component's ELF executable in bubblewrap. Reference: go/runtime/host/sandbox/provisioner.go
// and process/bwrap.go; unlike there, nothing of the node's environment reaches the component.
import { access } from "node:fs/promises";
import { basename } from "node:path";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import {
  bwrapArguments,
  bwrapCommandLine,
  encodeArguments,
  type SandboxedProgram,
} from "../sandbox/bwrap-arguments.ts";
import { LaunchError, systemErrorText } from "../sandbox/errors.ts";
import { seccompProgram } from "../sandbox/seccomp.ts";
import { resolveLibraries } from "../sandbox/shared-libraries.ts";
import { privateFile, startChild } from "./child.ts";
import { HostSocket } from "./host-socket.ts";
import { elfProgram, HOST_SOCKET_VARIABLE, type ProgramOf } from "./programs.ts";
import type { ExitReason, LaunchedProcess, Launcher, LaunchOptions } from "./launcher.ts";
import type { LaunchRecords } from "./launch-records.ts";
import { type LimitedCommand, noLimits, type ProcessLimiter } from "./limits.ts";

/** Where the sandbox has the host's socket. */
const GUEST_SOCKET = "/host.sock";

export const DEFAULT_SANDBOX_BINARY = "/usr/bin/bwrap";

export interface SandboxOptions {
  /** Path of bubblewrap. */
  readonly sandboxBinary?: string;
  /** Searched for libraries after the system's cache: the node's LD_LIBRARY_PATH. */
  readonly libraryPath?: string;
  readonly limiter?: ProcessLimiter;
  /** So that a later process finds what a kill of this one leaves behind. */
  readonly records?: LaunchRecords;
}

/** Launches programs in sandboxes: by default the component's ELF executable. */
export class SandboxedLauncher implements Launcher {
  readonly name: string;
  readonly #options: SandboxOptions;
  readonly #programOf: ProgramOf;

  constructor(options: SandboxOptions = {}, name = "sandbox", programOf: ProgramOf = elfProgram) {
    this.name = name;
    this.#options = options;
    this.#programOf = programOf;
  }

  async launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess> {
    await using socket = await HostSocket.listen(this.#options.records);
    const place = { directory: socket.directory, isSandboxed: true, socket: GUEST_SOCKET };
    const program = withSocket(await this.#programOf(component, place), socket);
    return await this.#start(program, socket, options);
  }

  async #start(program: SandboxedProgram, socket: HostSocket, options: LaunchOptions): Promise<LaunchedProcess> {
    const { sandboxBinary = DEFAULT_SANDBOX_BINARY, libraryPath, limiter = noLimits } = this.#options;
    await requireSandbox(sandboxBinary);
    const search = libraryPath === undefined ? {} : { fallbackPath: libraryPath };
    const libraries = await resolveLibraries(program.executable, search);
    const args = encodeArguments(bwrapArguments(program, libraries));
    const inputs = [
      await privateFile(socket, "sandbox-arguments", args),
      await privateFile(socket, "system-calls", seccompProgram()),
      ...(program.copied ?? []).map(({ source }) => source),
    ];
    const limited = await limiter.limit([sandboxBinary, ...bwrapCommandLine(program)]);
    const failure = { spawnFailure: "failed to spawn sandbox" };
    try {
      const child = { command: limited.command, environment: {}, inputs, guardedName: basename(socket.directory) };
      const launched = await startChild(child, socket, { ...options, ...failure });
      return { ...launched, exited: releasedAfter(launched.exited, limited) };
    } catch (e) {
      await limited.release();
      throw e;
    }
  }
}

function withSocket(program: SandboxedProgram, socket: HostSocket): SandboxedProgram {
  return {
    ...program,
    environment: { ...program.environment, [HOST_SOCKET_VARIABLE]: GUEST_SOCKET },
    writable: [{ source: socket.path, target: GUEST_SOCKET }, ...(program.writable ?? [])],
  };
}

async function releasedAfter(exited: Promise<ExitReason>, limited: LimitedCommand): Promise<ExitReason> {
  const reason = await exited;
  await limited.release();
  return reason;
}

async function requireSandbox(path: string): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new LaunchError("unsupported", "failed to spawn sandbox: dynlib: unsupported os/architecture");
  }
  try {
    await access(path);
  } catch (e) {
    const isMissing = e instanceof Error && "code" in e && e.code === "ENOENT";
    const what = isMissing ? "sandbox binary not found" : `failed to stat sandbox binary: ${systemErrorText(e)}`;
    throw new LaunchError("sandboxBinary", `failed to spawn sandbox: ${what}`, e);
  }
}

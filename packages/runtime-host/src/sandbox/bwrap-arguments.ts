// What bubblewrap is told. The order is part of the contract.
// Reference: go/runtime/host/sandbox/process/bwrap.go.
import { posix } from "node:path";

import type { SharedLibrary } from "./shared-libraries.ts";

/** A file of the node under another path inside. */
export interface Bind {
  readonly source: string;
  readonly target: string;
}

/** What runs in the sandbox, and what it sees. */
export interface SandboxedProgram {
  readonly executable: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly allowNetwork?: boolean;
  readonly writable?: readonly Bind[];
  readonly readOnly?: readonly Bind[];
  readonly devices?: readonly Bind[];
  /** Copied in when the sandbox is made: later changes of the source do not reach it. */
  readonly copied?: readonly Bind[];
}

/** Descriptors of the sandbox program. */
const ARGUMENTS_FD = 3;
const SECCOMP_FD = 4;
const FIRST_COPIED_FD = 5;

const ENTRYPOINT = "/entrypoint";
const LIBRARIES = "/usr/lib";

/** The command line after the program's name. */
export function bwrapCommandLine({ arguments: args = [] }: SandboxedProgram): string[] {
  return ["--args", String(ARGUMENTS_FD), "--", ENTRYPOINT, ...args];
}

/** The arguments on descriptor 3. */
export function bwrapArguments(program: SandboxedProgram, libraries: readonly SharedLibrary[]): string[] {
  const { allowNetwork = false, environment = {}, writable = [], readOnly = [], devices = [], copied = [] } = program;
  return [
    "--unshare-all",
    "--cap-drop",
    "ALL",
    "--hostname",
    "oasis-core",
    "--tmpfs",
    "/tmp",
    "--dev",
    "/dev",
    "--die-with-parent",
    "--new-session",
    "--chdir",
    "/",
    "--ro-bind",
    program.executable,
    ENTRYPOINT,
    ...(allowNetwork ? ["--share-net", "--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"] : []),
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...writable.flatMap(({ source, target }) => ["--dir", posix.dirname(target), "--bind", source, target]),
    ...readOnly.flatMap(({ source, target }) => ["--dir", posix.dirname(target), "--ro-bind", source, target]),
    ...devices.flatMap(({ source, target }) => ["--dev-bind", source, target]),
    ...libraries.flatMap(({ path, soname }) => ["--ro-bind", path, `${libraryDirectory(soname)}/${soname}`]),
    "--symlink",
    LIBRARIES,
    `${LIBRARIES}64`,
    "--seccomp",
    String(SECCOMP_FD),
    ...copied.flatMap(({ target }, i) => [
      "--dir",
      posix.dirname(target),
      "--ro-bind-data",
      String(FIRST_COPIED_FD + i),
      target,
    ]),
  ];
}

/** The loader is found by its path in executables, everything else by the loader. */
function libraryDirectory(soname: string): string {
  return soname.startsWith("ld-linux") ? "/lib64" : LIBRARIES;
}

/** The arguments as bytes: each followed by a zero byte. */
export function encodeArguments(args: readonly string[]): Uint8Array {
  return Buffer.from(args.map((arg) => `${arg}\0`).join(""));
}

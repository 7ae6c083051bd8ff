// Why a runtime could not be started. The reference registers no codes for these, so on a wire all
// are (`unknown`, 1). Texts are those that operators know from its log.
import { getSystemErrorMessage } from "node:util";

import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

export type LaunchErrorKind =
  | "unsupported"
  | "sandboxBinary"
  | "prerequisite"
  | "executable"
  | "library"
  | "temporaryDirectory"
  | "hostSocket"
  | "spawn"
  | "connect"
  | "configuration"
  | "enclave"
  | "aesm"
  | "aborted";

export class LaunchError extends WadiError {
  override readonly name = "LaunchError";
  readonly kind: LaunchErrorKind;

  constructor(kind: LaunchErrorKind, text: string, cause?: unknown) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text }, cause === undefined ? {} : { cause });
    this.kind = kind;
  }
}

/** `mkdir /tmp/x: read-only file system`, as Go prints what the operating system refused. */
export function systemErrorText(e: unknown): string {
  if (!(e instanceof Error)) return String(e);
  if (!("errno" in e) || typeof e.errno !== "number") return e.message;
  const { syscall = "", path = "" } = e as NodeJS.ErrnoException;
  // The library names a call of its own where the system has `mkdir`.
  return `${syscall === "mkdtemp" ? "mkdir" : syscall} ${path}: ${getSystemErrorMessage(e.errno)}`;
}

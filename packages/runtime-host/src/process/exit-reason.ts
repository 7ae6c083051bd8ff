// The ends of child processes, in the words of the reference's log.
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";

import type { ExitReason } from "./launcher.ts";

const SIGNAL_TEXTS: Readonly<Record<string, string>> = {
  SIGABRT: "aborted",
  SIGALRM: "alarm clock",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGHUP: "hangup",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGPIPE: "broken pipe",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGSYS: "bad system call",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

function exitReason(code: number | null, signal: NodeJS.Signals | null): ExitReason {
  const text =
    signal === null
      ? `exit status ${code ?? 0}`
      : `signal: ${SIGNAL_TEXTS[signal] ?? `signal ${constants.signals[signal]}`}`;
  return { text, code, signal };
}

/** Resolves when the process has ended and its output has been read. */
export function exitOf(child: ChildProcess): Promise<ExitReason> {
  return new Promise((resolve) => child.once("close", (code, signal) => resolve(exitReason(code, signal))));
}

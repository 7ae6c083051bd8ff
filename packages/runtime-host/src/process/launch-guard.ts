// bubblewrap asks the kernel to be killed with the node, but some milliseconds after its own start,
// and what it has forked by then waits for it for ever if it is killed before. Until the component is
// connected a guard in their process group therefore reads a pipe whose other end only the node has,
// and kills the group when that end is closed without a word.
import type { ChildProcess } from "node:child_process";
import { assert } from "@wadi/util";

const SHELL = "/bin/sh";

/** Of the pipe, in guard and shell; the shell knows no higher ones. */
const GUARD_FD = 9;

/** The pipe comes as standard input, which the command does not get; `$@` is the command, which takes the shell's place. */
const GUARD =
  `exec ${GUARD_FD}<&0 </dev/null; ` +
  `{ read -r connected <&${GUARD_FD} || kill -9 0; } >/dev/null 2>&1 & ` +
  `exec "$@" ${GUARD_FD}<&-`;

/**
 * The command with a guard beside it: to be started as the leader of a process group, with a pipe as
 * standard input. It may be given so many other descriptors, from 3 on, as are below the guard's.
 */
export function guarded(command: readonly [string, ...string[]], given: number): readonly [string, ...string[]] {
  assert(3 + given <= GUARD_FD, `${given} files are too many`);
  return [SHELL, "-c", GUARD, "guard", ...command];
}

/** Sends the guard home: from now on the component ends by itself when the node does. */
export function endGuard({ stdin }: ChildProcess): void {
  // The component may be gone, and the guard with it.
  stdin?.on("error", () => undefined).end("\n");
}

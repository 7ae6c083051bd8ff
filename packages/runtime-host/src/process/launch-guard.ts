// bubblewrap asks the kernel to be killed with the node, but some milliseconds after its own start,
// and what it has forked by then waits for it for ever if it is killed before. Until the component is
// connected a guard in their process group therefore reads a pipe whose other end only the node has,
// and when that end is closed without a word it kills the sandbox, which has left the group by then,
// and the group.
import type { ChildProcess } from "node:child_process";
import { assert } from "@wadi/util";

const SHELL = "/bin/sh";

/** Of the pipe, in guard and shell; the shell knows no higher ones. */
const GUARD_FD = 9;

/**
 * The pipe comes as standard input, which the command does not get. `$1` is a name that only mounts of
 * this sandbox have, which what has left the group is found by; the rest is the command, which takes
 * the shell's place.
 */
const GUARD =
  `exec ${GUARD_FD}<&0 </dev/null; name=$1; shift; ` +
  `{ read -r connected <&${GUARD_FD} || { ` +
  `for pass in 1 2 3 4 5 6 7 8 9 10; do ` +
  `for file in $(grep -ls "/$name/" /proc/[0-9]*/mountinfo); do pid=\${file#/proc/}; kill -9 "\${pid%/*}"; done; ` +
  `sleep 0.1; done; kill -9 0; }; } >/dev/null 2>&1 & ` +
  `exec "$@" ${GUARD_FD}<&-`;

/**
 * The command with a guard beside it: to be started as the leader of a process group, with a pipe as
 * standard input. It may be given so many other descriptors, from 3 on, as are below the guard's;
 * `name` is that of a directory with a file that is mounted in the sandbox.
 */
export function guarded(
  command: readonly [string, ...string[]],
  { given, name }: { readonly given: number; readonly name: string },
): readonly [string, ...string[]] {
  assert(3 + given <= GUARD_FD, `${given} files are too many`);
  return [SHELL, "-c", GUARD, "guard", name, ...command];
}

/** Sends the guard home: from now on the component ends by itself when the node does. */
export function endGuard({ stdin }: ChildProcess): void {
  // The component may be gone, and the guard with it.
  stdin?.on("error", () => undefined).end("\n");
}

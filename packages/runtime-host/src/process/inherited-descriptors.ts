// Descriptors that whoever started the node left open for it, and that its children would get in
// turn. Everything that Node itself opens is closed on exec, and so are the first few that it
// inherits, but not those after a gap.
import { readdirSync, readFileSync } from "node:fs";

const O_CLOEXEC = 0o2000000;

let found: readonly number[] | undefined;

/** In ascending order, without standard input and output. What is inherited does not change. */
export function inheritedDescriptors(): readonly number[] {
  found ??= process.platform === "linux" ? readInherited() : [];
  return found;
}

function readInherited(): number[] {
  const numbers = readdirSync("/proc/self/fd").map(Number);
  return numbers.filter((fd) => fd > 2 && !isClosedOnExec(fd)).sort((a, b) => a - b);
}

function isClosedOnExec(fd: number): boolean {
  try {
    const [, flags = "0"] = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
  } catch {
    // It was open only while the directory was read.
    return true;
  }
}

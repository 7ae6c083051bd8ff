// Ending a child with everything that it has started. Killing bubblewrap should be enough, but what
// runs inside asks to die with it only after the program was started, and is left alone when the
// kill comes before. The same goes for what is just being forked.
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** How long those that hold the output may take to end by themselves. */
const SWEEP_AFTER_MS = 250;

/** Ends the tree below a child that leads a process group. */
export class ProcessTree {
  readonly #child: ChildProcess;
  /** What nobody else has: the other end of the pipe that the node reads its output from. */
  readonly #output: string | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#output = outputOf(child.pid);
    // Whoever ended the child, nothing of it is to stay.
    child.once("exit", () => this.#sweepLater());
    child.once("close", () => clearTimeout(this.#sweep));
  }

  /** Any number of times. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined) return;
    if (exitCode === null && signalCode === null) {
      const below = descendants(pid);
      killNow(-pid);
      killNow(pid);
      for (const one of below) killNow(one);
    }
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => this.#killHolders(), SWEEP_AFTER_MS);
  }

  /** Kills whoever still holds the output, until nobody does. */
  #killHolders(): void {
    if (this.#output === undefined || this.#child.stdout?.closed !== false) return;
    for (const pid of processes()) if (outputOf(pid) === this.#output) killNow(pid);
    this.#sweep = setTimeout(() => this.#killHolders(), SWEEP_AFTER_MS);
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}

function processes(): number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function outputOf(pid: number | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`);
  } catch {
    return undefined;
  }
}

/** Children, their children and so on, as the kernel lists them. */
function descendants(root: number): number[] {
  const found: number[] = [];
  let parents = [root];
  while (parents.length > 0) {
    parents = parents.flatMap(childrenOf);
    found.push(...parents);
  }
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}

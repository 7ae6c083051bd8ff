// A program that tells of its work in lines and is killed in the middle of it.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import type { KillMoment } from "./kill-moments.ts";

/** A start that takes longer has failed. */
const START_LIMIT_MS = 120_000;

export interface KilledProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Takes a line of standard output; false for one that is no message. The last one may be cut off. */
  readonly onLine: (line: string) => boolean;
}

export class KilledProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** When it was started, as `performance.now()` has it. */
  readonly beganMs = performance.now();
  /** Exit code and signal, when it has ended and all of its output was read. */
  readonly closed: Promise<[number | null, NodeJS.Signals | null]>;
  /** Everything that is no message. */
  output = "";
  #isKilled = false;

  constructor([file, ...args]: readonly [string, ...string[]], { env = {}, onLine }: KilledProcessOptions) {
    this.child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    this.closed = once(this.child, "close") as typeof this.closed;
    const { stderr, stdout } = this.child;
    stderr?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    if (stdout === null) return;
    createInterface({ input: stdout }).on("line", (line) => {
      if (!onLine(line)) this.output += `${line}\n`;
    });
  }

  /** From here on what fails may do so because the process is gone. */
  get isKilled(): boolean {
    return this.#isKilled;
  }

  /**
   * Lets it work until its moment and kills it; what makes `worked` reject, its end by itself and a
   * start without end are not waited out, and are for the caller to find.
   */
  async killAt({ delayMs, isEarly }: KillMoment, worked: Promise<unknown>): Promise<void> {
    const settled = worked.catch(() => undefined);
    if (!isEarly) await Promise.race([settled, this.closed, sleep(START_LIMIT_MS, undefined, { ref: false })]);
    await sleep(delayMs);
    await this.kill();
  }

  /** Kills it and waits for its end; throws what it said if it had ended by itself. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.child.kill("SIGKILL");
    const [code, signal] = await this.closed;
    assert.equal(signal, "SIGKILL", `the process ended by itself with ${code}: ${this.output}`);
  }

  /** Ends it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isKilled = true;
    this.child.kill("SIGKILL");
    await this.closed;
  }
}

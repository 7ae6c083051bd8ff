// Runs a component that is a JavaScript module in a thread of the node: for developers whose machine
// has no sandboxes. The component connects to its host as it would from a process.
import { Worker } from "node:worker_threads";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { type HostLog, silentLog } from "../logs/host-log.ts";
import { LaunchError } from "../sandbox/errors.ts";
import { systemTimers } from "../rhp/system-timers.ts";
import { readBounded } from "./bounded-output.ts";
import { HostSocket } from "./host-socket.ts";
import type { ExitReason, LaunchedProcess, Launcher, LaunchOptions } from "./launcher.ts";
import { HOST_SOCKET_VARIABLE } from "./programs.ts";
import { requireUnsafe } from "./unconfined-launcher.ts";

export interface WorkerOptions {
  /** Debugging must have been asked for (`--debug.dont_blame_oasis`). */
  readonly allowUnsafe: boolean;
  /** The module to run for a component. */
  readonly entryOf: (component: HostedComponentFiles) => string | URL;
  /** Of the thread's heap. */
  readonly memoryMib?: number;
  readonly log?: HostLog;
}

export class WorkerLauncher implements Launcher {
  readonly name = "worker";
  readonly #options: WorkerOptions;

  /** Throws a LaunchError unless debugging was asked for. */
  constructor(options: WorkerOptions) {
    requireUnsafe("runtimes in threads of the node", options.allowUnsafe);
    this.#options = options;
  }

  async launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess> {
    const { entryOf, memoryMib, log = silentLog } = this.#options;
    await using socket = await HostSocket.listen();
    log.warn("starting a runtime inside of the node, without a sandbox");
    const worker = new Worker(entryOf(component), {
      env: { [HOST_SOCKET_VARIABLE]: socket.path },
      stdout: true,
      stderr: true,
      ...(memoryMib === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMib } }),
    });
    const lift = readBounded([worker.stdout, worker.stderr], options.output, systemTimers);
    worker.once("exit", lift);
    const exited = endOf(worker, options);
    const kill = (): void => void worker.terminate();
    try {
      const { signal } = options;
      const stream = await socket.accept(exited, signal === undefined ? {} : { signal });
      return { pid: undefined, stream, exited, kill };
    } catch (e) {
      await worker.terminate();
      await exited;
      throw e instanceof Error ? e : new LaunchError("spawn", String(e));
    }
  }
}

/** An error that nobody caught ends the thread; it is reported as a process would print it. */
function endOf(worker: Worker, { output }: LaunchOptions): Promise<ExitReason> {
  worker.on("error", (e: unknown) => {
    output(Buffer.from(`${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`));
  });
  return new Promise((resolve) => {
    worker.once("exit", (code) => resolve({ text: `exit status ${code}`, code, signal: null }));
  });
}

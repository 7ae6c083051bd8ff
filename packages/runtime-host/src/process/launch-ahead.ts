// A program takes a while to load its code, and so does a node that starts. Both can do it at the
// same time: the first process is launched before there is anybody to talk to it.
import type { HostedComponentFiles } from "../bundle/hosted-component.ts";
import { plainError } from "../rhp/errors.ts";
import type { LaunchedProcess, Launcher, LaunchOptions } from "./launcher.ts";

/** What a process may print before somebody reads it; the rest of it is not shown. */
const MAX_OUTPUT_BYTES = 256 * 1024;

/** A process under way that nobody has asked for yet. */
interface Ahead {
  readonly process: Promise<LaunchedProcess>;
  readonly stop: AbortController;
  /** Where its output goes from now on; what it printed so far goes there first. */
  readonly show: (output: LaunchOptions["output"]) => void;
}

/**
 * Launches like the launcher that it is made of, and has the first process of one component under
 * way from the beginning. Dispose it: a process that nobody asked for ends with that.
 */
export class LaunchAhead implements Launcher, AsyncDisposable {
  readonly name: string;
  readonly #launcher: Launcher;
  readonly #directory: string | undefined;
  readonly #unpacked: Promise<unknown> | undefined;
  #ahead: Ahead | undefined;

  /** Without a component nothing is under way. The files of all are there when `unpacked` resolves; default: now. */
  constructor(launcher: Launcher, component: HostedComponentFiles | undefined, unpacked?: Promise<unknown>) {
    this.name = launcher.name;
    this.#launcher = launcher;
    this.#directory = component?.directory;
    this.#unpacked = unpacked;
    this.#ahead = component && begin(launcher, component, unpacked);
  }

  /** See `Launcher`. A launch ahead that failed rejects here, once. */
  async launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess> {
    const ahead = this.#ahead;
    if (ahead === undefined || component.directory !== this.#directory) {
      if (this.#unpacked !== undefined) await this.#unpacked;
      return this.#launcher.launch(component, options);
    }
    this.#ahead = undefined;
    const { output, signal } = options;
    const abort = (): void => ahead.stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (signal?.aborted === true) {
        await end(ahead, signal.reason);
        signal.throwIfAborted();
      }
      ahead.show(output);
      return await ahead.process;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) await end(ahead, plainError("nobody asked for the process"));
  }
}

function begin(launcher: Launcher, component: HostedComponentFiles, unpacked: Promise<unknown> | undefined): Ahead {
  const stop = new AbortController();
  const early: Uint8Array[] = [];
  let earlyBytes = 0;
  let output: LaunchOptions["output"] = (chunk) => {
    if (earlyBytes >= MAX_OUTPUT_BYTES) return;
    early.push(chunk);
    earlyBytes += chunk.length;
  };
  const { signal } = stop;
  const launch = (): Promise<LaunchedProcess> => {
    signal.throwIfAborted();
    return launcher.launch(component, { output: (chunk) => output(chunk), signal });
  };
  const process = (unpacked === undefined ? launch() : unpacked.then(launch)).then((launched) => {
    // Its connection may end before anybody listens; the end of the process tells of it.
    launched.stream.on("error", () => undefined);
    return launched;
  });
  // Whoever asks for the process learns why there is none.
  process.catch(() => undefined);
  const show = (taker: LaunchOptions["output"]): void => {
    output = taker;
    for (const chunk of early.splice(0)) taker(chunk);
  };
  return { process, stop, show };
}

/** Resolves when nothing of the process runs any more. */
async function end({ process, stop }: Ahead, reason: unknown): Promise<void> {
  stop.abort(reason);
  const launched = await process.catch(() => undefined);
  if (launched === undefined) return;
  launched.kill();
  launched.stream.destroy();
  await launched.exited;
}

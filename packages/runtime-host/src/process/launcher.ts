// What the supervisor needs of whatever runs a component: a process in a sandbox, one without, an
// enclave's loader, a worker thread.
import type { ByteStream } from "@wadi/runtime-protocol";

import type { HostedComponentFiles } from "../bundle/hosted-component.ts";

/** How something that was launched came to its end. */
export interface ExitReason {
  /** `exit status 1`, `signal: killed`, as the log shows it. */
  readonly text: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running component that has connected to its host. */
export interface LaunchedProcess {
  /** Of the process; undefined where there is none. */
  readonly pid: number | undefined;
  /** The connection that carries the host protocol; whoever launched owns it. */
  readonly stream: ByteStream;
  /** Resolves when it has ended, and everything that it started with it. */
  readonly exited: Promise<ExitReason>;
  /** Ends it at once. Any number of times. */
  kill(): void;
}

export interface LaunchOptions {
  /** Gets what the component prints, in pieces of any size. */
  readonly output: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

export interface Launcher {
  /** As status reports show it: `sandbox`, `sgx`. */
  readonly name: string;
  /**
   * Starts the component and waits until it connects. Rejects with a LaunchError, or with the
   * signal's reason; then nothing runs and nothing is left.
   */
  launch(component: HostedComponentFiles, options: LaunchOptions): Promise<LaunchedProcess>;
}

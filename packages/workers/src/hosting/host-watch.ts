// Whether the hosted runtime can work: it runs, and its light client follows consensus ("trust sync").
// Reference: go/worker/common/committee/node.go (handleRuntimeHostEventLocked), .../light_client.go.
import { syncConsensus, type HostedRuntime, type RuntimeEvent } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import { formatVersion } from "@wadi/types";

import type { RuntimeFaults } from "../runtime-faults.ts";

/** How long the runtime may take to follow a height of consensus. */
const SYNC_TIMEOUT_MS = 10_000;

export interface HostWatchParts {
  readonly runtime: Pick<HostedRuntime, "info" | "request" | "watch">;
  /** Whether the node executes batches, which only runtimes can do that schedule themselves. */
  readonly isExecutor: boolean;
  /** 0 before the first block. */
  readonly lastHeight: () => number;
  /** The runtime runs: it can be asked. */
  readonly started: () => void;
  /** It can work, or cannot any more, or what it says of itself has changed. */
  readonly changed: () => void;
  /** Gets what fails, and what succeeds again. */
  readonly faults: RuntimeFaults;
  readonly log: Logger;
}

/** The runtime is whoever's made it; disposing of the watch ends what it does, and hears nothing more. */
export class HostWatch implements AsyncDisposable {
  readonly #parts: HostWatchParts;
  readonly #stop = new AbortController();
  readonly #unwatch: () => void;
  #isRunning = false;
  #isTrustSynced = false;
  /** The newest height that the runtime is to be told of while it is told of another. */
  #untold: number | undefined;
  #isTelling = false;
  #telling: Promise<void> | undefined;

  constructor(parts: HostWatchParts) {
    this.#parts = parts;
    this.#unwatch = parts.runtime.watch((event) => this.#runtimeEvent(event));
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether its light client has followed consensus since it was started. */
  get isTrustSynced(): boolean {
    return this.#isTrustSynced;
  }

  /** Whether an executor can do with the runtime that runs. */
  get isSuited(): boolean {
    const { isExecutor, runtime } = this.#parts;
    return !isExecutor || (runtime.info?.features.scheduleControl ?? null) !== null;
  }

  /** Whether the node can take part in rounds as far as this depends on the runtime. */
  get canWork(): boolean {
    return this.#isRunning && this.#isTrustSynced && this.isSuited;
  }

  /** Brings the runtime's light client along; the newest height counts. */
  heightCommitted(height: number): void {
    if (!this.#isRunning || height === 0 || this.#stop.signal.aborted) return;
    this.#untold = height;
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#telling = this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    this.#unwatch();
    await this.#telling;
  }

  /** Never rejects. */
  async #tell(): Promise<void> {
    while (this.#untold !== undefined && this.#isRunning && !this.#stop.signal.aborted) {
      const height = this.#untold;
      this.#untold = undefined;
      await this.#follow(height);
    }
    this.#isTelling = false;
  }

  async #follow(height: number): Promise<void> {
    const { changed, faults, log, runtime } = this.#parts;
    const { signal } = this.#stop;
    try {
      await syncConsensus(runtime, BigInt(height), { timeoutMs: SYNC_TIMEOUT_MS, signal });
    } catch (error) {
      if (signal.aborted) return;
      const what = "the runtime did not follow consensus";
      log.warn(what, { height, err: error as Error });
      faults.failed("consensus", what, error as Error);
      return;
    }
    faults.succeeded("consensus");
    if (!this.#isRunning || this.#isTrustSynced) return;
    this.#isTrustSynced = true;
    changed();
  }

  #runtimeEvent(event: RuntimeEvent): void {
    const { changed, faults, lastHeight, log, started } = this.#parts;
    switch (event.type) {
      case "started":
        log.info("the runtime runs", { version: formatVersion(event.version) });
        this.#isRunning = true;
        faults.succeeded("process");
        if (!this.isSuited) {
          const what = "the runtime does not support schedule control";
          log.error(what);
          faults.failed("process", what);
        }
        this.heightCommitted(lastHeight());
        started();
        break;
      case "failedToStart":
        log.error("the runtime did not start", { err: event.error });
        faults.failed("process", "the runtime did not start", event.error);
        this.#down();
        break;
      case "stopped":
        log.warn("the runtime has stopped", { reason: event.reason });
        // One that is replaced by another version stops without one.
        if (event.reason !== undefined) faults.failed("process", `the runtime has stopped: ${event.reason}`);
        this.#down();
        break;
      case "updated":
      case "configUpdated":
        changed();
        break;
    }
  }

  #down(): void {
    this.#isRunning = false;
    this.#isTrustSynced = false;
    this.#parts.changed();
  }
}

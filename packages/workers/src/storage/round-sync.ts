// Completes the rounds of a runtime one after the other, in the order of its history: each gets its state
// here before anything is built upon it. Reference: go/worker/storage/committee/worker.go.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@wadi/telemetry";
import type { roothash } from "@wadi/types";
import { must } from "@wadi/util";
import { firstToComplete } from "@wadi/worker-core";

import type { HistoryStore } from "../history/history-store.ts";
import type { RuntimeStorage } from "./runtime-storage.ts";

const RETRY_MS = 1000;

export interface RoundSyncParts {
  readonly history: Pick<HistoryStore, "block" | "latest" | "next">;
  readonly storage: Pick<RuntimeStorage, "has" | "initialize" | "lastSynced" | "state" | "sync">;
  /** The runtime's first block. */
  readonly genesis: () => roothash.Header;
  /**
   * A round is complete; `isLast`: there is no newer block yet. Throws where it could not be taken in: it
   * is told again then, after a while.
   */
  readonly completed: (block: roothash.AnnotatedBlock, isLast: boolean) => void;
  /** How long between attempts to complete a round; default: a second. */
  readonly retryMs?: number;
  readonly log: Logger;
}

/** Nothing is completed before `start`; disposing of it waits for what is under way. */
export class RoundSync implements AsyncDisposable {
  readonly #parts: RoundSyncParts;
  readonly #stop = new AbortController();
  /** The first round that is not complete, or was not told. */
  #next: bigint | undefined;
  #isRunning = false;
  #running: Promise<void> | undefined;

  constructor(parts: RoundSyncParts) {
    this.#parts = parts;
  }

  /** Goes on from what an earlier run has completed. The history is up to date. */
  start(): void {
    const { history, storage } = this.#parts;
    this.#next = firstToComplete(history.latest?.block?.header.round, storage.lastSynced);
    this.update();
  }

  /** The history may have a new block. */
  update(): void {
    if (this.#next === undefined || this.#isRunning || this.#stop.signal.aborted) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { retryMs = RETRY_MS } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const step = await this.#takeNext();
      if (step === "none") break;
      if (step === "failed") await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
    this.#isRunning = false;
  }

  /** Completes the round of the next block and tells it; `failed` where that is to be tried again. */
  async #takeNext(): Promise<"taken" | "none" | "failed"> {
    const { completed, history, log } = this.#parts;
    const { signal } = this.#stop;
    const next = must(this.#next);
    try {
      const block = history.next(next);
      if (block === undefined) return "none";
      const { header } = must(block.block);
      await this.#complete(header);
      signal.throwIfAborted();
      completed(block, history.latest?.block?.header.round === header.round);
      this.#next = header.round + 1n;
      return "taken";
    } catch (error) {
      if (!signal.aborted) log.warn("a round could not be completed", { round: next, err: error as Error });
      return "failed";
    }
  }

  async #complete(header: roothash.Header): Promise<void> {
    const { genesis, history, storage } = this.#parts;
    if (storage.state !== "syncing rounds") {
      storage.initialize(genesis(), (round) => history.block(round)?.block?.header);
    }
    if (storage.has(header)) return;
    const previous = history.block(header.round - 1n)?.block?.header;
    await storage.sync(header, previous ?? genesis(), this.#stop.signal);
  }
}

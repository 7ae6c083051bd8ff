// Drops old rounds of a runtime: first its blocks, then the states and transactions that went with
// them. Reference: go/runtime/history/prune.go, go/worker/storage/committee/prune.go.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { NodeDb } from "@wadi/mkvs";
import type { Logger } from "@wadi/telemetry";

import type { HistoryStore } from "./history-store.ts";

export interface PruneOptions {
  /** Rounds that are kept. */
  readonly numKept: bigint;
  readonly intervalMs: number;
}

export interface PrunerParts {
  readonly history: Pick<HistoryStore, "latest" | "earliest" | "prune">;
  readonly storage: Pick<NodeDb, "latestVersion" | "earliestVersion" | "prune">;
  /** The round that the next one builds on, which stays; undefined while it is not known. */
  readonly lastNormalRound: () => bigint | undefined;
  readonly log: Logger;
}

/** Prunes in intervals until it is disposed of. */
export class HistoryPruner implements AsyncDisposable {
  readonly #parts: PrunerParts;
  readonly #options: PruneOptions;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(parts: PrunerParts, options: PruneOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** One pass; at most 64 blocks go in it. */
  async prune(): Promise<void> {
    const { history, storage } = this.#parts;
    const before = this.#firstKept();
    if (before === undefined) return;
    history.prune(before);
    const earliest = history.earliest?.block?.header.round;
    if (earliest === undefined) return;
    for (let version = storage.earliestVersion(); version < earliest; version = storage.earliestVersion()) {
      this.#stop.signal.throwIfAborted();
      storage.prune(version);
      // A version may hold a lot; blocks go on between two of them.
      await nextTurn();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    await this.#loop;
  }

  /** What is not complete yet and what is built upon stays, however little is to be kept. */
  #firstKept(): bigint | undefined {
    const { history, lastNormalRound, storage } = this.#parts;
    const latest = history.latest?.block?.header.round;
    const [synced, normal] = [storage.latestVersion(), lastNormalRound()];
    if (latest === undefined || synced === undefined || normal === undefined) return undefined;
    const { numKept } = this.#options;
    const wanted = latest < numKept ? 0n : latest + 1n - numKept;
    return [wanted, synced, normal].reduce((least, round) => (round < least ? round : least));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await sleep(this.#options.intervalMs, undefined, { signal, ref: false });
        await this.prune();
      } catch (error) {
        if (signal.aborted) return;
        this.#parts.log.error("failed to prune the history", { err: error as Error });
      }
    }
  }
}

// Prunes states and makes checkpoints while a node runs, each at its own interval.
// Reference: go/consensus/cometbft/abci/state.go (startPruner), go/storage/mkvs/checkpoint/checkpointer.go.
import { setTimeout as sleep } from "node:timers/promises";
import type { StateMachine, StateUpkeep } from "@wadi/apps";

export interface UpkeepOptions {
  /** At least a second passes between two prunings, whatever this says. */
  readonly pruneIntervalMs: number;
  readonly checkpointIntervalMs: number;
}

/** Of the configuration's defaults. */
export const defaultUpkeep: UpkeepOptions = { pruneIntervalMs: 120_000, checkpointIntervalMs: 60_000 };

const MIN_PRUNE_INTERVAL_MS = 1000;

export interface UpkeepParts {
  readonly upkeep: Pick<StateUpkeep, "prune" | "checkpoint">;
  readonly machine: Pick<StateMachine, "lastHeight" | "parameters">;
  /** A run that failed; the next one comes all the same. */
  onFailure(what: "pruning" | "checkpoint", error: unknown): void;
}

export class UpkeepService implements AsyncDisposable {
  readonly #parts: UpkeepParts;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  #lastCheckpoint = 0;

  /** Starts at once; the first run of each comes after its interval. */
  constructor(parts: UpkeepParts, { checkpointIntervalMs, pruneIntervalMs }: UpkeepOptions = defaultUpkeep) {
    this.#parts = parts;
    const { signal } = this.#stop;
    this.#loops = [
      this.#loop("pruning", Math.max(pruneIntervalMs, MIN_PRUNE_INTERVAL_MS), async () => {
        await this.#parts.upkeep.prune({ signal });
      }),
      this.#loop("checkpoint", checkpointIntervalMs, () => this.#checkpoint()),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    await Promise.all(this.#loops);
  }

  async #loop(what: "pruning" | "checkpoint", intervalMs: number, run: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        await sleep(intervalMs, undefined, { signal });
        await run();
      } catch (e) {
        if (signal.aborted) return;
        this.#parts.onFailure(what, e);
      }
    }
  }

  async #checkpoint(): Promise<void> {
    const { machine, upkeep } = this.#parts;
    const { lastHeight, parameters } = machine;
    if (parameters === undefined || lastHeight === this.#lastCheckpoint) return;
    this.#lastCheckpoint = lastHeight;
    const trigger = { version: BigInt(lastHeight), forced: false };
    const { failures } = await upkeep.checkpoint(trigger, parameters, { signal: this.#stop.signal });
    for (const { error } of failures) this.#parts.onFailure("checkpoint", error);
  }
}

// A round with its timers and the work under way. ExecutorRound decides what is to be done; here it is
// begun, given up, and its end told. Whoever begins a round ends it; nothing comes of it then.
import { ErrBatchRefused } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import type { Hash } from "@wadi/types";
import { isError } from "@wadi/util";
import { ExecutorRound, type RoundEffect, type RoundInput, type RoundPorts } from "@wadi/worker-core";

import type { RuntimeBlock } from "../runtime-block.ts";
import type { CommitteeRound } from "./round-setting.ts";

/** A batch that does not work is not tried again before this. */
const RETRY_MS = 250;

/** A round as the work for it sees it. */
export interface RoundScope {
  /** The block that it builds upon. */
  readonly block: RuntimeBlock;
  readonly setting: CommitteeRound;
  /** Aborted when the round is over; work that is given up before that has a signal of its own. */
  readonly signal: AbortSignal;
  /**
   * Transactions of what this node committed to, by I/O root: used when that one is in the block, which
   * may come before the submission ends.
   */
  readonly committed: Map<Hash, readonly Hash[]>;
  /** Lets something run beside the work for batches. It never rejects, and ends soon after the round. */
  beside(job: Promise<void>): void;
  /** Rejects with the signal's reason. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

type EffectOf<K extends RoundEffect["kind"]> = Extract<RoundEffect, { kind: K }>;

/**
 * What carries out the effects of a round. Work for a batch rejects with ErrBatchRefused where the batch
 * is wrong, and with anything else where it may work later.
 */
export interface RoundWork {
  schedule(round: RoundScope, signal: AbortSignal): Promise<void>;
  execute(round: RoundScope, effect: EffectOf<"execute">, signal: AbortSignal): Promise<void>;
  commitFailure(round: RoundScope, effect: EffectOf<"commit-failure">): void;
  /** Resolves when the pool has them all. */
  fetch(round: RoundScope, effect: EffectOf<"fetch">, signal: AbortSignal): Promise<void>;
}

export interface RoundParts {
  readonly ports: RoundPorts;
  readonly work: RoundWork;
  /** Told of everything that is begun, which runs on for a while where it is given up. */
  readonly begun: (job: Promise<void>) => void;
  readonly log: Logger;
}

export class RoundInProgress implements RoundScope {
  readonly block: RuntimeBlock;
  readonly setting: CommitteeRound;
  readonly committed = new Map<Hash, readonly Hash[]>();
  readonly #parts: RoundParts;
  readonly #round: ExecutorRound;
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Of the work under way, by rank. */
  readonly #work = new Map<bigint, AbortController>();

  constructor(block: RuntimeBlock, setting: CommitteeRound, parts: RoundParts) {
    this.block = block;
    this.setting = setting;
    this.#parts = parts;
    this.#round = new ExecutorRound(setting, parts.ports);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Once. */
  start(): void {
    const { flushTimeoutMs, proposerTimeoutMs } = this.setting;
    this.#after(flushTimeoutMs, () => this.handle({ kind: "flush-elapsed" }));
    const tick = (): void => {
      this.handle({ kind: "rank-elapsed" });
      this.#after(proposerTimeoutMs, tick);
    };
    this.#after(proposerTimeoutMs, tick);
    this.handle({ kind: "changed" });
  }

  /** Nothing happens any more when it is over. */
  handle(input: RoundInput): void {
    if (this.signal.aborted) return;
    for (const effect of this.#round.handle(input)) this.#carryOut(effect);
  }

  /** The round is over: its timers are gone, its work is void. */
  end(): void {
    this.#stop.abort(new Error("the round is over"));
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  beside(job: Promise<void>): void {
    this.#parts.begun(job);
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#after(ms, resolve);
    const end = (): void => resolve();
    signal.addEventListener("abort", end, { once: true });
    try {
      signal.throwIfAborted();
      await promise;
    } finally {
      signal.removeEventListener("abort", end);
      clearTimeout(timer);
      this.#timers.delete(timer);
    }
    signal.throwIfAborted();
  }

  #after(ms: number, body: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.signal.aborted) body();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #carryOut(effect: RoundEffect): void {
    const { rank } = effect;
    const { work } = this.#parts;
    switch (effect.kind) {
      case "abandon":
        this.#work.get(rank)?.abort(new Error("another batch is worked on"));
        this.#work.delete(rank);
        break;
      case "fetch":
        this.#begin(rank, (signal) => work.fetch(this, effect, signal), { kind: "changed" });
        break;
      case "schedule":
        this.#begin(rank, (signal) => work.schedule(this, signal));
        break;
      case "execute":
        this.#begin(rank, (signal) => work.execute(this, effect, signal));
        break;
      case "commit-failure":
        this.#begin(rank, () => Promise.try(() => work.commitFailure(this, effect)));
        break;
    }
  }

  #begin(
    rank: bigint,
    job: (signal: AbortSignal) => Promise<void>,
    success: RoundInput = { kind: "done", rank, outcome: "committed" },
  ): void {
    this.#parts.begun(this.#run(rank, job, success));
  }

  /** Runs a job whose end the round is told of, unless it came to nothing because it was given up. */
  async #run(rank: bigint, job: (signal: AbortSignal) => Promise<void>, success: RoundInput): Promise<void> {
    const controller = new AbortController();
    this.#work.set(rank, controller);
    const isVoid = (): boolean => this.signal.aborted || this.#work.get(rank) !== controller;
    try {
      await job(AbortSignal.any([controller.signal, this.signal]));
      if (!isVoid()) this.#work.delete(rank);
      // What was given up at the last moment has committed all the same.
      this.handle(success);
    } catch (error) {
      if (isVoid()) return;
      const { round } = this.setting;
      this.#parts.log.warn("the batch came to nothing", { round, rank, err: error as Error });
      this.#work.delete(rank);
      const outcome = isError(error, ErrBatchRefused) ? "rejected" : "failed";
      this.#after(RETRY_MS, () => this.handle({ kind: "done", rank, outcome }));
    }
  }
}

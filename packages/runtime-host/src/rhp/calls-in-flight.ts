// Calls that a runtime has not answered yet: what an operator wants to see of one that loops or hangs
// before its time-out ends it.
import type { BodyValue, CallOptions, RuntimeRequestType, Timers } from "@wadi/runtime-protocol";
import { executionModes } from "@wadi/runtime-protocol";

import { type HostLog, silentLog } from "../logs/host-log.ts";
import { systemTimers } from "./system-timers.ts";

/** A call that takes longer is named in the log, once. */
export const SLOW_CALL_MS = 3000;

export interface CallInFlight {
  /** For people: `executing a batch of 3 transactions`. */
  readonly text: string;
  readonly elapsedMs: number;
  /** After which it is given up; undefined where only its caller ends it. */
  readonly limitMs: number | undefined;
}

interface Entry {
  readonly describe: () => string;
  readonly begunMs: number;
  readonly limitMs: number | undefined;
  isTold: boolean;
}

export class CallsInFlight implements Disposable {
  readonly #log: HostLog;
  readonly #timers: Timers;
  /** In the order in which they began. */
  readonly #entries = new Set<Entry>();
  #cancelLook: (() => void) | undefined;

  constructor(log: HostLog = silentLog, timers: Timers = systemTimers) {
    this.#log = log;
    this.#timers = timers;
  }

  /** Oldest first. */
  get all(): readonly CallInFlight[] {
    return Array.from(this.#entries, (entry) => this.#facts(entry));
  }

  /** Counts the call as long as its answer is awaited. */
  async track<R extends RuntimeRequestType, T>(
    type: R,
    value: BodyValue<R>,
    { timeoutMs: limitMs }: CallOptions,
    call: () => Promise<T>,
  ): Promise<T> {
    const describe = (): string => describeCall(type, value);
    const entry: Entry = { describe, begunMs: this.#timers.now(), limitMs, isTold: false };
    this.#entries.add(entry);
    this.#cancelLook ??= this.#timers.after(SLOW_CALL_MS, () => this.#look());
    try {
      return await call();
    } finally {
      this.#entries.delete(entry);
      if (entry.isTold) this.#log.info("the runtime's call has ended", this.#fields(entry));
    }
  }

  [Symbol.dispose](): void {
    this.#cancelLook?.();
  }

  /** One timer serves all calls: it is set for the oldest, and most are over when it fires. */
  #look(): void {
    this.#cancelLook = undefined;
    const now = this.#timers.now();
    for (const entry of this.#entries) {
      if (entry.isTold) continue;
      const leftMs = entry.begunMs + SLOW_CALL_MS - now;
      if (leftMs > 0) {
        this.#cancelLook = this.#timers.after(leftMs, () => this.#look());
        return;
      }
      entry.isTold = true;
      this.#log.warn("the runtime has not answered yet", this.#fields(entry));
    }
  }

  #facts({ begunMs, describe, limitMs }: Entry): CallInFlight {
    return { text: describe(), elapsedMs: this.#timers.now() - begunMs, limitMs };
  }

  #fields(entry: Entry): Readonly<Record<string, unknown>> {
    const { elapsedMs, limitMs, text } = this.#facts(entry);
    const limit = limitMs === undefined ? {} : { limit_seconds: limitMs / 1000 };
    return { call: text, seconds: Math.round(elapsedMs / 100) / 10, ...limit };
  }
}

function transactions(inputs: readonly unknown[]): string {
  return `${inputs.length} transaction${inputs.length === 1 ? "" : "s"}`;
}

/** Without anything that users chose: the text is logged. */
function describeCall<R extends RuntimeRequestType>(type: R, value: BodyValue<R>): string {
  switch (type) {
    case "RuntimeExecuteTxBatchRequest": {
      const { inputs, mode } = value as BodyValue<"RuntimeExecuteTxBatchRequest">;
      const what = `a batch of ${transactions(inputs)}`;
      return mode === executionModes.schedule ? `scheduling ${what}` : `executing ${what}`;
    }
    case "RuntimeCheckTxBatchRequest":
      return `checking ${transactions((value as BodyValue<"RuntimeCheckTxBatchRequest">).inputs)}`;
    case "RuntimeConsensusSyncRequest":
      return `following consensus to height ${(value as BodyValue<"RuntimeConsensusSyncRequest">).height}`;
    case "RuntimeQueryRequest":
      return "answering a query";
    default:
      return type;
  }
}

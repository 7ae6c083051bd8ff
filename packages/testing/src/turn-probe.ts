// How long the event loop is held up: the time between two turns of a timer, in processor time of the
// thread, which does not count what other programs take on a busy machine, and by the clock.

/** The longest turn of a phase. */
export interface LongestTurn {
  /** Milliseconds of this thread's processor time. */
  readonly cpuMs: number;
  /** Milliseconds by the clock. */
  readonly ms: number;
}

/** Watches the turns of this thread's event loop until it is disposed of. */
export class TurnProbe implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #cpu = process.threadCpuUsage();
  #at = performance.now();
  #longest: LongestTurn = { cpuMs: 0, ms: 0 };

  constructor() {
    this.#timer = setInterval(() => this.#turn(), 1);
  }

  /** The longest turn since the last call. */
  take(): LongestTurn {
    this.#turn();
    const longest = this.#longest;
    this.#longest = { cpuMs: 0, ms: 0 };
    return longest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    const { system, user } = process.threadCpuUsage(this.#cpu);
    const ms = performance.now() - this.#at;
    this.#cpu = process.threadCpuUsage();
    this.#at = performance.now();
    const { cpuMs, ms: longestMs } = this.#longest;
    this.#longest = { cpuMs: Math.max(cpuMs, (system + user) / 1000), ms: Math.max(longestMs, ms) };
  }
}

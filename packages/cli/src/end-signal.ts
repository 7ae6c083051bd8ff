/** The first SIGINT or SIGTERM is waited for; the second one ends the process at once. */
export class EndSignal implements Disposable {
  readonly received: Promise<NodeJS.Signals>;
  readonly #abort = new AbortController();
  readonly #onSignal: (signal: NodeJS.Signals) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
    this.received = promise;
    this.#onSignal = (signal) => {
      this[Symbol.dispose]();
      this.#abort.abort(new Error(`ended by ${signal}`));
      resolve(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, this.#onSignal);
  }

  /** Aborted with the first one. */
  get abortSignal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, this.#onSignal);
  }
}

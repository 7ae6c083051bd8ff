/** Whether all parts of a node are ready, once for good. */
export class Readiness {
  /** Resolves when the node is ready; never where it stops before that. */
  readonly ready: Promise<void>;
  #isReady = false;

  /** `conditions` resolve when they hold, and never reject. */
  constructor(conditions: readonly Promise<void>[]) {
    this.ready = Promise.all(conditions).then(() => {
      this.#isReady = true;
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }
}

// Work that comes in a crowd, such as a thousand streams that a client opens at once, or a block that
// a thousand streams wait for: some of it is begun in each turn of the event loop, so that everything
// else has its turns too.

export class Crowd {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  /** How many were begun in this turn. */
  #begun = 0;
  #isScheduled = false;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Calls `begin` now, or in a later turn if many were begun in this one; in order. */
  enter(begin: () => void): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#nextTurn());
    }
    if (this.#begun >= this.#perTurn || this.#waiting.length > 0) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    begin();
  }

  /** Resolves when it is the caller's turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
  }

  #nextTurn(): void {
    const next = this.#waiting.splice(0, this.#perTurn);
    this.#begun = next.length;
    this.#isScheduled = next.length > 0;
    if (this.#isScheduled) setImmediate(() => this.#nextTurn());
    for (const begin of next) begin();
  }
}

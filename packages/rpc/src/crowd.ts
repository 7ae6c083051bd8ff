// Work that comes in a crowd, such as a thousand streams that a client opens at once, or a block that
// a thousand streams wait for: as much of it is begun in each turn of the event loop as its time
// allows, so that everything else has its turns too.

export class Crowd {
  readonly #turnMs: number;
  readonly #waiting: (() => void)[] = [];
  /** When nothing more is begun in this turn. */
  #turnEndMs = 0;
  #isScheduled = false;

  /** `turnMs`: for so long work is begun in a turn, which then lasts by what was begun last. */
  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /** Calls `begin` now, or in a later turn if this one's time is over or others wait; in order. */
  enter(begin: () => void): void {
    const isFirst = !this.#isScheduled;
    if (isFirst) this.#schedule();
    if (isFirst || (this.#waiting.length === 0 && !this.#isOver())) begin();
    else this.#waiting.push(begin);
  }

  /** Resolves when it is the caller's turn. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
  }

  #isOver(): boolean {
    return performance.now() >= this.#turnEndMs;
  }

  #schedule(): void {
    this.#turnEndMs = performance.now() + this.#turnMs;
    this.#isScheduled = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#isScheduled = this.#waiting.length > 0;
    if (!this.#isScheduled) return;
    this.#schedule();
    this.#waiting.shift()?.();
    this.#whenSettled(() => this.#beginMore());
  }

  #beginMore(): void {
    if (this.#isOver()) return;
    const begin = this.#waiting.shift();
    if (begin === undefined) return;
    begin();
    this.#whenSettled(() => this.#beginMore());
  }

  /** Calls `next` after the promises that what was begun has resolved by now, whose time counts too. */
  #whenSettled(next: () => void): void {
    queueMicrotask(() => process.nextTick(next));
  }
}

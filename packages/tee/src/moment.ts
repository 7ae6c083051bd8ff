// The time of a judgement. Everything else that a quote is judged by stays the same, so a judgement
// stands for as long as none of the bounds that were looked at is passed.

/** A time, and the span around it in which all comparisons made with it come out the same. */
export class Moment {
  readonly unixNanos: bigint;
  #from: bigint | undefined;
  #until: bigint | undefined;

  constructor(unixNanos: bigint) {
    this.unixNanos = unixNanos;
  }

  /** Whether the time lies within bounds, both inclusive; narrows the span if it does. */
  isWithin(from: bigint, until: bigint): boolean {
    if (this.unixNanos < from || this.unixNanos > until) return false;
    if (this.#from === undefined || from > this.#from) this.#from = from;
    if (this.#until === undefined || until < this.#until) this.#until = until;
    return true;
  }

  /** Whether what was found at this time would be found at the other one too. */
  holdsAt(unixNanos: bigint): boolean {
    const isEarly = this.#from !== undefined && unixNanos < this.#from;
    const isLate = this.#until !== undefined && unixNanos > this.#until;
    return !isEarly && !isLate;
  }
}

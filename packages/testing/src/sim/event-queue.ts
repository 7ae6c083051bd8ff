// What is to happen, by virtual time; events of one moment come in the order they were put in.

interface Entry<T> {
  readonly atMs: number;
  readonly sequence: number;
  readonly event: T;
}

const isBefore = <T>(a: Entry<T>, b: Entry<T>): boolean =>
  a.atMs !== b.atMs ? a.atMs < b.atMs : a.sequence < b.sequence;

/** The clock, and a place for events to come. */
export interface Schedule<T> {
  /** Virtual milliseconds since the start. */
  readonly nowMs: number;
  /** Puts an event `delayMs` (0 or more) after now. */
  push(delayMs: number, event: T): void;
}

/** A binary heap of events with the virtual clock, which stands at the last event taken out. */
export class EventQueue<T> implements Schedule<T> {
  readonly #heap: Entry<T>[] = [];
  #sequence = 0;
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  get size(): number {
    return this.#heap.length;
  }

  push(delayMs: number, event: T): void {
    const entry: Entry<T> = { atMs: this.#nowMs + delayMs, sequence: this.#sequence++, event };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the earliest event out and sets the clock to it. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) this.#sink(last);
    this.#nowMs = first.atMs;
    return first.event;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && isBefore(heap[right] as Entry<T>, heap[child] as Entry<T>)) child = right;
      const below = heap[child] as Entry<T>;
      if (isBefore(entry, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = entry;
  }
}

// The two orders of the pool. By priority: highest first, then first come first served; blocks are
// filled from the front, and room is made at the back. By arrival: for gossip and checking again.
// Arrays kept sorted: a move of some thousand pointers costs a microsecond or two.
import { assert } from "@wadi/util";

interface Ranked {
  readonly priority: number;
  readonly arrival: number;
}

/** Negative if `a` goes into a block before `b`. */
function compareRank(a: Ranked, b: Ranked): number {
  return b.priority - a.priority || a.arrival - b.arrival;
}

/** First index whose item satisfies a condition that holds for all items after it. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Items by priority and arrival, which must not change while an item is in. */
export class PriorityOrder<T extends Ranked> {
  readonly #items: T[] = [];

  #indexOf(item: T): number {
    return firstIndex(this.#items, (other) => compareRank(other, item) >= 0);
  }

  add(item: T): void {
    this.#items.splice(this.#indexOf(item), 0, item);
  }

  remove(item: T): void {
    const index = this.#indexOf(item);
    assert(this.#items[index] === item, "item is not in the order of priorities");
    this.#items.splice(index, 1);
  }

  /** Highest priority first. Must not be iterated across changes. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  /** Lowest priority first, newest first among equals. Must not be iterated across changes. */
  *fromLast(): IterableIterator<T> {
    for (let i = this.#items.length - 1; i >= 0; i--) yield this.#items[i] as T;
  }
}

/** Removed items stay as holes until they are this many and more than the others. */
const MIN_HOLES = 64;

/** Items by arrival, which may be asked for "the next one after" across any changes. */
export class ArrivalOrder<T extends { readonly arrival: number }> {
  #slots: { readonly arrival: number; item: T | undefined }[] = [];
  #holes = 0;

  /** Adds an item that arrived after all others. */
  add(item: T): void {
    assert(item.arrival > (this.#slots.at(-1)?.arrival ?? -1), "arrivals must ascend");
    this.#slots.push({ arrival: item.arrival, item });
  }

  remove(item: T): void {
    const slot = this.#slots[firstIndex(this.#slots, ({ arrival }) => arrival >= item.arrival)];
    assert(slot?.item === item, "item is not in the order of arrivals");
    slot.item = undefined;
    this.#holes++;
    if (this.#holes < MIN_HOLES || 2 * this.#holes < this.#slots.length) return;
    this.#slots = this.#slots.filter(({ item: kept }) => kept !== undefined);
    this.#holes = 0;
  }

  /** The first item that arrived after `arrival`; any number, also of an item that has left. */
  after(arrival: number): T | undefined {
    for (let i = firstIndex(this.#slots, (slot) => slot.arrival > arrival); i < this.#slots.length; i++) {
      const { item } = this.#slots[i] as { item: T | undefined };
      if (item !== undefined) return item;
    }
    return undefined;
  }
}

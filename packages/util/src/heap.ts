/**
 * A binary heap that can also drop any of its items: `before` says which of two items comes first.
 * All operations take O(log n). An item must be in the heap only once, and what `before` looks at
 * must not change while it is.
 */
export class Heap<T extends object> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #places = new Map<T, number>();

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  has(item: T): boolean {
    return this.#places.has(item);
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item that is not in the heap. */
  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1, item);
  }

  /** Takes the first item out. */
  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(first);
    return first;
  }

  /** Drops an item; false if it was not there. */
  delete(item: T): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    this.#places.delete(item);
    const last = this.#items.pop() as T;
    if (last !== item) this.#settle(place, last);
    return true;
  }

  clear(): void {
    this.#items.length = 0;
    this.#places.clear();
  }

  #settle(place: number, item: T): void {
    const parent = this.#items[(place - 1) >> 1];
    if (place > 0 && parent !== undefined && this.#before(item, parent)) this.#rise(place, item);
    else this.#sink(place, item);
  }

  #rise(from: number, item: T): void {
    let place = from;
    while (place > 0) {
      const up = (place - 1) >> 1;
      const parent = this.#items[up] as T;
      if (!this.#before(item, parent)) break;
      this.#put(place, parent);
      place = up;
    }
    this.#put(place, item);
  }

  #sink(from: number, item: T): void {
    let place = from;
    for (;;) {
      let down = 2 * place + 1;
      if (down >= this.#items.length) break;
      if (down + 1 < this.#items.length && this.#before(this.#items[down + 1] as T, this.#items[down] as T)) down++;
      const child = this.#items[down] as T;
      if (!this.#before(child, item)) break;
      this.#put(place, child);
      place = down;
    }
    this.#put(place, item);
  }

  #put(place: number, item: T): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}

// The order that Go's sort.Slice gives to equal elements. It is an unstable sort, a quicksort that
// defeats patterns, and deterministic; where something is cut off behind equal elements, who is
// in depends on every swap it makes. Rule: sort.Slice of the Go standard library (since 1.19),
// after Orson Peters, "Pattern-defeating Quicksort", https://arxiv.org/abs/2106.05123.

/** Up to this size a stable insertion sort does it. */
const MAX_INSERTION = 12;
/** From this size on the pivot is a median of medians, and nearly sorted ranges are mended. */
const LARGE = 50;
const MAX_SWAPS_FOR_PIVOT = 12;
const MAX_MENDED = 5;

type Less<T> = (a: T, b: T) => boolean;

/** Sorts in place as sort.Slice does. */
export function goSort<T>(items: T[], less: Less<T>): void {
  new Sorting(items, less).sort(0, items.length, 32 - Math.clz32(items.length));
}

class Sorting<T> {
  readonly #items: T[];
  readonly #less: Less<T>;

  constructor(items: T[], less: Less<T>) {
    this.#items = items;
    this.#less = less;
  }

  /** Sorts from `a` up to `b`; `limit` bad pivots are allowed before heap sort takes over. */
  sort(a: number, b: number, limit: number): void {
    let wasBalanced = true;
    let wasPartitioned = true;
    while (b - a > MAX_INSERTION) {
      const length = b - a;
      if (limit === 0) return this.#heapSort(a, b);
      if (!wasBalanced) {
        this.#breakPatterns(a, length);
        limit--;
      }
      let { pivot, swaps } = this.#choosePivot(a, length);
      if (swaps === MAX_SWAPS_FOR_PIVOT) {
        this.#reverse(a, b);
        pivot = b - 1 - (pivot - a);
        swaps = 0;
      }
      if (wasBalanced && wasPartitioned && swaps === 0 && this.#mend(a, b)) return;
      if (a > 0 && !this.#isLess(a - 1, pivot)) {
        a = this.#splitEqual(a, b, pivot);
        continue;
      }
      const split = this.#split(a, b, pivot);
      wasPartitioned = split.wasPartitioned;
      const [left, right] = [split.middle - a, b - split.middle];
      wasBalanced = Math.min(left, right) >= Math.floor(length / 8);
      if (left < right) {
        this.sort(a, split.middle, limit);
        a = split.middle + 1;
      } else {
        this.sort(split.middle + 1, b, limit);
        b = split.middle;
      }
    }
    for (let i = a + 1; i < b; i++) this.#sinkLeft(i, a);
  }

  #isLess(i: number, j: number): boolean {
    return this.#less(this.#items[i] as T, this.#items[j] as T);
  }

  #swap(i: number, j: number): void {
    const item = this.#items[i] as T;
    this.#items[i] = this.#items[j] as T;
    this.#items[j] = item;
  }

  /** Moves an element left while it is less than its neighbour, at most to `first`. */
  #sinkLeft(i: number, first: number): void {
    for (; i > first && this.#isLess(i, i - 1); i--) this.#swap(i, i - 1);
  }

  #reverse(a: number, b: number): void {
    for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j);
  }

  /** Less elements before the pivot, others behind it. */
  #split(a: number, b: number, pivot: number): { readonly middle: number; readonly wasPartitioned: boolean } {
    this.#swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (let wasPartitioned = true; ; wasPartitioned = false) {
      while (i <= j && this.#isLess(i, a)) i++;
      while (i <= j && !this.#isLess(j, a)) j--;
      if (i > j) {
        this.#swap(j, a);
        return { middle: j, wasPartitioned };
      }
      this.#swap(i++, j--);
    }
  }

  /** Where nothing is less than the pivot: equal elements first; returns where greater ones begin. */
  #splitEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (;;) {
      while (i <= j && !this.#isLess(a, i)) i++;
      while (i <= j && this.#isLess(a, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Tries to finish a range that is nearly sorted; true if it is sorted now. */
  #mend(a: number, b: number): boolean {
    let i = a + 1;
    for (let mended = 0; mended < MAX_MENDED; mended++) {
      while (i < b && !this.#isLess(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < LARGE) return false;
      this.#swap(i, i - 1);
      // Down to the start of all elements, not of the range: what is before it is not greater.
      if (i - a >= 2) this.#sinkLeft(i - 1, 0);
      if (b - i >= 2) for (let j = i + 1; j < b && this.#isLess(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  /** Exchanges three elements in the middle for ones that a generator seeded by the length picks. */
  #breakPatterns(a: number, length: number): void {
    let random = BigInt(length);
    const mask = 2 ** (32 - Math.clz32(length)) - 1;
    const middle = a + 2 * Math.floor(length / 4);
    for (let i = middle - 1; i <= middle + 1; i++) {
      random = BigInt.asUintN(64, random ^ (random << 13n));
      random ^= random >> 7n;
      random = BigInt.asUintN(64, random ^ (random << 17n));
      const other = Number(random & BigInt(mask));
      this.#swap(i, a + (other >= length ? other - length : other));
    }
  }

  /** A median of three, or of three medians; `swaps` tells how unsorted these were. */
  #choosePivot(a: number, length: number): { pivot: number; swaps: number } {
    let swaps = 0;
    const median = (x: number, y: number, z: number): number => {
      const ordered = (i: number, j: number): [number, number] => {
        if (!this.#isLess(j, i)) return [i, j];
        swaps++;
        return [j, i];
      };
      [x, y] = ordered(x, y);
      [y, z] = ordered(y, z);
      [x, y] = ordered(x, y);
      return y;
    };
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [a + quarter, a + 2 * quarter, a + 3 * quarter];
    if (length >= LARGE) [i, j, k] = [median(i - 1, i, i + 1), median(j - 1, j, j + 1), median(k - 1, k, k + 1)];
    return { pivot: median(i, j, k), swaps };
  }

  #heapSort(a: number, b: number): void {
    const size = b - a;
    for (let i = Math.floor((size - 1) / 2); i >= 0; i--) this.#siftDown(i, size, a);
    for (let i = size - 1; i >= 0; i--) {
      this.#swap(a, a + i);
      this.#siftDown(0, i, a);
    }
  }

  #siftDown(root: number, size: number, first: number): void {
    for (;;) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && this.#isLess(first + child, first + child + 1)) child++;
      if (!this.#isLess(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }
}

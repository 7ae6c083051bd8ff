import type { Packed } from "./packed.ts";

const BLOCK_ENTRIES = 512;

/** A map whose keys can be walked in ascending order, also while it changes. */
export class SortedMap {
  readonly #values = new Map<Packed, Packed>();
  /** The keys in ascending order, cut in blocks that are never empty. */
  #blocks: Packed[][] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: Packed): Packed | undefined {
    return this.#values.get(key);
  }

  set(key: Packed, value: Packed): void {
    const isNew = !this.#values.has(key);
    this.#values.set(key, value);
    if (isNew) this.#addKey(key);
  }

  /** Removes the key and returns its value. */
  delete(key: Packed): Packed | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as Packed[];
    block.splice(lowerBound(block, key), 1);
    if (block.length === 0) this.#blocks.splice(index, 1);
    return value;
  }

  clear(): void {
    this.#values.clear();
    this.#blocks = [];
  }

  copy(): SortedMap {
    const copy = new SortedMap();
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    copy.#blocks = this.#blocks.map((block) => block.slice());
    return copy;
  }

  /** The first key that is not below `key`, or with `after` the first one above it. */
  firstFrom(key: Packed, after = false): Packed | undefined {
    if (this.#blocks.length === 0) return undefined;
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as Packed[];
    let at = lowerBound(block, key);
    if (after && block[at] === key) at++;
    return block[at] ?? this.#blocks[index + 1]?.[0];
  }

  /** Entries in ascending order of keys; the map must not change meanwhile. */
  *entries(): Generator<[Packed, Packed]> {
    for (const block of this.#blocks) {
      for (const key of block) yield [key, this.#values.get(key) as Packed];
    }
  }

  #addKey(key: Packed): void {
    if (this.#blocks.length === 0) {
      this.#blocks.push([key]);
      return;
    }
    const index = this.#blockOf(key);
    const block = this.#blocks[index] as Packed[];
    block.splice(lowerBound(block, key), 0, key);
    if (block.length > BLOCK_ENTRIES) this.#blocks.splice(index + 1, 0, block.splice(BLOCK_ENTRIES >>> 1));
  }

  /** The last block whose first key is not above `key`, else the first one. */
  #blockOf(key: Packed): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (((this.#blocks[middle] as Packed[])[0] as Packed) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly Packed[], key: Packed): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as Packed) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

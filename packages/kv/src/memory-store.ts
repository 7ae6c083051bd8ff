// A store in memory: a list of sorted blocks of keys. Blocks are copied before the first change
// after a snapshot was taken, so that snapshots and roll-back cost a block list, not the data.
import { WadiError } from "@wadi/util";
import { ErrStoreClosed, ErrStoreOrder } from "./errors.ts";
import { checkKey, checkRange } from "./key-check.ts";
import type { KvBatch, KvEntry, KvRange, KvReader, KvSnapshot, KvStore } from "./kv-store.ts";

const BLOCK_ENTRIES = 256;

interface Block {
  /** Keys as strings of chars 0..255, ascending; never empty but in the only block of an empty store. */
  readonly keys: string[];
  readonly values: Uint8Array[];
  /** The generation that may change this block. */
  readonly generation: number;
}

const toKey = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
const fromKey = (key: string): Uint8Array => new Uint8Array(Buffer.from(key, "latin1"));

/** The first index of `keys` whose key is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last block whose first key is not above `key`, else the first block. */
function blockFor(blocks: readonly Block[], key: string): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (((blocks[middle] as Block).keys[0] as string) <= key) low = middle;
    else high = middle - 1;
  }
  return low;
}

function find(blocks: readonly Block[], key: string): Uint8Array | undefined {
  const block = blocks[blockFor(blocks, key)] as Block;
  const at = lowerBound(block.keys, key);
  return block.keys[at] === key ? block.values[at] : undefined;
}

function* walk(blocks: readonly Block[], range: KvRange): Generator<[string, Uint8Array]> {
  checkRange(range);
  const start = range.start === undefined ? "" : toKey(range.start);
  const end = range.end === undefined ? undefined : toKey(range.end);
  let left = range.limit ?? Infinity;
  if (left <= 0) return;
  const forward = range.reverse !== true;
  let index = forward ? blockFor(blocks, start) : end === undefined ? blocks.length - 1 : blockFor(blocks, end);
  for (; index >= 0 && index < blocks.length; index += forward ? 1 : -1) {
    const { keys, values } = blocks[index] as Block;
    const from = lowerBound(keys, start);
    const to = end === undefined ? keys.length : lowerBound(keys, end);
    for (let i = 0; i < to - from; i++) {
      const at = forward ? from + i : to - 1 - i;
      yield [keys[at] as string, values[at] as Uint8Array];
      if (--left === 0) return;
    }
    if (forward ? to < keys.length : from > 0) return;
  }
}

/** Reads of whatever block list `blocks` returns at the time of a call. */
class BlockReader implements KvReader {
  readonly #blocks: () => readonly Block[];
  /** The block list as it is now and stays. */
  readonly #frozen: () => readonly Block[];

  constructor(blocks: () => readonly Block[], frozen: () => readonly Block[]) {
    this.#blocks = blocks;
    this.#frozen = frozen;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.view(key)?.slice();
  }

  view(key: Uint8Array): Uint8Array | undefined {
    checkKey(key);
    return find(this.#blocks(), toKey(key));
  }

  has(key: Uint8Array): boolean {
    return this.view(key) !== undefined;
  }

  *entries(range: KvRange = {}): IterableIterator<KvEntry> {
    for (const [key, value] of walk(this.#frozen(), range)) {
      yield { key: fromKey(key), value: value.slice() };
      this.#blocks(); // Throws if the store was closed in between.
    }
  }

  *keys(range: KvRange = {}): IterableIterator<Uint8Array> {
    for (const [key] of walk(this.#frozen(), range)) {
      yield fromKey(key);
      this.#blocks();
    }
  }
}

export class MemoryStore implements KvStore {
  readonly readOnly = false;
  #blocks: Block[] = [{ keys: [], values: [], generation: 0 }];
  #generation = 0;
  #bytes = 0;
  #closed = false;
  #writing = false;
  readonly #reader = new BlockReader(
    () => this.#open(),
    () => this.#freeze(),
  );

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#reader.get(key);
  }

  view(key: Uint8Array): Uint8Array | undefined {
    return this.#reader.view(key);
  }

  has(key: Uint8Array): boolean {
    return this.#reader.has(key);
  }

  entries(range?: KvRange): IterableIterator<KvEntry> {
    return this.#reader.entries(range);
  }

  keys(range?: KvRange): IterableIterator<Uint8Array> {
    return this.#reader.keys(range);
  }

  write<T>(body: (batch: KvBatch) => T): T {
    this.#open();
    if (this.#writing) throw new TypeError("transactions do not nest");
    const blocks = this.#freeze() as Block[];
    const bytes = this.#bytes;
    this.#writing = true;
    try {
      return body(this.#batch());
    } catch (e) {
      this.#blocks = blocks;
      this.#bytes = bytes;
      throw e;
    } finally {
      this.#writing = false;
    }
  }

  snapshot(): KvSnapshot {
    let blocks: readonly Block[] | undefined = this.#freeze();
    const frozen = (): readonly Block[] => (this.#closed ? closed() : (blocks ?? closed()));
    const reader = new BlockReader(frozen, frozen);
    return Object.assign(reader, {
      [Symbol.dispose]: () => {
        blocks = undefined;
      },
    });
  }

  async sync(): Promise<void> {
    this.#open();
  }

  sizeBytes(): number {
    this.#open();
    return this.#bytes;
  }

  freeBytes(): number {
    this.#open();
    return 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#blocks = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Block[] {
    return this.#closed ? closed() : this.#blocks;
  }

  /** The present block list; from here on changes go to copies of it and its blocks. */
  #freeze(): readonly Block[] {
    const frozen = this.#open();
    this.#generation++;
    this.#blocks = frozen.slice();
    return frozen;
  }

  #batch(): KvBatch {
    return Object.assign(
      new BlockReader(
        () => this.#open(),
        () => this.#freeze(),
      ),
      {
        put: (key: Uint8Array, value: Uint8Array) => {
          checkKey(key);
          this.#put(toKey(key), value.slice());
        },
        append: (key: Uint8Array, value: Uint8Array) => {
          checkKey(key);
          const packed = toKey(key);
          const last = this.#blocks.at(-1)?.keys.at(-1);
          if (last !== undefined && last >= packed) throw new WadiError(ErrStoreOrder);
          this.#put(packed, value.slice());
        },
        delete: (key: Uint8Array) => {
          checkKey(key);
          this.#delete(toKey(key));
        },
        deleteRange: (start: Uint8Array, end: Uint8Array, limit?: number) => {
          const range = { start, end, ...(limit === undefined ? {} : { limit }) };
          const keys = Array.from(walk(this.#open(), range), ([key]) => key);
          for (const key of keys) this.#delete(key);
          return keys.length;
        },
      },
    );
  }

  /** The block at `index`, copied if it may be seen by others. */
  #own(index: number): Block {
    const block = this.#blocks[index] as Block;
    if (block.generation === this.#generation) return block;
    const copy = { keys: block.keys.slice(), values: block.values.slice(), generation: this.#generation };
    this.#blocks[index] = copy;
    return copy;
  }

  #put(key: string, value: Uint8Array): void {
    const index = blockFor(this.#blocks, key);
    const block = this.#own(index);
    const at = lowerBound(block.keys, key);
    if (block.keys[at] === key) {
      this.#bytes += value.length - (block.values[at] as Uint8Array).length;
      block.values[at] = value;
      return;
    }
    this.#bytes += key.length + value.length;
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    if (block.keys.length <= BLOCK_ENTRIES) return;
    // Ascending inserts leave full blocks behind.
    const cut = at === block.keys.length - 1 ? at : block.keys.length >>> 1;
    const generation = this.#generation;
    this.#blocks.splice(index + 1, 0, { keys: block.keys.splice(cut), values: block.values.splice(cut), generation });
  }

  #delete(key: string): void {
    const index = blockFor(this.#blocks, key);
    const found = this.#blocks[index] as Block;
    const at = lowerBound(found.keys, key);
    if (found.keys[at] !== key) return;
    const block = this.#own(index);
    this.#bytes -= key.length + (block.values[at] as Uint8Array).length;
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    if (block.keys.length === 0 && this.#blocks.length > 1) this.#blocks.splice(index, 1);
  }
}

function closed(): never {
  throw new WadiError(ErrStoreClosed);
}

// The engine's database in memory, on a virtual disk: a transaction is there whole or not at all.
import type { DatabaseBatch, DatabaseRange, EngineDatabase } from "../../stores/database.ts";
import { KeyKind, singleKey } from "../../stores/store-keys.ts";
import type { Disk } from "./disk.ts";

/** Keys as text whose order is the order of their bytes. */
const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
const SIGN_RECORD = textOf(singleKey(KeyKind.signRecord));
const keyOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

/** What is on disk; outlives the databases that are opened on it. */
export class DatabaseFile {
  readonly #values = new Map<string, Uint8Array>();
  /** All keys in order. */
  readonly #keys: string[] = [];

  /** Index of the first key that is not below this one. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** Undefined removes the key. */
  set(key: string, value: Uint8Array | undefined): void {
    const isThere = this.#values.has(key);
    if (value !== undefined) {
      if (!isThere) this.#keys.splice(this.#position(key), 0, key);
      this.#values.set(key, value);
    } else if (isThere) {
      this.#keys.splice(this.#position(key), 1);
      this.#values.delete(key);
    }
  }

  /** A copy of the keys in a range. */
  keys({ start, end, reverse = false, limit = this.#keys.length }: DatabaseRange = {}): string[] {
    const from = start === undefined ? 0 : this.#position(textOf(start));
    const to = end === undefined ? this.#keys.length : this.#position(textOf(end));
    const keys = this.#keys.slice(from, Math.max(from, to));
    return (reverse ? keys.reverse() : keys).slice(0, limit);
  }

  get size(): number {
    return this.#keys.length;
  }
}

export class SimDatabase implements EngineDatabase {
  readonly #file: DatabaseFile;
  readonly #disk: Disk;
  readonly #onSignRecord: () => void;

  /** `onSignRecord` is called whenever a sign record has become durable with its block. */
  constructor(file: DatabaseFile, disk: Disk, onSignRecord: () => void = () => {}) {
    this.#file = file;
    this.#disk = disk;
    this.#onSignRecord = onSignRecord;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#file.get(textOf(key))?.slice();
  }

  keys(range?: DatabaseRange): Uint8Array[] {
    return this.#file.keys(range).map(keyOf);
  }

  entries(range?: DatabaseRange): { readonly key: Uint8Array; readonly value: Uint8Array }[] {
    return this.keys(range).map((key) => ({ key, value: this.get(key) as Uint8Array }));
  }

  write<T>(body: (batch: DatabaseBatch) => T): T {
    const undo: (() => void)[] = [];
    let hasBlock = false;
    let hasSignRecord = false;
    const set = (key: Uint8Array, value: Uint8Array | undefined): void => {
      const text = textOf(key);
      hasBlock ||= key[0] === KeyKind.blockMeta;
      hasSignRecord ||= text === SIGN_RECORD;
      const before = this.#file.get(text);
      undo.push(() => this.#file.set(text, before));
      this.#file.set(text, value?.slice());
    };
    let isDone = false;
    try {
      const result = body({
        get: (key) => this.get(key),
        keys: (range) => this.keys(range),
        entries: (range) => this.entries(range),
        put: (key, value) => set(key, value),
        delete: (key) => set(key, undefined),
      });
      this.#disk.commit("database transaction", () => {
        isDone = true;
        if (hasBlock && hasSignRecord) this.#onSignRecord();
      });
      return result;
    } finally {
      if (!isDone) for (const revert of undo.reverse()) revert();
    }
  }
}

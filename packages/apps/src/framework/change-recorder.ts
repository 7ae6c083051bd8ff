// A tree in front of another one that notes what changes: for comparing with a recording and for
// telling what a transaction did. Everything passes through.
import { pack, unpack, type KeyValueTree, type Packed, type TreeIterator } from "@wadi/mkvs";

/** A change of one key; undefined stands for "not there". */
export interface Change {
  readonly key: Packed;
  readonly before: Packed | undefined;
  readonly after: Packed | undefined;
}

export class ChangeRecorder implements KeyValueTree {
  readonly #inner: KeyValueTree;
  /** Values before the first write. */
  #before = new Map<Packed, Packed | undefined>();

  constructor(inner: KeyValueTree) {
    this.#inner = inner;
  }

  /** What changed since the last call, by key; writes of the same value are no change. */
  take(): Change[] {
    const changes: Change[] = [];
    for (const key of [...this.#before.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const before = this.#before.get(key);
      const after = this.#inner.getPacked(key);
      if (before !== after) changes.push({ key, before, after });
    }
    this.#before = new Map();
    return changes;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#inner.get(key);
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.insertPacked(pack(key), pack(value));
  }

  remove(key: Uint8Array): void {
    this.removePacked(pack(key));
  }

  removeExisting(key: Uint8Array): Uint8Array | undefined {
    const value = this.removeExistingPacked(pack(key));
    return value === undefined ? undefined : unpack(value);
  }

  iterate(): TreeIterator {
    return this.#inner.iterate();
  }

  getPacked(key: Packed): Packed | undefined {
    return this.#inner.getPacked(key);
  }

  insertPacked(key: Packed, value: Packed): void {
    this.#note(key);
    this.#inner.insertPacked(key, value);
  }

  removePacked(key: Packed): void {
    this.#note(key);
    this.#inner.removePacked(key);
  }

  removeExistingPacked(key: Packed): Packed | undefined {
    this.#note(key);
    return this.#inner.removeExistingPacked(key);
  }

  #note(key: Packed): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#inner.getPacked(key));
  }
}

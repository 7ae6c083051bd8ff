import { unpack } from "./packed.ts";
import type { Packed } from "./packed.ts";

/** One change: the new value, or null where the key was removed. */
export interface WriteLogEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * What turned one root into the next: every changed key once. The order carries no meaning and
 * must not be compared or hashed; the reference emits logs in random order.
 */
export class WriteLog implements Iterable<WriteLogEntry> {
  readonly #changes: ReadonlyMap<Packed, Packed | null>;

  constructor(changes: ReadonlyMap<Packed, Packed | null>) {
    this.#changes = changes;
  }

  static from(entries: Iterable<readonly [key: Packed, value: Packed | null]>): WriteLog {
    return new WriteLog(new Map(entries));
  }

  get size(): number {
    return this.#changes.size;
  }

  /** The changes by packed key. */
  get changes(): ReadonlyMap<Packed, Packed | null> {
    return this.#changes;
  }

  *[Symbol.iterator](): Iterator<WriteLogEntry> {
    for (const [key, value] of this.#changes) yield { key: unpack(key), value: value === null ? null : unpack(value) };
  }
}

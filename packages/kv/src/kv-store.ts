// The interface of an ordered key-value store. Keys sort bytewise, a prefix before its
// extensions. Everything is synchronous but flushing and closing: a lookup in a memory-mapped
// tree costs less than the promise that would carry it.

/** Longest key in bytes that every back end takes; keys must not be empty. */
export const MAX_STORE_KEY_LENGTH = 1024;

/**
 * A range of keys: from `start` (inclusive) to `end` (exclusive), each open where left out. An
 * empty bound is below all keys; one longer than the longest key is a RangeError.
 */
export interface KvRange {
  readonly start?: Uint8Array;
  readonly end?: Uint8Array;
  /** From the last key of the range down. */
  readonly reverse?: boolean;
  /** Stop after so many entries. */
  readonly limit?: number;
}

export interface KvEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Reads of one consistent state. Results are copies that the caller owns, except where noted.
 * An iteration sees the state at its start and is ended by a break like any other; it throws
 * ErrStoreClosed once the store is closed.
 */
export interface KvReader {
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * Like `get` without the copy: the bytes are valid only until the next call on the store and
   * must not be changed.
   */
  view(key: Uint8Array): Uint8Array | undefined;
  has(key: Uint8Array): boolean;
  entries(range?: KvRange): IterableIterator<KvEntry>;
  keys(range?: KvRange): IterableIterator<Uint8Array>;
}

/**
 * Writes of one transaction, and reads that see them. Not to be used after the transaction's
 * body returned, nor may the body write into a range that it is iterating.
 */
export interface KvBatch extends KvReader {
  /** Stores a copy of the bytes. */
  put(key: Uint8Array, value: Uint8Array): void;
  /** Like `put`, for a key above all others of the store; such keys pack tightly. Throws ErrStoreOrder if it is not. */
  append(key: Uint8Array, value: Uint8Array): void;
  /** Deleting a missing key does nothing. */
  delete(key: Uint8Array): void;
  /** Deletes from `start` (inclusive) to `end` (exclusive), at most `limit` keys; returns their number. */
  deleteRange(start: Uint8Array, end: Uint8Array, limit?: number): number;
}

/** A state of the store that later writes do not change. Holds back the reuse of space until disposed. */
export interface KvSnapshot extends KvReader, Disposable {}

export interface KvStore extends KvReader, AsyncDisposable {
  readonly readOnly: boolean;
  /**
   * Runs `body` as one atomic transaction. If it throws, nothing has changed and the error
   * passes. After return the writes survive the death of the process, and of the machine too
   * unless the store was opened without syncing. Bodies do not nest and must not wait.
   *
   * Throws ErrStoreReadOnly, ErrStoreClosed or ErrStoreFailed (disk full, I/O).
   */
  write<T>(body: (batch: KvBatch) => T): T;
  /** On disk about a hundred may be open at a time, iterations included; more throw ErrStoreFailed. */
  snapshot(): KvSnapshot;
  /** Resolves when everything written so far is on disk. */
  sync(): Promise<void>;
  /** Bytes that the store occupies on disk (in memory: keys and values). */
  sizeBytes(): number;
  /** Bytes of `sizeBytes` that are free for new writes. */
  freeBytes(): number;
  /** Idempotent. Every other call afterwards throws ErrStoreClosed. */
  close(): Promise<void>;
}

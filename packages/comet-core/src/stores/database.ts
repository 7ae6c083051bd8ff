// The database that the engine's stores live in: an ordered key-value store with atomic writes.
// The interface is the part of `KvStore` of @wadi/kv that is needed here, so that any such store
// fits; a simulator brings its own.

export interface DatabaseRange {
  /** Inclusive. */
  readonly start?: Uint8Array;
  /** Exclusive. */
  readonly end?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface DatabaseReader {
  get(key: Uint8Array): Uint8Array | undefined;
  keys(range?: DatabaseRange): Iterable<Uint8Array>;
  entries(range?: DatabaseRange): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
}

export interface DatabaseBatch extends DatabaseReader {
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
}

export interface EngineDatabase extends DatabaseReader {
  /**
   * One atomic transaction: all of it or nothing, durable on return (also against failure of the
   * machine). Not nested.
   */
  write<T>(body: (batch: DatabaseBatch) => T): T;
  /**
   * For what a start can make again: atomic, seen by `get` at once, durable with the next `write`.
   * A database without it writes at once.
   */
  stage?(body: (batch: Pick<DatabaseBatch, "put" | "delete">) => void): void;
}

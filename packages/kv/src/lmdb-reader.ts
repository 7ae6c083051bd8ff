// Reads and writes of an LMDB database in the terms of the store's interface.
import type { Database, Transaction } from "lmdb";
import { WadiError } from "@wadi/util";
import { ErrStoreFailed, ErrStoreOrder } from "./errors.ts";
import { checkKey, checkRange } from "./key-check.ts";
import type { KvBatch, KvEntry, KvRange, KvReader } from "./kv-store.ts";
import type { ResidentLimit } from "./resident-limit.ts";

export type Db = Database<Uint8Array, Uint8Array>;

export interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

// The package's methods in the form in which they are used here, which its declarations leave out.
interface LmdbInternals {
  /** Length of the value that was last read. */
  readonly lastSize: number;
  getBinaryFast(key: Uint8Array, options: { readonly transaction?: Transaction }): Uint8Array | undefined;
  putSync(key: Uint8Array, value: Uint8Array, options?: { readonly append: boolean }): boolean;
  sync(callback: (error: unknown) => void): void;
  getStats(): { pageSize: number; lastPageNumber: number; root: TreeStats; free: TreeStats };
}
export const internals = (db: Db): LmdbInternals => db as Db & LmdbInternals;

const DELETE_SLICE = 4096;
const APPEND = { append: true };
/** Reads outside or inside a write transaction, or of a pinned read transaction. */
export class LmdbReader implements KvReader {
  readonly #db: () => Db;
  readonly #path: string;
  readonly #limit: ResidentLimit;
  readonly #options: { readonly transaction?: Transaction };

  constructor(db: () => Db, path: string, limit: ResidentLimit, transaction?: Transaction) {
    this.#db = db;
    this.#path = path;
    this.#limit = limit;
    this.#options = transaction === undefined ? {} : { transaction };
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.view(key)?.slice();
  }

  view(key: Uint8Array): Uint8Array | undefined {
    checkKey(key);
    const db = this.#db();
    this.#limit.touch();
    let bytes: Uint8Array | undefined;
    try {
      bytes = internals(db).getBinaryFast(key, this.#options);
    } catch (e) {
      throw typed(e, this.#path);
    }
    if (bytes === undefined) return undefined;
    // The package hands out one reused buffer whose real length is told apart.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, internals(db).lastSize);
  }

  has(key: Uint8Array): boolean {
    return this.view(key) !== undefined;
  }

  *entries(range: KvRange = {}): IterableIterator<KvEntry> {
    const db = this.#db();
    const options = bounds(range);
    if (options === undefined) return;
    try {
      for (const { key, value } of db.getRange({ ...options, ...this.#options })) {
        this.#limit.touch();
        yield { key: plain(key), value: plain(value) };
        this.#db(); // Throws if the store was closed in between.
      }
    } catch (e) {
      throw typed(e, this.#path);
    }
  }

  *keys(range: KvRange = {}): IterableIterator<Uint8Array> {
    const db = this.#db();
    const options = bounds(range);
    if (options === undefined) return;
    try {
      for (const key of db.getKeys({ ...options, ...this.#options })) {
        this.#limit.touch();
        yield plain(key);
        this.#db();
      }
    } catch (e) {
      throw typed(e, this.#path);
    }
  }
}

/**
 * The range in the package's terms, whose reverse ranges run from an exclusive start to an inclusive end. Undefined
 * for a range without keys that these cannot express: an empty key stands for "no bound" there.
 */
function bounds(range: KvRange): Record<string, unknown> | undefined {
  checkRange(range);
  const { start, end, limit } = range;
  if (end?.length === 0) return undefined;
  const lowest = start === undefined || start.length === 0 ? Uint8Array.of(0) : start;
  const shared = limit === undefined ? {} : { limit };
  if (range.reverse !== true) return { ...shared, start: lowest, ...(end === undefined ? {} : { end }) };
  const top = end === undefined ? { start: undefined } : { start: end, exclusiveStart: true };
  return { ...shared, ...top, end: lowest, inclusiveEnd: true, reverse: true };
}

const plain = (bytes: Uint8Array): Uint8Array =>
  Object.getPrototypeOf(bytes) === Uint8Array.prototype
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class LmdbBatch extends LmdbReader implements KvBatch {
  readonly #db: Db;
  readonly #limit: ResidentLimit;

  constructor(db: Db, path: string, limit: ResidentLimit) {
    super(() => db, path, limit);
    this.#db = db;
    this.#limit = limit;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    checkKey(key);
    this.#limit.touch();
    this.#db.putSync(key, value);
  }

  append(key: Uint8Array, value: Uint8Array): void {
    checkKey(key);
    if (!internals(this.#db).putSync(key, value, APPEND)) throw new WadiError(ErrStoreOrder);
  }

  delete(key: Uint8Array): void {
    checkKey(key);
    this.#limit.touch();
    this.#db.removeSync(key);
  }

  deleteRange(start: Uint8Array, end: Uint8Array, limit = Infinity): number {
    let deleted = 0;
    for (;;) {
      const slice = Array.from(this.keys({ start, end, limit: Math.min(DELETE_SLICE, limit - deleted) }));
      for (const key of slice) this.#db.removeSync(key);
      deleted += slice.length;
      if (slice.length < DELETE_SLICE) return deleted;
    }
  }
}

/** Errors of LMDB itself carry a numeric code. */
export function isSystemError(e: unknown): boolean {
  return e instanceof Error && !(e instanceof WadiError) && "code" in e && typeof e.code === "number";
}

/** The error of a read, which is the system's or comes from the reader itself. */
export function typed(e: unknown, path: string): unknown {
  return isSystemError(e) ? failed(e, path) : e;
}

/** ErrStoreFailed with its cause. */
export function failed(cause: unknown, path: string): WadiError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const context = text.includes(path) ? text : `${path}: ${text}`;
  return new WadiError(ErrStoreFailed, { context, cause, data: { path } });
}

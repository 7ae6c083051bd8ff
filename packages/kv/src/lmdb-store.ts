// A store in an LMDB file through the `lmdb` package: a memory-mapped B+tree with one writer and
// many readers, also in other processes. Commits are atomic and never overwrite pages that the
// last commit or a reader uses, so a killed process leaves the last committed state.
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { open } from "lmdb";
import type { Database, RootDatabase, Transaction } from "lmdb";
import { WadiError } from "@wadi/util";
import { ErrStoreClosed, ErrStoreFailed, ErrStoreOrder, ErrStoreReadOnly } from "./errors.ts";
import { checkKey, checkRange } from "./key-check.ts";
import type { KvBatch, KvEntry, KvRange, KvReader, KvSnapshot, KvStore } from "./kv-store.ts";
import { ResidentLimit } from "./resident-limit.ts";

export interface LmdbOptions {
  /** The data file; its folder is made if missing. A lock file `<path>-lock` appears beside it. */
  readonly path: string;
  /** Open an existing store for reading only, also while another process writes it. */
  readonly readOnly?: boolean;
  /**
   * Do not wait for the disk at every commit. A crash of the machine may then damage the store
   * unless `sync` was called since; a crash of the process alone loses nothing.
   */
  readonly noSync?: boolean;
  /**
   * How many bytes of the file may be resident memory of this process at a time, roughly (default
   * 64 MiB). It needs Linux and node:ffi; without these, touched pages stay until the system
   * wants them back.
   */
  readonly residentBytes?: number;
}

type Db = Database<Uint8Array, Uint8Array>;

interface TreeStats {
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
const internals = (db: Db): LmdbInternals => db as unknown as LmdbInternals;

const DELETE_SLICE = 4096;
const APPEND = { append: true };
/**
 * Addresses set aside for the file, not memory. A map that grows is mapped a second time, and its
 * pages count twice as resident; this one has to grow only for a file above 256 GiB.
 */
const MAP_BYTES = 2 ** 38;
const RESIDENT_BYTES = 64 * 1024 * 1024;
const META_PAGES = 2;
/** Where a data file says that it is one. */
const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;

/** Reads outside or inside a write transaction, or of a pinned read transaction. */
class LmdbReader implements KvReader {
  readonly #db: () => Db;
  readonly #limit: ResidentLimit;
  readonly #options: { readonly transaction?: Transaction };

  constructor(db: () => Db, limit: ResidentLimit, transaction?: Transaction) {
    this.#db = db;
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
    const bytes = internals(db).getBinaryFast(key, this.#options);
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
    for (const { key, value } of db.getRange({ ...options, ...this.#options })) {
      this.#limit.touch();
      yield { key: plain(key), value: plain(value) };
      this.#db(); // Throws if the store was closed in between.
    }
  }

  *keys(range: KvRange = {}): IterableIterator<Uint8Array> {
    const db = this.#db();
    const options = bounds(range);
    if (options === undefined) return;
    for (const key of db.getKeys({ ...options, ...this.#options })) {
      this.#limit.touch();
      yield plain(key);
      this.#db();
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

class LmdbBatch extends LmdbReader implements KvBatch {
  readonly #db: Db;
  readonly #limit: ResidentLimit;

  constructor(db: Db, limit: ResidentLimit) {
    super(() => db, limit);
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

export class LmdbStore implements KvStore {
  readonly readOnly: boolean;
  readonly #path: string;
  #db: RootDatabase<Uint8Array, Uint8Array> | undefined;
  readonly #limit: ResidentLimit;
  readonly #reader: LmdbReader;
  readonly #batch: LmdbBatch;
  #writing = false;

  /** Opens or creates the store; throws ErrStoreFailed. */
  constructor(options: LmdbOptions) {
    this.readOnly = options.readOnly ?? false;
    this.#path = options.path;
    try {
      checkFile(options.path, this.readOnly);
      this.#db = open<Uint8Array, Uint8Array>({
        path: options.path,
        noSubdir: true,
        encoding: "binary",
        keyEncoding: "binary",
        maxDbs: 1,
        cache: false,
        compression: false,
        readOnly: this.readOnly,
        noSync: options.noSync ?? false,
        // Either every commit waits for the disk or `sync` does; not something between.
        overlappingSync: false,
        // Reads are scattered; reading ahead would only push other pages out of memory.
        noReadAhead: true,
        mapSize: MAP_BYTES,
      } as Parameters<typeof open>[0]) as RootDatabase<Uint8Array, Uint8Array>;
      this.#limit = new ResidentLimit(options.path, options.residentBytes ?? RESIDENT_BYTES);
    } catch (e) {
      throw failed(e, options.path);
    }
    this.#reader = new LmdbReader(() => this.#open(), this.#limit);
    this.#batch = new LmdbBatch(this.#db, this.#limit);
  }

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
    const db = this.#open();
    if (this.readOnly) throw new WadiError(ErrStoreReadOnly);
    if (this.#writing) throw new TypeError("transactions do not nest");
    // Errors of the body pass; errors of the transaction itself are wrapped.
    let thrown: { error: unknown } | undefined;
    this.#writing = true;
    try {
      return db.transactionSync(() => {
        try {
          return body(this.#batch);
        } catch (error) {
          thrown = { error };
          throw error;
        }
      });
    } catch (e) {
      if (thrown !== undefined && e === thrown.error && !isSystemError(e)) throw e;
      throw failed(e, this.#path);
    } finally {
      this.#writing = false;
    }
  }

  snapshot(): KvSnapshot {
    const db = this.#open();
    // The shared read transaction may be older than the last commit of another process.
    db.resetReadTxn();
    const transaction = db.useReadTransaction();
    let disposed = false;
    const reader = new LmdbReader(
      () => {
        if (disposed) throw new WadiError(ErrStoreClosed);
        return this.#open();
      },
      this.#limit,
      transaction,
    );
    return Object.assign(reader, {
      [Symbol.dispose]: () => {
        if (!disposed) transaction.done();
        disposed = true;
      },
    });
  }

  async sync(): Promise<void> {
    const db = this.#open();
    if (this.readOnly) return;
    await new Promise<void>((resolve, reject) => {
      internals(db).sync((error) => {
        if (error === null || error === undefined) resolve();
        else reject(failed(error, this.#path));
      });
    });
  }

  sizeBytes(): number {
    this.#open();
    return statSync(this.#path).size;
  }

  freeBytes(): number {
    const { pageSize, lastPageNumber, root, free } = internals(this.#open()).getStats();
    const pages = (tree: TreeStats): number => tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages;
    return Math.max(0, lastPageNumber + 1 - META_PAGES - pages(root) - pages(free)) * pageSize;
  }

  async close(): Promise<void> {
    const db = this.#db;
    this.#db = undefined;
    await db?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): RootDatabase<Uint8Array, Uint8Array> {
    if (this.#db === undefined) throw new WadiError(ErrStoreClosed);
    return this.#db;
  }
}

/** Refuses a file that is no LMDB file; the native code would read beyond its end. */
function checkFile(path: string, mustExist: boolean): void {
  if (!mustExist && !existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(MAGIC_OFFSET + 4);
    const length = readSync(file, header, 0, header.length, 0);
    if (length === 0 && !mustExist) return;
    if (length < header.length || header.readUInt32LE(MAGIC_OFFSET) !== MAGIC) throw new Error("not an LMDB file");
  } finally {
    closeSync(file);
  }
}

/** Errors of LMDB itself carry a numeric code. */
function isSystemError(e: unknown): boolean {
  return e instanceof Error && !(e instanceof WadiError) && "code" in e && typeof e.code === "number";
}

function failed(cause: unknown, path: string): WadiError {
  const context = cause instanceof Error ? cause.message : String(cause);
  return new WadiError(ErrStoreFailed, { context, cause, data: { path } });
}

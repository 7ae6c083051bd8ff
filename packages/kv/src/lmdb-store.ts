// A store in an LMDB file through the `lmdb` package: a memory-mapped B+tree with one writer and
// many readers, also in other processes. Commits are atomic and never overwrite pages that the
// last commit or a reader uses, so a killed process leaves the last committed state.
import { existsSync, statSync } from "node:fs";
import { open } from "lmdb";
import type { RootDatabase, Transaction } from "lmdb";
import { WadiError } from "@wadi/util";
import { ErrStoreClosed, ErrStoreReadOnly } from "./errors.ts";
import { requireFreeSpace } from "./free-space.ts";
import { DamagedFile, checkLmdbFile } from "./lmdb-file-check.ts";
import type { KvBatch, KvEntry, KvRange, KvSnapshot, KvStore } from "./kv-store.ts";
import { LmdbBatch, LmdbReader, failed, internals, isSystemError, typed } from "./lmdb-reader.ts";
import type { TreeStats } from "./lmdb-reader.ts";
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
  /** With less room on the disk nothing is written (default 4 MiB). */
  readonly minFreeBytes?: number;
}

/**
 * Addresses set aside for the file, not memory. A map that grows is mapped a second time, and its
 * pages count twice as resident; this one has to grow only for a file above 256 GiB.
 */
const MAP_BYTES = 2 ** 38;
const RESIDENT_BYTES = 64 * 1024 * 1024;
const MIN_FREE_BYTES = 4 * 1024 * 1024;
const META_PAGES = 2;

export class LmdbStore implements KvStore {
  readonly readOnly: boolean;
  readonly #path: string;
  #db: RootDatabase<Uint8Array, Uint8Array> | undefined;
  readonly #limit: ResidentLimit;
  readonly #reader: LmdbReader;
  readonly #batch: LmdbBatch;
  #writing = false;
  readonly #minFreeBytes: number;
  /** Why a transaction could not be written. LMDB is not sure to bear another one after that. */
  #failure: WadiError | undefined;

  /** Opens or creates the store; throws ErrStoreFailed. */
  constructor(options: LmdbOptions) {
    this.readOnly = options.readOnly ?? false;
    this.#path = options.path;
    this.#minFreeBytes = options.minFreeBytes ?? MIN_FREE_BYTES;
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
    this.#reader = new LmdbReader(() => this.#open(), this.#path, this.#limit);
    this.#batch = new LmdbBatch(this.#db, this.#path, this.#limit);
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
    if (this.#failure !== undefined) throw this.#failure;
    this.#requireSpace();
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
      this.#failure = failed(e, this.#path);
      throw this.#failure;
    } finally {
      this.#writing = false;
    }
  }

  snapshot(): KvSnapshot {
    const db = this.#open();
    let transaction: Transaction;
    try {
      // The shared read transaction may be older than the last commit of another process.
      db.resetReadTxn();
      transaction = db.useReadTransaction();
    } catch (e) {
      throw typed(e, this.#path);
    }
    let disposed = false;
    const reader = new LmdbReader(
      () => {
        if (disposed) throw new WadiError(ErrStoreClosed);
        return this.#open();
      },
      this.#path,
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

  #requireSpace(): void {
    try {
      requireFreeSpace(this.#path, this.#minFreeBytes);
    } catch (e) {
      throw failed(e, this.#path);
    }
  }

  #open(): RootDatabase<Uint8Array, Uint8Array> {
    if (this.#db === undefined) throw new WadiError(ErrStoreClosed);
    return this.#db;
  }
}

/** Refuses a file that is damaged; the native code would read beyond its end. */
function checkFile(path: string, readOnly: boolean): void {
  if (!readOnly && !existsSync(path)) return;
  try {
    // Whoever reads only may do so beside a writer, whose transactions go on meanwhile.
    checkLmdbFile(path, readOnly ? "header" : "trees");
  } catch (e) {
    if (!(e instanceof DamagedFile)) throw e;
    throw new DamagedFile(`the file is damaged: ${e.message}`, { cause: e });
  }
}

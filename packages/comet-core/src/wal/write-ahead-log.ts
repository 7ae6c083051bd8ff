// The write-ahead log over its files: appending, syncing, rotation, and reading back what was
// written since the last finished height. Reference: consensus/wal.go and libs/autofile/group.go
// of the fork.
import type { TimeNs } from "@wadi/comet-types";
import { concatBytes, WadiError } from "@wadi/util";
import type { WalRecord } from "../rounds/types.ts";
import { ErrWalCorrupted } from "./errors.ts";
import { decodeWal, encodeWalRecord, type DecodedWal, type PlacedWalRecord, type WalFault } from "./wal-records.ts";

/** The head, which is appended to, and older files with ascending numbers. */
export interface WalFiles {
  /** Numbers of the older files, ascending. */
  rotated(): readonly number[];
  /** The content of the head or of an older file; empty for a head that is not there yet. */
  read(file: "head" | number): Uint8Array;
  sizeBytes(file: "head" | number): number;
  /** Appends to the head. The bytes survive the process after return, the machine after the next `sync`. */
  append(bytes: Uint8Array): void;
  /** Makes all of the head durable. */
  sync(): void;
  /** Durably turns the head, which was synced, into the older file of this number; the head is empty then. */
  rotate(number: number): void;
  /** Durably cuts the head to this length. */
  truncateHead(lengthBytes: number): void;
  /** Keeps a copy of the head for whoever looks into a damage. */
  copyDamagedHead(): void;
  remove(number: number): void;
}

export interface WalOptions {
  /** Size of the head from which on it is rotated. */
  readonly maxFileBytes: number;
  /** The oldest files go when all are larger than this. */
  readonly maxTotalBytes: number;
}

const DEFAULT_WAL_OPTIONS: WalOptions = { maxFileBytes: 10 * 1024 * 1024, maxTotalBytes: 1024 ** 3 };

const START: WalRecord = { kind: "end-height", height: 0 };

export class WriteAheadLog {
  readonly #files: WalFiles;
  readonly #options: WalOptions;
  /** Encoded, not yet given to the file. */
  #buffer: Uint8Array[] = [];
  #bufferBytes = 0;
  #headBytes = 0;
  #isSynced = true;

  constructor(files: WalFiles, options: WalOptions = DEFAULT_WAL_OPTIONS) {
    this.#files = files;
    this.#options = options;
  }

  /**
   * Prepares the log. A head that ends in bytes that are no record is copied and cut at the first
   * of them; what it was is returned. A new log starts with the end of height 0.
   */
  open(now: TimeNs): WalFault | undefined {
    const head = this.#files.read("head");
    const { fault } = decodeWal(head);
    if (fault !== undefined) {
      this.#files.copyDamagedHead();
      this.#files.truncateHead(fault.offset);
    }
    this.#headBytes = fault?.offset ?? head.length;
    // What is read may have survived the process only: before anything is built on it, it is to be synced.
    this.#isSynced = this.#headBytes === 0;
    if (this.#headBytes === 0 && this.#files.rotated().length === 0) {
      this.append(START, now);
      this.sync();
    }
    return fault;
  }

  /** Takes a record; it is in the file after the next `flush` and durable after the next `sync`. */
  append(record: WalRecord, time: TimeNs): void {
    const bytes = encodeWalRecord(record, time);
    if (this.#headBytes > 0 && this.#headBytes + this.#bufferBytes >= this.#options.maxFileBytes) this.#rotate();
    this.#buffer.push(bytes);
    this.#bufferBytes += bytes.length;
  }

  /** Bytes that the death of the process would lose. */
  get unwrittenBytes(): number {
    return this.#bufferBytes;
  }

  /** What was appended now survives the death of the process. */
  flush(): void {
    if (this.#bufferBytes === 0) return;
    const bytes = this.#buffer.length === 1 ? (this.#buffer[0] as Uint8Array) : concatBytes(...this.#buffer);
    this.#buffer = [];
    this.#bufferBytes = 0;
    this.#isSynced = false;
    this.#headBytes += bytes.length;
    this.#files.append(bytes);
  }

  /** What was appended now survives a failure of the machine. */
  sync(): void {
    this.flush();
    if (this.#isSynced) return;
    this.#files.sync();
    this.#isSynced = true;
  }

  #rotate(): void {
    this.sync();
    const numbers = this.#files.rotated();
    this.#files.rotate((numbers.at(-1) ?? -1) + 1);
    this.#headBytes = 0;
    const all = this.#files.rotated();
    let total = all.reduce((sum, number) => sum + this.#files.sizeBytes(number), 0);
    for (const number of all) {
      if (total <= this.#options.maxTotalBytes) return;
      total -= this.#files.sizeBytes(number);
      this.#files.remove(number);
    }
  }

  /**
   * The records after the end of a height, in order; undefined where that end is not in the log.
   * Throws ErrWalCorrupted if a damaged older file stands in the way.
   */
  recordsAfter(height: number): readonly WalRecord[] | undefined {
    this.flush();
    const later: WalRecord[][] = [];
    for (const file of ["head" as const, ...this.#files.rotated().toReversed()]) {
      const records = this.#readAll(file);
      const end = records.findLastIndex(({ record }) => record.kind === "end-height" && record.height === height);
      later.unshift(records.slice(end + 1).map(({ record }) => record));
      if (end >= 0) return later.flat();
      const last = records.findLast(({ record }) => record.kind === "end-height")?.record;
      // Ends of heights ascend: what is older cannot have it.
      if (last?.kind === "end-height" && last.height < height) return undefined;
    }
    return undefined;
  }

  /** The height that was ended last, 0 for none; looks into the head and the newest older file only. */
  lastEndedHeight(): number {
    this.flush();
    for (const file of ["head" as const, ...this.#files.rotated().slice(-1)]) {
      const last = this.#decode(file).records.findLast(({ record }) => record.kind === "end-height")?.record;
      if (last?.kind === "end-height") return last.height;
    }
    return 0;
  }

  #decode(file: "head" | number): DecodedWal {
    return decodeWal(this.#files.read(file));
  }

  #readAll(file: "head" | number): readonly PlacedWalRecord[] {
    const { records, fault } = this.#decode(file);
    if (fault === undefined) return records;
    const context = `${file === "head" ? "head" : `file ${file}`} at offset ${fault.offset}: ${fault.reason}`;
    throw new WadiError(ErrWalCorrupted, { context, data: { file, offset: fault.offset } });
  }
}

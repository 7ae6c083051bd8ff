// Keeps the pages of a mapped file from piling up in a process: LMDB maps its whole file, every
// page that is touched counts as resident memory of the process, and the system takes pages back
// only when it is short of memory. Letting go of them loses nothing, since a shared mapping shows
// what the system's file cache holds; the next touch finds it there.
//
// This takes a system call that Node has no function for, so it goes through node:ffi and works
// on Linux only. Elsewhere, or without node:ffi, there is no limit.
import { openSync, readFileSync, readSync, realpathSync } from "node:fs";

const PAGE_BYTES = 4096;
/** A touch of a scattered place maps the pages around it, mostly on two levels of the tree. */
const BYTES_PER_TOUCH = 2 * 65_536;
const MIN_TOUCHES = 32;
const MADV_DONTNEED = 4;
/** How a shared mapping of a file appears in the list of mappings: addresses, permissions, file. */
const SHARED_MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r[-w]-s \S+ \S+ \d+ +(.*)$/gm;

type Advise = (address: bigint, length: bigint, advice: number) => number;

let advise: Advise | null | undefined;

/** madvise(2), or null where it cannot be called. */
function findAdvise(): Advise | null {
  if (process.platform !== "linux") return null;
  try {
    const ffi = process.getBuiltinModule("node:ffi");
    const { functions } = ffi.dlopen(null, { madvise: { arguments: ["u64", "u64", "i32"], return: "i32" } });
    return functions.madvise;
  } catch {
    return null;
  }
}

let statm: number | undefined;
const text = Buffer.alloc(128);

/** Resident bytes of the process that belong to files; 0 where that is not known. */
function residentFileBytes(): number {
  try {
    statm ??= openSync("/proc/self/statm", "r");
    const length = readSync(statm, text, 0, text.length, 0);
    return Number(text.toString("latin1", 0, length).split(" ")[2]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/**
 * Watches the touches of one file. What it counts is the growth of the whole process's mapped
 * files since the last time it acted; others than this one only make it act early.
 */
export class ResidentLimit {
  readonly #path: string;
  readonly #bytes: number;
  #base = residentFileBytes();
  /** Touches that cannot pass the limit. */
  #credit: number;

  /** For an existing file; nothing is done until about `bytes` of it are resident. */
  constructor(path: string, bytes: number) {
    this.#path = realpathSync(path);
    this.#bytes = bytes;
    this.#credit = this.#touchesWithin(bytes);
  }

  /** To be called at every read or write of the mapping, also in the middle of a transaction. */
  touch(): void {
    if (--this.#credit <= 0) this.#check();
  }

  #touchesWithin(bytes: number): number {
    return Math.max(MIN_TOUCHES, Math.floor(bytes / BYTES_PER_TOUCH));
  }

  #check(): void {
    const resident = residentFileBytes();
    // What another file gave back is not this one's to take.
    this.#base = Math.min(this.#base, resident);
    const left = this.#bytes - (resident - this.#base);
    this.#credit = this.#touchesWithin(left);
    if (left > 0) return;
    if (advise === undefined) advise = findAdvise();
    if (advise === null) this.#credit = Infinity;
    else this.#release(advise);
    this.#base = residentFileBytes();
  }

  #release(call: Advise): void {
    // The mappings are looked up every time: an address that was kept could have become another's.
    for (const [, start, end, path] of readFileSync("/proc/self/maps", "latin1").matchAll(SHARED_MAPPING)) {
      if (Buffer.from(path as string, "latin1").toString() !== this.#path) continue;
      const address = BigInt(`0x${start}`);
      call(address, BigInt(`0x${end}`) - address, MADV_DONTNEED);
    }
  }
}

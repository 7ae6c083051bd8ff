// Whether an LMDB file is sound, before native code maps it: that code believes the file, and a
// page number or an offset beyond its end ends the process with a signal that nobody can catch.
// Format: liblmdb as the `lmdb` package brings it (data version 2: page headers of 24 bytes).
// What values hold is not checked; there are no checksums.
import { closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";

const PAGE_HEADER = 24;
const META_PAGES = 2;
const MAGIC = 0xbeefc0de;
/** Of the meta data, behind the page header. */
const META = { magic: 0, pageSize: 24, trees: [24, 72], transaction: 128, size: 136 };
/** Of a tree in the meta data. */
const TREE = { levels: 6, root: 40 };
/** Of the page header. */
const HEADER = { page: 0, transaction: 8, flags: 18, lower: 20, upper: 22 };
const FLAG = { branch: 0x01, leaf: 0x02, overflow: 0x04 };
/** Flags above are of the moment. */
const KINDS = 0xff;
const NODE_HEADER = 8;
const NODE_ON_OVERFLOW = 0x01;
/** Page number, transaction and number of pages of a value that has pages of its own. */
const OVERFLOW_REFERENCE = 24;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** Trees that deep do not exist: pages have at least two keys. */
const MAX_LEVELS = 32;
/** Files above are checked without their leaves, so that a start does not wait for it. */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;

/** What is wrong with a file. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

function requireThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new DamagedFile(what);
}

/**
 * Throws DamagedFile for a file that cannot be used, and what the system throws. An empty file is
 * as good as none. With `header` only the beginning is looked at: another process may be writing.
 */
export function checkLmdbFile(path: string, extent: "header" | "trees"): void {
  const lock = lstatSync(`${path}-lock`, { throwIfNoEntry: false });
  requireThat(lock === undefined || lock.isFile(), `${path}-lock is not a file`);
  const file = openSync(path, "r");
  try {
    const stats = fstatSync(file);
    requireThat(stats.isFile(), "it is not a file");
    if (stats.size > 0) new LmdbFile(file, stats.size).check(extent);
  } finally {
    closeSync(file);
  }
}

class LmdbFile {
  readonly #file: number;
  readonly #sizeBytes: number;
  readonly #pageSize: number;
  readonly #pages: number;
  /** The two last transactions, of which LMDB takes the later one. */
  readonly #metas: readonly DataView[];
  readonly #seen: Uint8Array;
  /** The last transaction that is complete. */
  #transaction = 0n;

  constructor(file: number, sizeBytes: number) {
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    const first = this.#meta(0);
    this.#pageSize = first.getUint32(META.pageSize, true);
    const isPowerOfTwo = (this.#pageSize & (this.#pageSize - 1)) === 0;
    requireThat(isPowerOfTwo && this.#pageSize >= 256 && this.#pageSize <= 65_536, "it has no possible page size");
    this.#metas = [first, this.#meta(this.#pageSize)];
    this.#pages = Math.floor(sizeBytes / this.#pageSize);
    this.#seen = new Uint8Array(this.#pages);
  }

  check(extent: "header" | "trees"): void {
    const [first, second] = this.#metas as [DataView, DataView];
    const transaction = (meta: DataView): bigint => meta.getBigUint64(META.transaction, true);
    const latest = transaction(first) >= transaction(second) ? first : second;
    this.#transaction = transaction(latest);
    const withLeaves = this.#sizeBytes <= FULL_CHECK_BYTES;
    for (const tree of META.trees) {
      const root = latest.getBigUint64(tree + TREE.root, true);
      if (root === NO_PAGE) continue;
      this.#requirePages(root, 1);
      const levels = latest.getUint16(tree + TREE.levels, true);
      requireThat(levels > 0 && levels <= MAX_LEVELS, `a tree has ${levels} levels`);
      if (extent === "trees") this.#checkTree(Number(root), levels, withLeaves);
    }
  }

  #read(offset: number, length: number): DataView {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(this.#file, bytes, filled, length - filled, offset + filled);
      requireThat(count > 0, "its end is missing");
      filled += count;
    }
    return new DataView(bytes.buffer);
  }

  #meta(offset: number): DataView {
    const meta = this.#read(offset + PAGE_HEADER, META.size);
    requireThat(meta.getUint32(META.magic, true) === MAGIC, "it is not an LMDB file");
    return meta;
  }

  /** The file may be shorter than its pages are many, but only by pages that nobody refers to. */
  #requirePages(first: bigint, count: number): void {
    requireThat(
      first >= META_PAGES && first + BigInt(count) <= BigInt(this.#pages),
      `page ${first} of ${this.#pages} is referred to`,
    );
  }

  /** A page with the header that it must have; what kind it is of. */
  #requireHeader(view: DataView, page: number): number {
    const isOwn = view.getBigUint64(HEADER.page, true) === BigInt(page);
    // A page of a later transaction counts as one that may be changed where it is.
    const isPast = view.getBigUint64(HEADER.transaction, true) <= this.#transaction;
    requireThat(isOwn && isPast, `page ${page} has no possible header`);
    return view.getUint16(HEADER.flags, true) & KINDS;
  }

  #checkTree(page: number, levels: number, withLeaves: boolean): void {
    requireThat(this.#seen[page] === 0, `page ${page} is in the tree twice`);
    this.#seen[page] = 1;
    const isLeaf = levels === 1;
    if (isLeaf && !withLeaves) return;
    const view = this.#read(page * this.#pageSize, this.#pageSize);
    const kind = this.#requireHeader(view, page);
    requireThat(kind === (isLeaf ? FLAG.leaf : FLAG.branch), `page ${page} is of another kind than expected`);
    for (const node of this.#nodes(view, page)) {
      if (isLeaf) this.#checkLeaf(view, node, page);
      else this.#checkTree(this.#child(view, node, page), levels - 1, withLeaves);
    }
  }

  /** Offsets of a page's nodes. */
  *#nodes(view: DataView, page: number): Generator<number> {
    const [lower, upper] = [view.getUint16(HEADER.lower, true), view.getUint16(HEADER.upper, true)];
    const space = this.#pageSize - PAGE_HEADER;
    requireThat(lower % 2 === 0 && lower <= upper && upper <= space, `page ${page} has no possible bounds`);
    for (let at = 0; at < lower; at += 2) {
      const node = view.getUint16(PAGE_HEADER + at, true);
      requireThat(node >= upper && node + NODE_HEADER <= space, `page ${page} has a node outside of it`);
      yield PAGE_HEADER + node;
    }
  }

  #child(view: DataView, node: number, page: number): number {
    const keyBytes = view.getUint16(node + 6, true);
    requireThat(node + NODE_HEADER + keyBytes <= this.#pageSize, `page ${page} has a key that does not end`);
    const child = view.getUint32(node, true) + view.getUint16(node + 4, true) * 2 ** 32;
    this.#requirePages(BigInt(child), 1);
    return child;
  }

  #checkLeaf(view: DataView, node: number, page: number): void {
    const valueBytes = view.getUint32(node, true);
    const flags = view.getUint16(node + 4, true);
    const keyBytes = view.getUint16(node + 6, true);
    requireThat((flags & ~NODE_ON_OVERFLOW) === 0, `page ${page} has a value of no known kind`);
    const isApart = flags === NODE_ON_OVERFLOW;
    const end = node + NODE_HEADER + keyBytes + (isApart ? OVERFLOW_REFERENCE : valueBytes);
    requireThat(end <= this.#pageSize, `page ${page} has a value that does not end`);
    if (!isApart) return;
    const first = view.getBigUint64(end - OVERFLOW_REFERENCE, true);
    this.#requirePages(first, Math.ceil((PAGE_HEADER + valueBytes) / this.#pageSize));
    const header = this.#read(Number(first) * this.#pageSize, PAGE_HEADER);
    const isOverflow = this.#requireHeader(header, Number(first)) === FLAG.overflow;
    requireThat(isOverflow, `page ${first} is of another kind than expected`);
  }
}

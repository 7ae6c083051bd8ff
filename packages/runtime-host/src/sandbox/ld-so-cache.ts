// /etc/ld.so.cache of glibc 2.2 and newer: library names to paths.
// Reference: go/common/dynlib/cache.go; the format is glibc's dl-cache.h.
import { LaunchError } from "./errors.ts";

const OLD_MAGIC = Buffer.from("ld.so-1.7.0\0");
const OLD_ENTRY_BYTES = 12;
const NEW_MAGIC = Buffer.from("glibc-ld.so.cache1.1");
const NEW_HEADER_BYTES = NEW_MAGIC.length + 28;
const NEW_ENTRY_BYTES = 24;

/** FLAG_X8664_LIB64 with FLAG_ELF_LIBC6: what 64-bit programs of this architecture load. */
const WANTED_FLAGS = 0x0303;
/** Marks a variant for newer processors; the plain one works on all. */
const HWCAP_EXTENSION = 1n << 62n;

interface CacheEntry {
  readonly path: string;
  readonly hwcap: bigint;
}

/** Name to the paths of its variants, best first. Throws a LaunchError for a file that is no such cache. */
export function parseLdSoCache(file: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const cache = bytes.subarray(newFormatAt(bytes));
  if (!startsWith(cache, NEW_MAGIC) || cache.length < NEW_HEADER_BYTES) throw malformed("no known format");
  const count = cache.readUInt32LE(NEW_MAGIC.length);
  if (cache.length < NEW_HEADER_BYTES + count * NEW_ENTRY_BYTES) throw malformed("truncated");
  const found = new Map<string, CacheEntry[]>();
  for (let i = 0; i < count; i++) {
    const at = NEW_HEADER_BYTES + i * NEW_ENTRY_BYTES;
    if ((cache.readUInt32LE(at) & WANTED_FLAGS) !== WANTED_FLAGS) continue;
    const name = textAt(cache, cache.readUInt32LE(at + 4));
    const entry = { path: textAt(cache, cache.readUInt32LE(at + 8)), hwcap: cache.readBigUInt64LE(at + 16) };
    const variants = found.get(name);
    if (variants === undefined) found.set(name, [entry]);
    else variants.push(entry);
  }
  return new Map([...found].map(([name, variants]) => [name, variants.toSorted(byPreference).map(({ path }) => path)]));
}

function byPreference(a: CacheEntry, b: CacheEntry): number {
  const isVariant = (entry: CacheEntry): number => ((entry.hwcap & HWCAP_EXTENSION) === 0n ? 0 : 1);
  return isVariant(a) - isVariant(b) || (a.hwcap === b.hwcap ? 0 : a.hwcap > b.hwcap ? -1 : 1);
}

/** The old format, if it is there, comes first and holds the new one at the next multiple of 8. */
function newFormatAt(bytes: Buffer): number {
  if (!startsWith(bytes, OLD_MAGIC)) return 0;
  if (bytes.length < OLD_MAGIC.length + 4) throw malformed("truncated");
  const end = OLD_MAGIC.length + 4 + OLD_ENTRY_BYTES * bytes.readUInt32LE(OLD_MAGIC.length);
  return Math.ceil(end / 8) * 8;
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix);
}

function textAt(cache: Buffer, at: number): string {
  const end = cache.indexOf(0, at);
  if (at >= cache.length || end < 0) throw malformed("string table index out of bounds");
  return cache.toString("utf8", at, end);
}

function malformed(what: string): LaunchError {
  return new LaunchError("library", `dynlib: failed to read ld.so.cache: ${what}`);
}

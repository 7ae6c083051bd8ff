// The shared libraries that an executable needs, to be bound into its sandbox.
// Reference: go/common/dynlib. Left out: RPATH and RUNPATH, which the reference does not read either.
import { access, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";

import { neededLibraries } from "./elf.ts";
import { LaunchError } from "./errors.ts";
import { parseLdSoCache } from "./ld-so-cache.ts";

export interface SharedLibrary {
  /** The name by which it is loaded. */
  readonly soname: string;
  /** The file, with symbolic links resolved. */
  readonly path: string;
}

export interface LibrarySearch {
  /** Default: /etc/ld.so.cache. */
  readonly cachePath?: string;
  /** Searched after the cache, as LD_LIBRARY_PATH of the node; separated by colons. */
  readonly fallbackPath?: string;
}

/** Where libraries are on systems without a cache. */
const DIRECTORIES_WITHOUT_CACHE = ["/lib", "/usr/local/lib", "/usr/lib"];

/** The kernel provides it. */
const IGNORED = "linux-vdso.so.1";

/** More than any sound executable has. */
const MAX_LIBRARIES = 512;

/** All libraries, those that the executable names first. Throws a LaunchError. */
export async function resolveLibraries(executable: string, search: LibrarySearch = {}): Promise<SharedLibrary[]> {
  const find = await finder(search);
  const found = new Map<string, SharedLibrary>();
  const files = [executable];
  // The list grows while it is read: breadth first.
  for (const file of files) {
    for (const soname of await neededLibraries(file)) {
      if (soname === IGNORED || found.has(soname)) continue;
      if (found.size === MAX_LIBRARIES) throw new LaunchError("library", "dynlib: too many libraries");
      const path = await find(soname);
      if (path === undefined) throw new LaunchError("library", `dynlib: Failed to find library: ${soname}`);
      found.set(soname, { soname, path: await realpath(path) });
      if (!files.includes(path)) files.push(path);
    }
  }
  return [...found.values()];
}

async function finder({
  cachePath = "/etc/ld.so.cache",
  fallbackPath = "",
}: LibrarySearch): Promise<(soname: string) => Promise<string | undefined>> {
  const cache = await readCache(cachePath);
  const directories = fallbackPath.split(":").filter((directory) => directory !== "");
  if (cache === undefined) directories.unshift(...DIRECTORIES_WITHOUT_CACHE);
  return async (soname) => {
    const candidates = [...(cache?.get(soname) ?? []), ...directories.map((directory) => join(directory, soname))];
    for (const candidate of candidates) if (await isReadable(candidate)) return candidate;
    return undefined;
  };
}

async function readCache(path: string): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch {
    return undefined;
  }
  return parseLdSoCache(bytes);
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

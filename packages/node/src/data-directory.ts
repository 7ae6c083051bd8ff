// The directory that a node works in: for its owner only, and for one node at a time.
// Reference: go/common/mkdir_other.go; the lock is that of the node's store of small values.
import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";
import { DirectoryLock, ErrDirectoryInUse, makeFolder } from "@wadi/comet";
import { isError } from "@wadi/util";

import { nodeError } from "./errors.ts";

const MODE = 0o700;
const PERMISSION_BITS = 0o777;
/** Where the node's small values are; the lock lies in it. */
export const STORE_NAME = "persistent-store.wadi.db";

/** Makes the directory with its parents, or checks that an existing one is the user's alone. */
export function openDataDirectory(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    makeFolder(path);
    return;
  }
  const problem = problemOf(path, found);
  if (problem !== undefined) throw nodeError(`common/Mkdir: path '${path}' ${problem}`);
}

function problemOf(path: string, found: Stats): string | undefined {
  if (!found.isDirectory()) return "is not a directory";
  const mode = found.mode & PERMISSION_BITS;
  if (mode !== MODE) return `has invalid permissions: ${permissions(mode)}. Expected permissions: ${permissions(MODE)}`;
  const user = process.geteuid?.() ?? found.uid;
  return user === found.uid ? undefined : `has invalid owner: ${found.uid}. Expected owner: ${user}`;
}

/** `-rwxr-x---`, as permissions alone are written: the first sign would say what kind of file it is. */
function permissions(mode: number): string {
  const signs = Array.from("rwxrwxrwx", (sign, i) => (((mode >> (8 - i)) & 1) === 1 ? sign : "-"));
  return `-${signs.join("")}`;
}

/**
 * Makes the directory this process's. It is taken before anything in the directory is touched, so
 * that a second node leaves the first one's files and socket alone. Throws ErrNode if another node
 * has it.
 */
export function lockDataDirectory(path: string): Disposable {
  const store = join(path, STORE_NAME);
  try {
    return new DirectoryLock(store);
  } catch (cause) {
    if (!isError(cause, ErrDirectoryInUse)) throw cause;
    const text =
      "failed to open common node store: failed to open persistence database: " +
      `Cannot acquire directory lock on "${store}".  Another process is using this database.`;
    throw nodeError(text, cause);
  }
}

// The few file operations of this folder. Synchronous: keys are read once, before a node starts.
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { CryptoError } from "../errors.ts";

/** True for the error of a file that is not there. */
export function isNotFound(e: unknown): boolean {
  return e instanceof Error && "code" in e && e.code === "ENOENT";
}

/** Runs what reads a file's content; a CryptoError about it names the file. */
export function namingFile<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (e) {
    if (!(e instanceof CryptoError)) throw e;
    throw new CryptoError(e.kind, `${e.message}: ${path}`, { cause: e });
  }
}

/** Creates a file that must not exist yet, durably: it is there with all of its content, or not at all. */
export function createFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.tmp`;
  writeDurably(temporary, text, mode);
  try {
    // Unlike renaming, this refuses to replace.
    linkSync(temporary, path);
  } finally {
    rmSync(temporary);
  }
  syncFolderOf(path);
}

/** Replaces or creates a file so that a crash leaves the old content or the new, never a part. */
export function replaceFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.tmp`;
  writeDurably(temporary, text, mode);
  renameSync(temporary, path);
  syncFolderOf(path);
}

/** Without it a failure of the machine could still take the name of a file away. */
function syncFolderOf(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Leaves no file where it fails, for instance on a full disk. */
function writeDurably(path: string, text: string, mode: number): void {
  const file = openSync(path, "w", mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (e) {
    rmSync(path, { force: true });
    // Errors of writing do not say where.
    throw e instanceof Error ? Object.assign(e, { path }) : e;
  } finally {
    closeSync(file);
  }
}

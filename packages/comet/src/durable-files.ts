// File operations whose effect is on disk when they return. All are synchronous: the engine may
// not go on before them. Failures are ErrFile.
import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { WadiError } from "@wadi/util";
import { ErrFile } from "./errors.ts";

interface SystemError extends Error {
  readonly code: string;
}

function isSystemError(e: unknown): e is SystemError {
  return e instanceof Error && "code" in e && typeof e.code === "string";
}

/** Runs a file operation; its system errors become ErrFile. */
export function fileOperation<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (e) {
    if (!isSystemError(e)) throw e;
    throw new WadiError(ErrFile, { context: e.message, cause: e, data: { path, code: e.code } });
  }
}

/** The text of a file; undefined if there is none. */
export function readTextIfThere(path: string): string | undefined {
  return fileOperation(path, () => {
    try {
      return readFileSync(path, "utf8");
    } catch (e) {
      if (isSystemError(e) && e.code === "ENOENT") return undefined;
      throw e;
    }
  });
}

/** Makes names in a folder durable: new, renamed and removed files. */
export function syncFolder(path: string): void {
  fileOperation(path, () => {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  });
}

/** Makes a folder with its parents, for the owner only. */
export function makeFolder(path: string): void {
  fileOperation(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

/** Writes all of the bytes at the file's end. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Replaces or creates a file: whatever happens, the old content is there or the new. */
export function replaceFileDurably(path: string, content: Uint8Array, mode: number): void {
  fileOperation(path, () => {
    const temporary = `${path}.tmp`;
    const file = openSync(temporary, "w", mode);
    try {
      writeAll(file, content);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  });
  syncFolder(dirname(path));
}

// File operations whose effect is on disk when they return. All are synchronous: the engine may
// not go on before them. Failures are ErrFile.
import {
  close,
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
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
    const context = e.message.includes(path) ? e.message : `${path}: ${e.message}`;
    throw new WadiError(ErrFile, { context, cause: e, data: { path, code: e.code } });
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

/** Makes a folder with its parents, for the owner only. Throws ErrFile. */
export function makeFolder(path: string): void {
  fileOperation(path, () => makeParentsAnd(path));
}

/** One by one: `recursive` of mkdir never returns where a folder refuses entries with ENOENT (/proc). */
function makeParentsAnd(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeParentsAnd(parent);
  mkdirSync(path, { mode: 0o700 });
}

/** Writes all of the bytes at the file's end. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** A file that is replaced as a whole, often: whatever happens, the old content is there or the new. */
export class ReplaceableFile implements Disposable {
  readonly #path: string;
  readonly #mode: number;
  #folder: number | undefined;
  /**
   * The content that is there now, open. Renaming over the last name of a file makes the file
   * system take it apart before the call returns, which costs more than all else here; one that
   * is still open is taken apart when it is closed, which happens on another thread.
   */
  #held: number | undefined;

  constructor(path: string, mode: number) {
    this.#path = path;
    this.#mode = mode;
  }

  /** Durable on return. */
  replace(content: Uint8Array): void {
    fileOperation(this.#path, () => {
      const temporary = `${this.#path}.tmp`;
      const file = openSync(temporary, "w", this.#mode);
      try {
        writeAll(file, content);
        fdatasyncSync(file);
        this.#held ??= openIfThere(this.#path);
        renameSync(temporary, this.#path);
      } catch (e) {
        closeSync(file);
        throw e;
      }
      const old = this.#held;
      this.#held = file;
      this.#folder ??= openSync(dirname(this.#path), "r");
      fsyncSync(this.#folder);
      if (old !== undefined) close(old);
    });
  }

  [Symbol.dispose](): void {
    for (const file of [this.#held, this.#folder]) if (file !== undefined) closeSync(file);
    this.#held = undefined;
    this.#folder = undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (e) {
    if (isSystemError(e) && e.code === "ENOENT") return undefined;
    throw e;
  }
}

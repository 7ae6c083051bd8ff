// One engine at a time in a directory: two with one key would sign against each other. The lock is
// an exclusive transaction on an empty SQLite file, because that is a lock of the operating system
// which ends with the process, however it ends; Node has no other.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WadiError } from "@wadi/util";
import { makeFolder } from "./durable-files.ts";
import { ErrDirectoryInUse, ErrFile } from "./errors.ts";

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

export class DirectoryLock implements Disposable {
  #file: DatabaseSync | undefined;

  /** Throws ErrDirectoryInUse, ErrFile. */
  constructor(directory: string) {
    makeFolder(directory);
    const path = join(directory, "engine.lock");
    let file: DatabaseSync | undefined;
    try {
      file = new DatabaseSync(path);
      file.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    } catch (cause) {
      file?.close();
      if (!(cause instanceof Error) || !("errcode" in cause)) throw cause;
      const data = { directory };
      if (cause.errcode === SQLITE_BUSY) throw new WadiError(ErrDirectoryInUse, { context: directory, cause, data });
      const text = cause.errcode === SQLITE_FULL ? "no space left on device" : cause.message;
      throw new WadiError(ErrFile, { context: `${path}: ${text}`, cause, data });
    }
    this.#file = file;
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

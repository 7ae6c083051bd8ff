// One engine at a time in a directory: two with one key would sign against each other. The lock is
// an exclusive transaction on an empty SQLite file, because that is a lock of the operating system
// which ends with the process, however it ends; Node has no other.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { WadiError } from "@wadi/util";
import { makeFolder } from "./durable-files.ts";
import { ErrDirectoryInUse, ErrFile } from "./errors.ts";

const SQLITE_BUSY = 5;

export class DirectoryLock implements Disposable {
  #file: DatabaseSync | undefined;

  /** Throws ErrDirectoryInUse, ErrFile. */
  constructor(directory: string) {
    makeFolder(directory);
    const file = new DatabaseSync(join(directory, "engine.lock"));
    try {
      file.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    } catch (cause) {
      file.close();
      const isBusy = cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY;
      throw new WadiError(isBusy ? ErrDirectoryInUse : ErrFile, { context: directory, cause, data: { directory } });
    }
    this.#file = file;
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

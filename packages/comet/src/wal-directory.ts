// The files of the write-ahead log: `wal`, and older ones as `wal.000`, `wal.001`, ...
import {
  closeSync,
  copyFileSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import type { WalFiles } from "@wadi/comet-core";
import { fileOperation, makeFolder, syncFolder, writeAll } from "./durable-files.ts";

const HEAD = "wal";
const OWNER_ONLY = 0o600;

/** Throws ErrFile. */
export class WalDirectory implements WalFiles, Disposable {
  readonly #folder: string;
  #head: number;

  constructor(folder: string) {
    this.#folder = folder;
    makeFolder(folder);
    this.#head = this.#openHead();
  }

  #openHead(): number {
    const path = join(this.#folder, HEAD);
    const file = fileOperation(path, () => openSync(path, "a", OWNER_ONLY));
    syncFolder(this.#folder);
    return file;
  }

  #path(file: "head" | number): string {
    return join(this.#folder, file === "head" ? HEAD : `${HEAD}.${String(file).padStart(3, "0")}`);
  }

  rotated(): readonly number[] {
    const numbers: number[] = [];
    for (const name of fileOperation(this.#folder, () => readdirSync(this.#folder))) {
      const match = /^wal\.(\d{3,})$/.exec(name);
      if (match?.[1] !== undefined) numbers.push(Number(match[1]));
    }
    return numbers.sort((a, b) => a - b);
  }

  read(file: "head" | number): Uint8Array {
    const path = this.#path(file);
    return fileOperation(path, () => new Uint8Array(readFileSync(path)));
  }

  sizeBytes(file: "head" | number): number {
    const path = this.#path(file);
    return fileOperation(path, () => statSync(path).size);
  }

  append(bytes: Uint8Array): void {
    fileOperation(this.#path("head"), () => writeAll(this.#head, bytes));
  }

  sync(): void {
    fileOperation(this.#path("head"), () => fdatasyncSync(this.#head));
  }

  rotate(number: number): void {
    closeSync(this.#head);
    const path = this.#path(number);
    fileOperation(path, () => renameSync(this.#path("head"), path));
    this.#head = this.#openHead();
  }

  truncateHead(lengthBytes: number): void {
    const path = this.#path("head");
    fileOperation(path, () => {
      const file = openSync(path, "r+");
      try {
        ftruncateSync(file, lengthBytes);
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  copyDamagedHead(): void {
    const path = `${this.#path("head")}.CORRUPTED`;
    fileOperation(path, () => copyFileSync(this.#path("head"), path));
  }

  remove(number: number): void {
    const path = this.#path(number);
    fileOperation(path, () => unlinkSync(path));
  }

  [Symbol.dispose](): void {
    closeSync(this.#head);
  }
}

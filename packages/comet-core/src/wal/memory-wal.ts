import type { WalFiles } from "./write-ahead-log.ts";
import { concatBytes, must } from "@wadi/util";

/** The files of a write-ahead log in memory. */
export class MemoryWal implements WalFiles {
  #head: Uint8Array[] = [];
  #headBytes = 0;
  readonly #rotated = new Map<number, Uint8Array>();
  /** The copy of a damaged head. */
  damaged: Uint8Array | undefined;

  rotated(): readonly number[] {
    return [...this.#rotated.keys()].sort((a, b) => a - b);
  }

  read(file: "head" | number): Uint8Array {
    return file === "head" ? concatBytes(...this.#head) : must(this.#rotated.get(file));
  }

  sizeBytes(file: "head" | number): number {
    return file === "head" ? this.#headBytes : must(this.#rotated.get(file)).length;
  }

  append(bytes: Uint8Array): void {
    this.#head.push(bytes);
    this.#headBytes += bytes.length;
  }

  sync(): void {
    // Nothing survives the process anyway.
  }

  rotate(number: number): void {
    this.#rotated.set(number, this.read("head"));
    this.#setHead(new Uint8Array(0));
  }

  truncateHead(lengthBytes: number): void {
    this.#setHead(this.read("head").subarray(0, lengthBytes));
  }

  copyDamagedHead(): void {
    this.damaged = this.read("head");
  }

  remove(number: number): void {
    this.#rotated.delete(number);
  }

  #setHead(bytes: Uint8Array): void {
    this.#head = [bytes];
    this.#headBytes = bytes.length;
  }
}

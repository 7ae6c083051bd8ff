// The only source of chance in a simulation.
import { sha256 } from "@wadi/crypto";
import { Prng } from "../fuzz/mutate.ts";
import { must, utf8 } from "@wadi/util";

/** A stream of choices that its label determines. */
export class Dice {
  readonly #label: string;
  readonly #prng: Prng;

  constructor(label: string) {
    this.#label = label;
    const digest = sha256(utf8(label));
    this.#prng = new Prng(new DataView(digest.buffer, digest.byteOffset).getUint32(0));
  }

  /** An independent stream: what is drawn from one does not move the other. */
  fork(name: string): Dice {
    return new Dice(`${this.#label}/${name}`);
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    return this.#prng.below(limit);
  }

  /** From `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.#prng.below(high - low + 1);
  }

  /** True once in `n` on average; never for 0. */
  oneIn(n: number): boolean {
    return n > 0 && this.#prng.below(n) === 0;
  }

  /** True in `share` of 1000 cases. */
  perMille(share: number): boolean {
    return share > 0 && this.#prng.below(1000) < share;
  }

  pick<T>(items: readonly T[]): T {
    return must(this.#prng.pick(items), "pick of an empty list");
  }

  /** A new list in random order. */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.#prng.next() & 0xff);
  }
}

// Bit arrays of gossip: which votes or parts somebody has.
import { ErrInvalid, refusal } from "./errors.ts";
import type { BitArrayMessage } from "./wire/basics.ts";

const WORD = 64;
const HALF = 32;

/** A fixed number of bits, all 0 at first. */
export class BitArray {
  readonly size: number;
  readonly #words: BigUint64Array;

  constructor(size: number) {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError("size must not be negative");
    this.size = size;
    this.#words = new BigUint64Array(Math.ceil(size / WORD));
  }

  static from(bits: readonly boolean[]): BitArray {
    const array = new BitArray(bits.length);
    for (const [i, bit] of bits.entries()) if (bit) array.set(i, true);
    return array;
  }

  /**
   * The array of a message; ErrInvalid if it has more than `maxSize` bits or not the number of
   * words its size needs (checked before memory is taken). Bits beyond the size are dropped.
   */
  static fromMessage(message: BitArrayMessage, maxSize: number): BitArray {
    const { bits, elems } = message;
    if (bits < 0 || bits > maxSize) throw refusal(ErrInvalid, `bit array of ${bits} bits, at most ${maxSize} expected`);
    const words = Math.ceil(bits / WORD);
    if (elems.length !== words)
      throw refusal(ErrInvalid, `mismatch between bits and elems: ${words} and ${elems.length}`);
    const array = new BitArray(bits);
    for (const [i, elem] of elems.entries()) array.#words[i] = elem;
    if (bits % WORD !== 0) {
      const last = words - 1;
      array.#words[last] = BigInt.asUintN(bits % WORD, array.#words[last] as bigint);
    }
    return array;
  }

  toMessage(): BitArrayMessage {
    return { bits: this.size, elems: Array.from(this.#words) };
  }

  /** False outside the array. */
  get(index: number): boolean {
    if (index < 0 || index >= this.size) return false;
    return (((this.#words[Math.floor(index / WORD)] as bigint) >> BigInt(index % WORD)) & 1n) === 1n;
  }

  /** RangeError outside the array. */
  set(index: number, value: boolean): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.size)
      throw new RangeError("bit index outside the array");
    const word = Math.floor(index / WORD);
    const mask = 1n << BigInt(index % WORD);
    const before = this.#words[word] as bigint;
    this.#words[word] = value ? before | mask : before & ~mask;
  }

  copy(): BitArray {
    const copy = new BitArray(this.size);
    copy.#words.set(this.#words);
    return copy;
  }

  /** Bits set here and not in `other`; bits beyond the end of `other` count as not set there. */
  minus(other: BitArray): BitArray {
    const result = this.copy();
    const shared = Math.min(result.#words.length, other.#words.length);
    for (let i = 0; i < shared; i++) result.#words[i] = (result.#words[i] as bigint) & ~(other.#words[i] as bigint);
    return result;
  }

  isFull(): boolean {
    for (let i = 0; i < this.size; i++) if (!this.get(i)) return false;
    return true;
  }

  /** Indexes of the bits that are set, ascending. Words without any cost next to nothing. */
  *ones(): IterableIterator<number> {
    for (const [word, bits] of this.#words.entries()) {
      if (bits === 0n) continue;
      const halves = [Number(BigInt.asUintN(HALF, bits)), Number(bits >> BigInt(HALF))];
      for (const [half, value] of halves.entries()) {
        for (let rest = value; rest !== 0; ) {
          const bit = 31 - Math.clz32(rest & -rest);
          yield word * WORD + half * HALF + bit;
          rest = (rest & (rest - 1)) >>> 0;
        }
      }
    }
  }
}

// Bit arrays of gossip: which votes or parts somebody has. Words of 32 bits inside, since numbers
// are many times faster than bigints here; words of 64 bits in messages.
import { ErrInvalid, refusal } from "./errors.ts";
import type { BitArrayMessage } from "./wire/basics.ts";

const WORD = 32;
const MESSAGE_WORD = 64;

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

/** Number of bits set in a word, added up in ever larger fields. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** A fixed number of bits, all 0 at first. */
export class BitArray {
  readonly size: number;
  /** Bit i is bit i mod 32 of word i / 32; bits beyond the size are 0. */
  readonly #words: Uint32Array;

  constructor(size: number) {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError("size must not be negative");
    this.size = size;
    this.#words = new Uint32Array(Math.ceil(size / WORD));
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
    const words = Math.ceil(bits / MESSAGE_WORD);
    if (elems.length !== words)
      throw refusal(ErrInvalid, `mismatch between bits and elems: ${words} and ${elems.length}`);
    const array = new BitArray(bits);
    for (const [i, elem] of elems.entries()) {
      // A store outside the array is ignored: the last message word may have no second half.
      array.#words[2 * i] = Number(BigInt.asUintN(WORD, elem));
      array.#words[2 * i + 1] = Number(BigInt.asUintN(WORD, elem >> BigInt(WORD)));
    }
    if (bits % WORD !== 0) array.#mask(array.#words.length - 1, 2 ** (bits % WORD) - 1);
    return array;
  }

  #mask(word: number, mask: number): void {
    this.#words[word] = this.#word(word) & mask;
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  toMessage(): BitArrayMessage {
    const elems = Array.from({ length: Math.ceil(this.size / MESSAGE_WORD) }, (_, i) => {
      return BigInt(this.#word(2 * i)) | (BigInt(this.#word(2 * i + 1)) << BigInt(WORD));
    });
    return { bits: this.size, elems };
  }

  /** False outside the array. */
  get(index: number): boolean {
    if (index < 0 || index >= this.size) return false;
    return ((this.#word(Math.floor(index / WORD)) >>> (index % WORD)) & 1) === 1;
  }

  /** RangeError outside the array. */
  set(index: number, value: boolean): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.size)
      throw new RangeError("bit index outside the array");
    const word = Math.floor(index / WORD);
    const mask = 1 << (index % WORD);
    const before = this.#word(word);
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
    for (let i = 0; i < shared; i++) result.#words[i] = result.#word(i) & ~other.#word(i);
    return result;
  }

  /** Number of bits that are set here and not in `other`. */
  countBeyond(other: BitArray): number {
    let count = 0;
    for (let i = 0; i < this.#words.length; i++) count += bitCount(this.#word(i) & ~other.#word(i));
    return count;
  }

  /** Index of the bit that follows `rank` others among those set here and not in `other`; -1 if there are not so many. */
  nthBeyond(other: BitArray, rank: number): number {
    let left = rank;
    for (let i = 0; i < this.#words.length; i++) {
      let word = this.#word(i) & ~other.#word(i);
      const count = bitCount(word);
      if (left >= count) {
        left -= count;
        continue;
      }
      for (; left > 0; left--) word &= word - 1;
      return i * WORD + lowestBit(word);
    }
    return -1;
  }

  isFull(): boolean {
    const whole = Math.floor(this.size / WORD);
    for (let i = 0; i < whole; i++) if (this.#word(i) !== 0xffff_ffff) return false;
    return this.size % WORD === 0 || this.#word(whole) === 2 ** (this.size % WORD) - 1;
  }

  /** Indexes of the bits that are set, ascending. */
  *ones(): IterableIterator<number> {
    for (let word = 0; word < this.#words.length; word++) {
      for (let rest = this.#word(word); rest !== 0; rest &= rest - 1) {
        yield word * WORD + lowestBit(rest);
      }
    }
  }
}

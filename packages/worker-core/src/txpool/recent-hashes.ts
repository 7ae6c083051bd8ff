// Which hashes came lately. A hundred thousand of them as strings in a map take 12 MB of V8's heap,
// all of it looked at in every collection; here they are 4 MB of numbers.
import type { Hash } from "@wadi/types";
import { assert } from "@wadi/util";

const HASH_BYTES = 32;
const WORDS = HASH_BYTES / 4;
const EMPTY = -1;

/** A set of hashes bounded by number; the one that was added first goes first. */
export class RecentHashes {
  readonly #capacity: number;
  /** Place `i` has its hash in the words from `8 * i` on. Places are given out in a ring. */
  readonly #words: Uint32Array;
  readonly #isUsed: Uint8Array;
  /** Open addressing with linear probing: places of hashes, at most half full. */
  readonly #table: Int32Array;
  readonly #mask: number;
  #next = 0;
  #size = 0;
  readonly #asked = Buffer.alloc(HASH_BYTES);
  readonly #askedWords = new Uint32Array(this.#asked.buffer, this.#asked.byteOffset, WORDS);

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError("capacity must be a positive integer");
    this.#capacity = capacity;
    this.#words = new Uint32Array(capacity * WORDS);
    this.#isUsed = new Uint8Array(capacity);
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity));
    this.#table = new Int32Array(slots).fill(EMPTY);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  has(hash: Hash): boolean {
    return this.#table[this.#find(hash)] !== EMPTY;
  }

  /** Adds a hash, for which the oldest one goes where there is no room. One that is there keeps its age. */
  add(hash: Hash): void {
    if (this.has(hash)) return;
    const place = this.#next;
    this.#next = (place + 1) % this.#capacity;
    if (this.#isUsed[place] === 1) this.#remove(this.#slotOf(place));
    // Only now: what was removed may have moved others.
    this.#table[this.#find(hash)] = place;
    this.#words.set(this.#askedWords, place * WORDS);
    this.#isUsed[place] = 1;
    this.#size++;
  }

  /** Whether it was there. */
  delete(hash: Hash): boolean {
    const slot = this.#find(hash);
    if (this.#table[slot] === EMPTY) return false;
    this.#remove(slot);
    return true;
  }

  /** The slot that names the hash, or the empty one where it would go. */
  #find(hash: Hash): number {
    const length = this.#asked.write(hash, "hex");
    assert(length === HASH_BYTES, "a hash has 32 bytes");
    let slot = (this.#askedWords[0] as number) & this.#mask;
    for (;;) {
      const place = this.#table[slot] as number;
      if (place === EMPTY || this.#isAsked(place)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isAsked(place: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words[place * WORDS + i] !== this.#askedWords[i]) return false;
    return true;
  }

  #slotOf(place: number): number {
    let slot = this.#home(place);
    while (this.#table[slot] !== place) slot = (slot + 1) & this.#mask;
    return slot;
  }

  /** The first slot that is looked at for the hash of a place. */
  #home(place: number): number {
    return (this.#words[place * WORDS] as number) & this.#mask;
  }

  /** Empties a slot; later ones that were put off by it move up. */
  #remove(slot: number): void {
    this.#isUsed[this.#table[slot] as number] = 0;
    this.#size--;
    let gap = slot;
    for (let at = (gap + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const place = this.#table[at] as number;
      if (place === EMPTY) break;
      // One that stands between its first slot and the gap's other side would be lost behind the gap.
      const probed = (at - this.#home(place)) & this.#mask;
      if (probed < ((at - gap) & this.#mask)) continue;
      this.#table[gap] = place;
      gap = at;
    }
    this.#table[gap] = EMPTY;
  }
}

// Go's math/rand (version 1) over random bits from elsewhere, number for number: elections are
// permutations that every node must draw alike. Rules: go/common/crypto/mathrand/rand.go (the
// adapter) and math/rand of the Go standard library (Int31n, Intn, Perm, Shuffle).
//
// Two ways to reduce a number to a range occur and must not be mixed up: Int31n (under Intn and
// Perm) takes the remainder of 31 bits, Shuffle takes the upper half of a product of 32 bits.

/** Where the bits come from, e.g. an `HmacDrbg`. */
export interface ByteSource {
  read(size: number): Uint8Array;
}

const BUFFERED = 128;
const MAX_INT31 = 2 ** 31 - 1;

/** A Go `rand.Rand` on an adapted source. */
export class MathRand {
  readonly #source: ByteSource;
  #buffer: DataView;
  #next = 0;

  /** Reads 1024 bytes at once, and again whenever 128 numbers are used up. */
  constructor(source: ByteSource) {
    this.#source = source;
    this.#buffer = this.#refill();
  }

  uint64(): bigint {
    const at = this.#advance();
    return this.#buffer.getBigUint64(at);
  }

  int63(): bigint {
    return this.uint64() & ((1n << 63n) - 1n);
  }

  /** The upper 31 bits of an Int63. */
  int31(): number {
    const at = this.#advance();
    return this.#buffer.getUint32(at) & 0x7fffffff;
  }

  /** Bits 31 to 62 of a number. */
  uint32(): number {
    const at = this.#advance();
    return ((this.#buffer.getUint32(at) << 1) | (this.#buffer.getUint32(at + 4) >>> 31)) >>> 0;
  }

  /** A number in [0, n) for 0 < n < 2^31; uses up at least one number even for n = 1. */
  int31n(n: number): number {
    if (!Number.isInteger(n) || n <= 0 || n > MAX_INT31) throw new RangeError("invalid argument to int31n");
    if ((n & (n - 1)) === 0) return this.int31() & (n - 1);
    const max = MAX_INT31 - (2 ** 31 % n);
    let v = this.int31();
    while (v > max) v = this.int31();
    return v % n;
  }

  /** A number in [0, n) for 0 < n < 2^63. */
  int63n(n: bigint): bigint {
    if (n <= 0n || n >= 1n << 63n) throw new RangeError("invalid argument to int63n");
    if ((n & (n - 1n)) === 0n) return this.int63() & (n - 1n);
    const max = (1n << 63n) - 1n - ((1n << 63n) % n);
    let v = this.int63();
    while (v > max) v = this.int63();
    return v % n;
  }

  /** A number in [0, n) for 0 < n < 2^53, as Go's Intn on a 64-bit machine. */
  intn(n: number): number {
    return n <= MAX_INT31 ? this.int31n(n) : Number(this.int63n(BigInt(n)));
  }

  /** A permutation of 0 to n-1. */
  perm(n: number): number[] {
    const out: number[] = [];
    for (let i = 0; i < n; i++) {
      const j = this.intn(i + 1);
      // Reads its own slot when j = i, as Go does on a zeroed slice.
      out[i] = out[j] ?? 0;
      out[j] = i;
    }
    return out;
  }

  /** Calls `swap` for each exchange that shuffles n elements, last element first. */
  shuffle(n: number, swap: (i: number, j: number) => void): void {
    if (!Number.isInteger(n) || n < 0 || n > MAX_INT31) throw new RangeError("invalid argument to shuffle");
    for (let i = n - 1; i > 0; i--) swap(i, this.#productN(i + 1));
  }

  /** Shuffles an array in place. */
  shuffleArray<T>(items: T[]): void {
    this.shuffle(items.length, (i, j) => {
      const t = items[i] as T;
      items[i] = items[j] as T;
      items[j] = t;
    });
  }

  /** The upper half of a 32-bit number times n, redrawn where that would favour some results. */
  #productN(n: number): number {
    let [high, low] = multiply32(this.uint32(), n);
    if (low < n) {
      const threshold = (2 ** 32 - n) % n;
      while (low < threshold) [high, low] = multiply32(this.uint32(), n);
    }
    return high;
  }

  /** Where the next number is; may replace the buffer, so call it before reading `#buffer`. */
  #advance(): number {
    if (this.#next >= BUFFERED) {
      this.#buffer = this.#refill();
      this.#next = 0;
    }
    return 8 * this.#next++;
  }

  #refill(): DataView {
    const bytes = this.#source.read(8 * BUFFERED);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Upper and lower 32 bits of a 32-bit times a 31-bit number, without leaving the exact doubles. */
function multiply32(a: number, b: number): [number, number] {
  const lowProduct = (a & 0xffff) * b;
  const highProduct = (a >>> 16) * b;
  const low = lowProduct + (highProduct % 0x10000) * 0x10000;
  return [Math.floor(highProduct / 0x10000) + Math.floor(low / 2 ** 32), low % 2 ** 32];
}

// Deoxys-BC-384, the tweakable block cipher under Deoxys-II-256-128: 16 AES rounds (MixColumns in
// every one), each followed by a subtweakey that is the xor of a part of the tweak and a part of
// the key. Encryption only; the mode needs no decryption.
//
// Made for speed in plain JavaScript:
// - A round is 16 look-ups in four tables of 1 KB and xors of 32-bit words, as in classic
//   software AES. The tables are computed, not listed.
// - The key's part of all 17 subtweakeys is computed once per key.
// - The tweak's part is H^i(tweak), where H only permutes bytes and has order 8. Within a message
//   tweaks differ in a block counter, so the schedule is computed once per 256 blocks and the
//   counter's low byte is xored into the one word per round where the permutation has moved it.
//
// Table look-ups depend on secrets: somebody who shares the processor's cache could learn about
// the key by timing. See the README.
const ROUNDS = 16;
const SUBTWEAKEYS = ROUNDS + 1;
/** 32-bit words of a whole schedule. */
const SCHEDULE_WORDS = 4 * SUBTWEAKEYS;

const RCON = [
  0x2f, 0x5e, 0xbc, 0x63, 0xc6, 0x97, 0x35, 0x6a, 0xd4, 0xb3, 0x7d, 0xfa, 0xef, 0xc5, 0x91, 0x39, 0x72,
] as const;
/** H: byte j of the next tweakey is byte H[j] of this one. */
const H = [1, 6, 11, 12, 5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8] as const;

const TE0 = new Int32Array(256);
const TE1 = new Int32Array(256);
const TE2 = new Int32Array(256);
const TE3 = new Int32Array(256);

/** Fills the tables: column (2, 1, 1, 3) times the AES S-box, and its rotations. */
function makeTables(): void {
  const double = (x: number): number => ((x << 1) ^ (x & 0x80 ? 0x11b : 0)) & 0xff;
  // p runs through the powers of the generator 3, q through those of its inverse.
  let p = 1;
  let q = 1;
  const sbox = new Uint8Array(256);
  do {
    p = p ^ double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const rotated = q ^ rotateByte(q, 1) ^ rotateByte(q, 2) ^ rotateByte(q, 3) ^ rotateByte(q, 4);
    sbox[p] = rotated ^ 0x63;
  } while (p !== 1);
  sbox[0] = 0x63;
  for (const [i, s] of sbox.entries()) {
    const s2 = double(s);
    const word = (s2 << 24) | (s << 16) | (s << 8) | (s2 ^ s);
    TE0[i] = word;
    TE1[i] = (word >>> 8) | (word << 24);
    TE2[i] = (word >>> 16) | (word << 16);
    TE3[i] = (word >>> 24) | (word << 8);
  }
}

function rotateByte(x: number, by: number): number {
  return ((x << by) | (x >>> (8 - by))) & 0xff;
}

makeTables();

/** POSITION[i][j]: where H^i moves byte j to. */
const POSITION: readonly Uint8Array[] = (() => {
  const inverse = new Uint8Array(16);
  for (const [j, from] of H.entries()) inverse[from] = j;
  const all = [Uint8Array.from({ length: 16 }, (_, j) => j)];
  while (all.length < SUBTWEAKEYS) {
    const last = all[all.length - 1];
    all.push(Uint8Array.from({ length: 16 }, (_, j) => inverse[last?.[j] ?? 0] ?? 0));
  }
  return all;
})();

/** Where the last byte of a tweak ends up: word of the schedule and shift in it, per subtweakey. */
const COUNTER_WORD = Int32Array.from(POSITION, (to, i) => 4 * i + ((to[15] ?? 0) >>> 2));
const COUNTER_SHIFT = Int32Array.from(POSITION, (to) => 24 - 8 * ((to[15] ?? 0) & 3));

/** Xors H^i of a 16-byte tweak into every subtweakey of the schedule. */
function addTweak(schedule: Int32Array, tweak: Uint8Array): void {
  for (let j = 0; j < 16; j++) {
    const byte = tweak[j] as number;
    if (byte === 0) continue;
    for (let i = 0; i < SUBTWEAKEYS; i++) {
      const at = (POSITION[i] as Uint8Array)[j] as number;
      const word = 4 * i + (at >>> 2);
      schedule[word] = (schedule[word] as number) ^ (byte << (24 - 8 * (at & 3)));
    }
  }
}

/** One step of the key's part: every byte through its LFSR, then H. */
function step(half: Uint8Array, lfsr: (x: number) => number): Uint8Array {
  return Uint8Array.from(H, (from) => lfsr(half[from] ?? 0));
}

const lfsr2 = (x: number): number => ((x << 1) | ((x >>> 7) ^ ((x >>> 5) & 1))) & 0xff;
const lfsr3 = (x: number): number => (x >>> 1) | (((x & 1) ^ ((x >>> 6) & 1)) << 7);

/** The part of all subtweakeys that depends on the 32-byte key alone. */
export function keySchedule(key: Uint8Array): Int32Array {
  const schedule = new Int32Array(SCHEDULE_WORDS);
  let tk2: Uint8Array = key.slice(16, 32);
  let tk3: Uint8Array = key.slice(0, 16);
  for (const [i, rcon] of RCON.entries()) {
    const constant = [1, 2, 4, 8, rcon, rcon, rcon, rcon];
    for (let j = 0; j < 16; j++) {
      const byte = (tk2[j] ?? 0) ^ (tk3[j] ?? 0) ^ (constant[j] ?? 0);
      const word = 4 * i + (j >>> 2);
      schedule[word] = (schedule[word] as number) | (byte << (24 - 8 * (j & 3)));
    }
    tk2 = step(tk2, lfsr2);
    tk3 = step(tk3, lfsr3);
  }
  return schedule;
}

/**
 * The cipher under one key with a family of tweaks: a fixed 16-byte base whose last eight bytes
 * are xored with a block counter. Holds scratch memory; not for use by two computations at once.
 */
export class TweakedCipher {
  readonly #key: Int32Array;
  readonly #tweak = new Uint8Array(16);
  readonly #base = new Uint8Array(16);
  /** Schedule for the present upper bytes of the counter, low byte zero. */
  readonly #upper = new Int32Array(SCHEDULE_WORDS);
  /** Schedule of the present block. */
  readonly #current = new Int32Array(SCHEDULE_WORDS);
  #upperCounter = -1;

  constructor(keyPart: Int32Array) {
    this.#key = keyPart;
  }

  /** Sets the base of the tweak; 16 bytes, copied. */
  setTweak(base: Uint8Array): void {
    this.#base.set(base);
    this.#upperCounter = -1;
  }

  /** Chooses the block counter (below 2^48) for the next call of `encrypt`. */
  setCounter(counter: number): void {
    const low = counter & 0xff;
    const upper = (counter - low) / 256;
    if (upper !== this.#upperCounter) this.#setUpper(upper);
    const current = this.#current;
    const from = this.#upper;
    for (let i = 0; i < SUBTWEAKEYS; i++) {
      const word = COUNTER_WORD[i] as number;
      current[word] = (from[word] as number) ^ (low << (COUNTER_SHIFT[i] as number));
    }
  }

  #setUpper(upper: number): void {
    this.#upperCounter = upper;
    this.#tweak.set(this.#base);
    for (let at = 14, rest = upper; rest > 0; at--, rest = Math.floor(rest / 256)) {
      this.#tweak[at] = (this.#tweak[at] as number) ^ (rest % 256);
    }
    this.#upper.set(this.#key);
    addTweak(this.#upper, this.#tweak);
    this.#current.set(this.#upper);
  }

  /** Encrypts the block in `state` (four big-endian words) in place. */
  encrypt(state: Int32Array): void {
    const k = this.#current;
    let a = (state[0] as number) ^ (k[0] as number);
    let b = (state[1] as number) ^ (k[1] as number);
    let c = (state[2] as number) ^ (k[2] as number);
    let d = (state[3] as number) ^ (k[3] as number);
    // Two rounds at a time, from a-d to w-z and back, which saves moving registers (a fifth of the time).
    for (let i = 4; i < SCHEDULE_WORDS; i += 8) {
      const w =
        (TE0[a >>> 24] as number) ^
        (TE1[(b >>> 16) & 255] as number) ^
        (TE2[(c >>> 8) & 255] as number) ^
        (TE3[d & 255] as number) ^
        (k[i] as number);
      const x =
        (TE0[b >>> 24] as number) ^
        (TE1[(c >>> 16) & 255] as number) ^
        (TE2[(d >>> 8) & 255] as number) ^
        (TE3[a & 255] as number) ^
        (k[i + 1] as number);
      const y =
        (TE0[c >>> 24] as number) ^
        (TE1[(d >>> 16) & 255] as number) ^
        (TE2[(a >>> 8) & 255] as number) ^
        (TE3[b & 255] as number) ^
        (k[i + 2] as number);
      const z =
        (TE0[d >>> 24] as number) ^
        (TE1[(a >>> 16) & 255] as number) ^
        (TE2[(b >>> 8) & 255] as number) ^
        (TE3[c & 255] as number) ^
        (k[i + 3] as number);
      a =
        (TE0[w >>> 24] as number) ^
        (TE1[(x >>> 16) & 255] as number) ^
        (TE2[(y >>> 8) & 255] as number) ^
        (TE3[z & 255] as number) ^
        (k[i + 4] as number);
      b =
        (TE0[x >>> 24] as number) ^
        (TE1[(y >>> 16) & 255] as number) ^
        (TE2[(z >>> 8) & 255] as number) ^
        (TE3[w & 255] as number) ^
        (k[i + 5] as number);
      c =
        (TE0[y >>> 24] as number) ^
        (TE1[(z >>> 16) & 255] as number) ^
        (TE2[(w >>> 8) & 255] as number) ^
        (TE3[x & 255] as number) ^
        (k[i + 6] as number);
      d =
        (TE0[z >>> 24] as number) ^
        (TE1[(w >>> 16) & 255] as number) ^
        (TE2[(x >>> 8) & 255] as number) ^
        (TE3[y & 255] as number) ^
        (k[i + 7] as number);
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
  }
}

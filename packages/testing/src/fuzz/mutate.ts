// The mutation engine of the fuzzer: everything follows from one seed.

/** A small deterministic generator (mulberry32); not for anything secret. */
export class Prng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const a = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    const b = (a + Math.imul(a ^ (a >>> 7), a | 61)) ^ a;
    return (b ^ (b >>> 14)) >>> 0;
  }

  /** 0 to `limit` - 1; 0 for a limit of 0. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit;
  }

  /** One of the elements; undefined only if there are none. */
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }
}

/** Mutated inputs do not grow beyond this, unless a seed is larger. */
export const MAX_INPUT_BYTES = 64 * 1024;

/** Bytes and byte groups that are borders in CBOR, JSON, protobuf and length prefixes. */
const tokens: readonly Uint8Array[] = [
  [0x00],
  [0x17],
  [0x18, 0xff],
  [0x19, 0xff, 0xff],
  [0x1a, 0xff, 0xff, 0xff, 0xff],
  [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x40],
  [0x5a, 0x7f, 0xff, 0xff, 0xff],
  [0x60],
  [0x62, 0xc3, 0x28],
  [0x80],
  [0x9a, 0x00, 0x98, 0x96, 0x80],
  [0x9f],
  [0xa0],
  [0xba, 0x00, 0x98, 0x96, 0x81],
  [0xbf],
  [0xc1],
  [0xc2],
  [0xd9, 0xd9, 0xf7],
  [0xe0],
  [0xf4],
  [0xf6],
  [0xf7],
  [0xf8, 0x20],
  [0xf9, 0x7e, 0x00],
  [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  ...'null,true,{},[],[[[[,{"":,-0,1e309,0x,18446744073709551616,\\ud800,\\u0000,\u2028,"'
    .split(",")
    .map((text) => [...Buffer.from(text, "utf8")]),
].map((bytes) => Uint8Array.from(bytes));

type Bytes = Uint8Array<ArrayBuffer>;

function splice(input: Uint8Array, at: number, remove: number, insert: Uint8Array): Bytes {
  return new Uint8Array(Buffer.concat([input.subarray(0, at), insert, input.subarray(at + remove)]));
}

const nothing = new Uint8Array(0);

type Mutation = (prng: Prng, input: Bytes, corpus: readonly Uint8Array[]) => Bytes;

const flipBit: Mutation = (prng, input) => {
  const out = input.slice();
  const at = prng.below(out.length);
  if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << prng.below(8));
  return out;
};

const setByte: Mutation = (prng, input) => {
  const out = input.slice();
  if (out.length > 0) out[prng.below(out.length)] = prng.below(256);
  return out;
};

const nudgeByte: Mutation = (prng, input) => {
  const out = input.slice();
  const at = prng.below(out.length);
  if (out.length > 0) out[at] = (out[at] ?? 0) + (prng.below(2) === 0 ? 1 : -1);
  return out;
};

const insertByte: Mutation = (prng, input) =>
  splice(input, prng.below(input.length + 1), 0, Uint8Array.of(prng.below(256)));

const removeRange: Mutation = (prng, input) =>
  splice(input, prng.below(input.length), 1 + prng.below(Math.min(16, input.length)), nothing);

const truncate: Mutation = (prng, input) => input.slice(0, prng.below(input.length));

const putToken: Mutation = (prng, input) => {
  const token = prng.pick(tokens) ?? nothing;
  return splice(input, prng.below(input.length + 1), prng.below(2) === 0 ? token.length : 0, token);
};

const repeatRange: Mutation = (prng, input) => {
  const start = prng.below(input.length);
  const part = input.subarray(start, start + 1 + prng.below(12));
  const times = 1 + prng.below(prng.below(8) === 0 ? 64 : 3);
  return splice(input, start, 0, new Uint8Array(Buffer.concat(Array.from({ length: times }, () => part))));
};

const moveRange: Mutation = (prng, input) => {
  const start = prng.below(input.length);
  const part = input.slice(start, start + 1 + prng.below(24));
  const without = splice(input, start, part.length, nothing);
  return splice(without, prng.below(without.length + 1), 0, part);
};

const crossOver: Mutation = (prng, input, corpus) => {
  const other = prng.pick(corpus) ?? nothing;
  const from = prng.below(other.length);
  const part = other.subarray(from, from + 1 + prng.below(64));
  return splice(input, prng.below(input.length + 1), prng.below(2) === 0 ? part.length : 0, part);
};

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  nudgeByte,
  insertByte,
  removeRange,
  truncate,
  putToken,
  repeatRange,
  moveRange,
  crossOver,
];

/** A variation of `input`: one to four random changes. The corpus gives parts to mix in. */
export function mutate(prng: Prng, input: Uint8Array, corpus: readonly Uint8Array[]): Uint8Array {
  const limit = Math.max(MAX_INPUT_BYTES, input.length);
  // A copy that is no Buffer, whose slices would share memory with the input.
  let out = new Uint8Array(input);
  for (let left = 1 + prng.below(4); left > 0; left--) {
    out = (prng.pick(mutations) ?? flipBit)(prng, out, corpus);
  }
  return out.length > limit ? out.slice(0, limit) : out;
}

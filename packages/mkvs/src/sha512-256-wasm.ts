// SHA-512/256 (FIPS 180-4) for short messages, as a WebAssembly module put together here. A call
// of the runtime's own hash function costs several times what hashing one block takes; trees
// hash little else than single blocks. Long messages are better left to the runtime.
//
// The module is straight from the standard: one function that takes in the blocks at INPUT. Its
// constants are computed from the primes they are defined by.

import { hash } from "node:crypto";
import { packRange } from "./packed.ts";
import type { Packed } from "./packed.ts";

const WORDS_AT = 0; // 80 words of the message schedule
const CONSTANTS_AT = 640; // 80 round constants
const STATE_AT = 1280; // 8 words, little-endian
const DIGEST_AT = 1344; // the first 4 of them, big-endian
const INITIAL_AT = 1408; // 8 words that the state starts from
const INPUT_AT = 1472;
const PAGE_BYTES = 65_536;
const BLOCK = 128;
const DIGEST_SIZE = 32;

/** Longest message in bytes that `digestInput` takes; from there on the runtime is as fast. */
export const MAX_INPUT = 4096;

// --- constants -------------------------------------------------------------------------------

function* primes(): Generator<bigint> {
  for (let n = 2n; ; n++) {
    let isPrime = true;
    for (let d = 2n; d * d <= n; d++) if (n % d === 0n) isPrime = false;
    if (isPrime) yield n;
  }
}

/** The first 64 bits of the fraction of the `degree`-th root of n. */
function rootFraction(n: bigint, degree: bigint): bigint {
  const scaled = n << (64n * degree);
  let low = 0n;
  let high = 1n << 72n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return low & 0xffff_ffff_ffff_ffffn;
}

function firstPrimes(count: number): bigint[] {
  const found: bigint[] = [];
  for (const p of primes()) {
    if (found.push(p) === count) break;
  }
  return found;
}

// --- the module ------------------------------------------------------------------------------

const Op = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load64: 0x29,
  store64: 0x37,
  const32: 0x41,
  lessU32: 0x49,
  add32: 0x6a,
  sub32: 0x6b,
  add64: 0x7c,
  and64: 0x83,
  xor64: 0x85,
  shiftRightU64: 0x88,
  rotateRight64: 0x8a,
  const64: 0x42,
  bulk: 0xfc,
  simd: 0xfd,
} as const;

const Simd = { load: 0x00, store: 0x0b, shuffle: 0x0d } as const;

/** "\0asm", version 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const I32 = 0x7f;
const I64 = 0x7e;
const VOID = 0x40;

/** Unsigned LEB128; what is written is below 2^31. */
function leb(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)];
}

/** Signed LEB128, for numbers that are not negative. */
function sleb(n: number): number[] {
  return n < 0x40 ? [n] : [(n & 0x7f) | 0x80, ...sleb(n >>> 7)];
}

const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
const get = (local: number): number[] => [Op.get, ...leb(local)];
const set = (local: number): number[] => [Op.set, ...leb(local)];
const tee = (local: number): number[] => [Op.tee, ...leb(local)];
const load = (offset: number): number[] => [Op.load64, 3, ...leb(offset)];
const store = (offset: number): number[] => [Op.store64, 3, ...leb(offset)];
const i32 = (n: number): number[] => [Op.const32, ...sleb(n)];
const i64 = (n: number): number[] => [Op.const64, ...sleb(n)];
const rotate = (bits: number): number[] => [...i64(bits), Op.rotateRight64];

// Locals: the parameter, then those declared.
const BLOCKS = 0;
const INPUT = 1;
const AT = 2;
const A = 3; // a..h in 3..10
const T = 11;

/** The bytes of two words in reverse order within each word. */
const REVERSE_WORDS = [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8];

/** memory[to + offsetTo] = two words of memory[from + offsetFrom], bytes reversed. */
function copyReversed(from: readonly number[], offsetFrom: number, to: readonly number[], offsetTo: number): number[] {
  const words = [...from, Op.simd, Simd.load, 0, ...leb(offsetFrom)];
  return [...to, ...words, ...words, Op.simd, Simd.shuffle, ...REVERSE_WORDS, Op.simd, Simd.store, 0, ...leb(offsetTo)];
}

/** s(x) = rotr(x, r1) ^ rotr(x, r2) ^ shr(x, s), with x loaded from memory[AT + offset]. */
function smallSigma(offset: number, r1: number, r2: number, shift: number): number[] {
  return [
    ...get(AT),
    ...load(offset),
    ...tee(T),
    ...rotate(r1),
    ...get(T),
    ...rotate(r2),
    Op.xor64,
    ...get(T),
    ...i64(shift),
    Op.shiftRightU64,
    Op.xor64,
  ];
}

function bigSigma(local: number, r1: number, r2: number, r3: number): number[] {
  return [...get(local), ...rotate(r1), ...get(local), ...rotate(r2), Op.xor64, ...get(local), ...rotate(r3), Op.xor64];
}

/** One round with the working variables in the given locals; `step` is its place in the loop. */
function round(v: readonly number[], step: number): number[] {
  const [a, b, c, d, e, f, g, h] = v as [number, number, number, number, number, number, number, number];
  return [
    // t = h + S1(e) + ch(e, f, g) + k + w
    ...get(h),
    ...bigSigma(e, 14, 18, 41),
    Op.add64,
    // ch = g ^ (e & (f ^ g))
    ...get(f),
    ...get(g),
    Op.xor64,
    ...get(e),
    Op.and64,
    ...get(g),
    Op.xor64,
    Op.add64,
    ...get(AT),
    ...load(CONSTANTS_AT + 8 * step),
    Op.add64,
    ...get(AT),
    ...load(WORDS_AT + 8 * step),
    Op.add64,
    ...tee(T),
    // d += t
    ...get(d),
    Op.add64,
    ...set(d),
    // h = t + S0(a) + maj(a, b, c), maj = (a & b) ^ (c & (a ^ b))
    ...get(T),
    ...bigSigma(a, 28, 34, 39),
    Op.add64,
    ...get(a),
    ...get(b),
    Op.and64,
    ...get(a),
    ...get(b),
    Op.xor64,
    ...get(c),
    Op.and64,
    Op.xor64,
    Op.add64,
    ...set(h),
  ];
}

/** Runs `body` with AT = 0, step, 2 step... below `end`. */
function loop(step: number, end: number, body: readonly number[]): number[] {
  const next = [...get(AT), ...i32(step), Op.add32, ...tee(AT), ...i32(end), Op.lessU32, Op.branchIf, 0];
  return [...i32(0), ...set(AT), Op.loop, VOID, ...body, ...next, Op.end];
}

function compressBody(): number[] {
  const zero = i32(0);
  const variables = Array.from({ length: 8 }, (_, i) => A + i);
  const words = Array.from({ length: 8 }, (_, i) => copyReversed(get(INPUT), 16 * i, zero, WORDS_AT + 16 * i)).flat();
  const schedule = loop(8, 8 * 64, [
    ...get(AT),
    ...smallSigma(WORDS_AT + 8 * 14, 19, 61, 6),
    ...get(AT),
    ...load(WORDS_AT + 8 * 9),
    Op.add64,
    ...smallSigma(WORDS_AT + 8, 1, 8, 7),
    Op.add64,
    ...get(AT),
    ...load(WORDS_AT),
    Op.add64,
    ...store(WORDS_AT + 8 * 16),
  ]);
  const begin = variables.flatMap((v, i) => [...zero, ...load(STATE_AT + 8 * i), ...set(v)]);
  // After eight rounds every variable is back in its own local.
  const rounds = loop(
    64,
    8 * 80,
    Array.from({ length: 8 }, (_, i) => round([...variables.slice(8 - i), ...variables.slice(0, 8 - i)], i)).flat(),
  );
  const finish = variables.flatMap((v, i) => [
    ...zero,
    ...zero,
    ...load(STATE_AT + 8 * i),
    ...get(v),
    Op.add64,
    ...store(STATE_AT + 8 * i),
  ]);
  const nextBlock = [
    ...get(INPUT),
    ...i32(BLOCK),
    Op.add32,
    ...set(INPUT),
    ...get(BLOCKS),
    ...i32(1),
    Op.sub32,
    ...tee(BLOCKS),
    Op.branchIf,
    0,
  ];
  const blocks = [Op.loop, VOID, ...words, ...schedule, ...begin, ...rounds, ...finish, ...nextBlock, Op.end];
  const digest = [0, 1].flatMap((i) => copyReversed(zero, STATE_AT + 16 * i, zero, DIGEST_AT + 16 * i));
  const start = [...i32(STATE_AT), ...i32(INITIAL_AT), ...i32(64), Op.bulk, 10, 0, 0];
  return [...start, ...i32(INPUT_AT), ...set(INPUT), ...blocks, ...digest];
}

function assemble(): Uint8Array<ArrayBuffer> {
  const locals = [2, ...leb(2), I32, ...leb(9), I64];
  const code = [...locals, ...compressBody(), Op.end];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, 1, I32, 0]), // one type: (i32) -> ()
    ...section(3, [1, 0]), // one function of that type
    ...section(5, [1, 0, 1]), // one page of memory
    ...section(7, [2, ...name("memory"), 2, 0, ...name("compress"), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

// --- the interface ---------------------------------------------------------------------------

// The global, which the types of Node declare without its constructors.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

interface Module {
  readonly memory: Uint8Array;
  readonly compress: (blocks: number) => void;
}

function instantiate(): Module {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
  const memory = new Uint8Array((exports["memory"] as { buffer: ArrayBuffer }).buffer);
  const compress = exports["compress"] as Module["compress"];
  const view = new DataView(memory.buffer);
  const list = firstPrimes(80);
  list.forEach((p, i) => view.setBigUint64(CONSTANTS_AT + 8 * i, rootFraction(p, 3n), true));
  // The initial state of the variant is the digest of its name, from a state of its own.
  const xor = 0xa5a5_a5a5_a5a5_a5a5n;
  list.slice(0, 8).forEach((p, i) => view.setBigUint64(INITIAL_AT + 8 * i, rootFraction(p, 2n) ^ xor, true));
  const length = Buffer.from("SHA-512/256").copy(memory, INPUT_AT);
  compress(pad(memory, length));
  memory.copyWithin(INITIAL_AT, STATE_AT, STATE_AT + 64);
  return { memory, compress };
}

/** Ends the message with its padding; returns the number of blocks. */
function pad(memory: Uint8Array, length: number): number {
  const blocks = (length + 17 + BLOCK - 1) >>> 7;
  const end = INPUT_AT + blocks * BLOCK;
  memory.fill(0, INPUT_AT + length, end);
  memory[INPUT_AT + length] = 0x80;
  const bits = length * 8;
  memory[end - 1] = bits;
  memory[end - 2] = bits >>> 8;
  memory[end - 3] = bits >>> 16;
  return blocks;
}

const { memory, compress } = instantiate();

/** Room for one message, which is written here and then hashed by `digestInput`. */
export const input: Uint8Array = memory.subarray(INPUT_AT, PAGE_BYTES);

/** The hash of the first `length` bytes of `input`, at most MAX_INPUT; they stay as they are. */
export function digestInput(length: number): Packed {
  compress(pad(memory, length));
  return packRange(memory, DIGEST_AT, DIGEST_AT + DIGEST_SIZE);
}

/** The hash of any bytes. */
export function digestBytes(bytes: Uint8Array): Packed {
  if (bytes.length > MAX_INPUT) return hash("sha512-256", bytes, "latin1");
  input.set(bytes);
  return digestInput(bytes.length);
}

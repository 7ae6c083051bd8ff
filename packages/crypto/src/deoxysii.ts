// Deoxys-II-256-128: authenticated encryption that survives a repeated nonce (only equality of
// whole messages shows). Key 32 bytes, nonce 15, tag 16 behind the ciphertext.
//
// Tweaks are told apart by the upper nibble of their first byte: 0 full block of the message, 4 its
// padded last block, 2 and 6 the same for the associated data, 1 the tag. Message and associated
// data are xored together from cipher outputs into one block, which encrypts to the tag; the tag
// is the tweak under which the nonce becomes the key stream.
import { TweakedCipher, keySchedule } from "./deoxys-bc.ts";

const DEOXYSII_KEY_SIZE = 32;
export const DEOXYSII_NONCE_SIZE = 15;
const DEOXYSII_TAG_SIZE = 16;

const PREFIX_MESSAGE = 0x00;
const PREFIX_TAG = 0x10;
const PREFIX_DATA = 0x20;
const PREFIX_MESSAGE_LAST = 0x40;
const PREFIX_DATA_LAST = 0x60;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One key. Stateless towards the caller; not for use from inside its own callbacks. */
export class DeoxysII {
  readonly #cipher: TweakedCipher;
  readonly #state = new Int32Array(4);
  readonly #tweak = new Uint8Array(16);
  readonly #block = new Uint8Array(16);

  /** Throws RangeError unless the key has 32 bytes. Does not keep the array. */
  constructor(key: Uint8Array) {
    if (key.length !== DEOXYSII_KEY_SIZE) throw new RangeError("deoxysii: invalid key size");
    this.#cipher = new TweakedCipher(keySchedule(key));
  }

  /** Ciphertext and tag: a fresh array, 16 bytes longer than the plaintext. */
  seal(nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array = new Uint8Array(0)): Uint8Array {
    checkNonce(nonce);
    const out = new Uint8Array(plaintext.length + DEOXYSII_TAG_SIZE);
    const tag = this.#tag(nonce, plaintext, additionalData);
    this.#xorStream(nonce, tag, plaintext, out);
    out.set(tag, plaintext.length);
    return out;
  }

  /** The plaintext in a fresh array, or undefined if anything was changed. */
  open(nonce: Uint8Array, sealed: Uint8Array, additionalData: Uint8Array = new Uint8Array(0)): Uint8Array | undefined {
    checkNonce(nonce);
    const size = sealed.length - DEOXYSII_TAG_SIZE;
    if (size < 0) return undefined;
    const plaintext = new Uint8Array(size);
    const tag = sealed.subarray(size);
    this.#xorStream(nonce, tag, sealed.subarray(0, size), plaintext);
    const expected = this.#tag(nonce, plaintext, additionalData);
    let difference = 0;
    for (let i = 0; i < DEOXYSII_TAG_SIZE; i++) difference |= (expected[i] as number) ^ (tag[i] as number);
    if (difference === 0) return plaintext;
    plaintext.fill(0);
    return undefined;
  }

  /** The tag over associated data, message and nonce: 16 fresh bytes. */
  #tag(nonce: Uint8Array, message: Uint8Array, additionalData: Uint8Array): Uint8Array {
    const sum = new Int32Array(4);
    this.#absorb(sum, additionalData, PREFIX_DATA, PREFIX_DATA_LAST);
    this.#absorb(sum, message, PREFIX_MESSAGE, PREFIX_MESSAGE_LAST);
    this.#tweak.fill(0);
    this.#tweak[0] = PREFIX_TAG;
    this.#tweak.set(nonce, 1);
    this.#cipher.setTweak(this.#tweak);
    this.#cipher.setCounter(0);
    this.#cipher.encrypt(sum);
    const tag = new Uint8Array(DEOXYSII_TAG_SIZE);
    const view = viewOf(tag);
    for (let i = 0; i < 4; i++) view.setInt32(4 * i, sum[i] as number);
    return tag;
  }

  #absorb(sum: Int32Array, data: Uint8Array, prefix: number, prefixLast: number): void {
    const cipher = this.#cipher;
    const state = this.#state;
    const blocks = Math.floor(data.length / 16);
    this.#setPrefix(prefix);
    const view = viewOf(data);
    for (let i = 0, at = 0; i < blocks; i++, at += 16) {
      cipher.setCounter(i);
      this.#absorbBlock(sum, state, view, at);
    }
    const rest = data.length - 16 * blocks;
    if (rest === 0) return;
    this.#setPrefix(prefixLast);
    cipher.setCounter(blocks);
    const block = this.#block.fill(0);
    block.set(data.subarray(16 * blocks));
    block[rest] = 0x80;
    this.#absorbBlock(sum, state, viewOf(block), 0);
  }

  #absorbBlock(sum: Int32Array, state: Int32Array, view: DataView, at: number): void {
    state[0] = view.getInt32(at);
    state[1] = view.getInt32(at + 4);
    state[2] = view.getInt32(at + 8);
    state[3] = view.getInt32(at + 12);
    this.#cipher.encrypt(state);
    sum[0] = (sum[0] as number) ^ (state[0] as number);
    sum[1] = (sum[1] as number) ^ (state[1] as number);
    sum[2] = (sum[2] as number) ^ (state[2] as number);
    sum[3] = (sum[3] as number) ^ (state[3] as number);
  }

  #setPrefix(prefix: number): void {
    this.#tweak.fill(0);
    this.#tweak[0] = prefix;
    this.#cipher.setTweak(this.#tweak);
  }

  /** out = data xor key stream; `out` may be longer than `data`. */
  #xorStream(nonce: Uint8Array, tag: Uint8Array, data: Uint8Array, out: Uint8Array): void {
    const cipher = this.#cipher;
    const state = this.#state;
    this.#tweak.set(tag);
    this.#tweak[0] = (tag[0] as number) | 0x80;
    cipher.setTweak(this.#tweak);
    const block = this.#block;
    block[0] = 0;
    block.set(nonce, 1);
    const start = viewOf(block);
    const n0 = start.getInt32(0);
    const n1 = start.getInt32(4);
    const n2 = start.getInt32(8);
    const n3 = start.getInt32(12);
    const from = viewOf(data);
    const to = viewOf(out);
    const blocks = Math.ceil(data.length / 16);
    for (let i = 0, at = 0; i < blocks; i++, at += 16) {
      state[0] = n0;
      state[1] = n1;
      state[2] = n2;
      state[3] = n3;
      cipher.setCounter(i);
      cipher.encrypt(state);
      if (data.length - at < 16) {
        for (let j = at; j < data.length; j++) {
          const word = state[(j - at) >>> 2] as number;
          out[j] = (data[j] as number) ^ (word >>> (24 - 8 * ((j - at) & 3)));
        }
        return;
      }
      to.setInt32(at, from.getInt32(at) ^ (state[0] as number));
      to.setInt32(at + 4, from.getInt32(at + 4) ^ (state[1] as number));
      to.setInt32(at + 8, from.getInt32(at + 8) ^ (state[2] as number));
      to.setInt32(at + 12, from.getInt32(at + 12) ^ (state[3] as number));
    }
  }
}

function checkNonce(nonce: Uint8Array): void {
  if (nonce.length !== DEOXYSII_NONCE_SIZE) throw new RangeError("deoxysii: invalid nonce size");
}

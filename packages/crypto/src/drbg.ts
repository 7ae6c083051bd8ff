// HMAC_DRBG of NIST SP 800-90A without prediction resistance and without reseeding: the random
// bits of elections. Rule: go/common/crypto/drbg/hmac_drbg.go.
import { createHmac } from "node:crypto";

import { concatBytes } from "@wadi/util";

import { CryptoError } from "./errors.ts";

/** The hashes in use, with the size of their output. */
const OUTPUT_SIZE = { sha512: 64, "sha512-256": 32, sha256: 32 } as const;
export type DrbgHash = keyof typeof OUTPUT_SIZE;

const MAX_INPUT_SIZE = 2 ** 32 - 1;
const MAX_REQUEST_SIZE = 65536;
const RESEED_INTERVAL = 2 ** 48;
const ZERO = Uint8Array.of(0);
const ONE = Uint8Array.of(1);

/** One deterministic generator. */
export class HmacDrbg {
  readonly #hash: DrbgHash;
  #key: Uint8Array;
  #value: Uint8Array;
  #requests = 1;

  /** Throws a `drbg` error if the entropy is shorter than half the hash's output. */
  constructor(hash: DrbgHash, entropy: Uint8Array, nonce: Uint8Array, personalization: Uint8Array = new Uint8Array(0)) {
    const size = OUTPUT_SIZE[hash];
    if (entropy.length < size / 2) throw new CryptoError("drbg", "drbg: insufficient entropyInput");
    for (const [what, input] of Object.entries({
      entropyInput: entropy,
      nonce,
      personalizationString: personalization,
    })) {
      if (input.length > MAX_INPUT_SIZE) throw new CryptoError("drbg", `drbg: excessive ${what} size`);
    }
    this.#hash = hash;
    this.#key = new Uint8Array(size);
    this.#value = new Uint8Array(size).fill(1);
    this.#update(concatBytes(entropy, nonce, personalization));
  }

  /**
   * The next `size` bytes. More than 65536 are fetched in several requests; none at all leave the
   * generator as it is.
   */
  read(size: number): Uint8Array {
    const out = new Uint8Array(size);
    for (let at = 0; at < size; at += MAX_REQUEST_SIZE) {
      this.#generate(out.subarray(at, Math.min(size, at + MAX_REQUEST_SIZE)));
    }
    return out;
  }

  /** Copies of the working state, for comparison with published examples. */
  inspect(): { readonly key: Uint8Array; readonly value: Uint8Array } {
    return { key: Uint8Array.from(this.#key), value: Uint8Array.from(this.#value) };
  }

  #generate(out: Uint8Array): void {
    if (this.#requests > RESEED_INTERVAL) throw new CryptoError("drbg", "drbg: reseed required");
    for (let at = 0; at < out.length; at += this.#value.length) {
      this.#value = this.#hmac(this.#value);
      out.set(this.#value.subarray(0, out.length - at), at);
    }
    this.#update(new Uint8Array(0));
    this.#requests++;
  }

  #update(provided: Uint8Array): void {
    this.#key = this.#hmac(this.#value, ZERO, provided);
    this.#value = this.#hmac(this.#value);
    if (provided.length === 0) return;
    this.#key = this.#hmac(this.#value, ONE, provided);
    this.#value = this.#hmac(this.#value);
  }

  #hmac(...parts: readonly Uint8Array[]): Uint8Array {
    const mac = createHmac(this.#hash, this.#key);
    for (const part of parts) mac.update(part);
    return mac.digest();
  }
}

// The box of the key manager and of confidential transactions: X25519, a key derivation, then
// Deoxys-II. Rule: go/common/crypto/mrae, runtime/src/common/crypto/mrae.
import { createHmac } from "node:crypto";

import type { X25519PublicKey } from "./brands.ts";
import { DEOXYSII_NONCE_SIZE, DeoxysII } from "./deoxysii.ts";
import { CryptoError } from "./errors.ts";
import type { X25519PrivateKey } from "./x25519.ts";

const BOX_KEY_TEXT = "MRAE_Box_Deoxys-II-256-128";
const NONCE_TAG_SIZE = 11;

/**
 * The 32-byte symmetric key both sides derive. A peer key of low order is not refused (the
 * reference does not): its secret is all zeros and the key the same for everybody.
 */
export function deriveBoxKey(peer: X25519PublicKey, privateKey: X25519PrivateKey): Uint8Array {
  const secret = privateKey.sharedSecret(peer);
  const key = Uint8Array.from(createHmac("sha512-256", BOX_KEY_TEXT).update(secret).digest());
  secret.fill(0);
  return key;
}

/** The cipher between two keys; keep it when several messages follow. */
export function boxCipher(peer: X25519PublicKey, privateKey: X25519PrivateKey): DeoxysII {
  const key = deriveBoxKey(peer, privateKey);
  const cipher = new DeoxysII(key);
  key.fill(0);
  return cipher;
}

/** Seals a message for the peer: ciphertext, then the 16-byte tag. The nonce has 15 bytes. */
export function sealBox(
  nonce: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
  peer: X25519PublicKey,
  privateKey: X25519PrivateKey,
): Uint8Array {
  return boxCipher(peer, privateKey).seal(nonce, plaintext, additionalData);
}

/** Opens a message of the peer; undefined if key, nonce, data or any bit is not as it was sealed. */
export function openBox(
  nonce: Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
  peer: X25519PublicKey,
  privateKey: X25519PrivateKey,
): Uint8Array | undefined {
  return boxCipher(peer, privateKey).open(nonce, sealed, additionalData);
}

/** A nonce that counts: 11 fixed bytes and a wrapping 32-bit big-endian counter. */
export class NonceCounter {
  readonly #value: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;

  /** Starts at 15 bytes that the caller drew at random; `current` goes on from a later value. */
  constructor(start: Uint8Array, current: Uint8Array = start) {
    if (start.length !== DEOXYSII_NONCE_SIZE || current.length !== DEOXYSII_NONCE_SIZE) {
      throw new RangeError("deoxysii: invalid nonce size");
    }
    this.#value = Uint8Array.from(start);
    this.#view = new DataView(this.#value.buffer);
    this.#start = this.#view.getUint32(NONCE_TAG_SIZE);
    this.#value.set(current.subarray(NONCE_TAG_SIZE), NONCE_TAG_SIZE);
  }

  /** A copy of the present nonce. */
  get value(): Uint8Array {
    return Uint8Array.from(this.#value);
  }

  /** Goes to the next nonce; throws `nonceExhausted`, changing nothing, when the start value is next. */
  increment(): void {
    const next = (this.#view.getUint32(NONCE_TAG_SIZE) + 1) >>> 0;
    if (next === this.#start) throw new CryptoError("nonceExhausted");
    this.#view.setUint32(NONCE_TAG_SIZE, next);
  }
}

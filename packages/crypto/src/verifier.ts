// Verification of context-separated signatures: digest = SHA-512/256(full context || message),
// then Ed25519 over the digest, blacklisted keys refused. Rule: go/common/crypto/signature
// (signature.go, batch_verification.go).
import { LruMap } from "@wadi/util";

import { KeyBlacklist } from "./blacklist.ts";
import { SIGNATURE_SIZE, bytesOf, type Hash, type PublicKey } from "./brands.ts";
import type { FullContext } from "./context.ts";
import { KeyCache, verifyEd25519 } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";
import { hashOf, sha512_256 } from "./hash.ts";

/** What is signed under a context: 32 fresh bytes. */
export function messageDigest(context: FullContext, message: Uint8Array): Uint8Array {
  return sha512_256(context.bytes, message);
}

/** A signature with the key that is said to have made it. */
export interface SignatureItem {
  readonly publicKey: PublicKey;
  readonly signature: Uint8Array;
}

/** One entry of a batch of digests. */
export interface DigestItem extends SignatureItem {
  /** `messageDigest` of what is signed. */
  readonly digest: Uint8Array;
}

export interface VerifierStats {
  /** Verifications that the cache answered. */
  readonly hits: number;
  /** Verifications that were computed. */
  readonly misses: number;
}

export interface VerifierOptions {
  /** The network's forbidden keys; the verifier reads it at every call. */
  readonly blacklist?: KeyBlacklist;
  /** Signatures known to be valid that are remembered; 0 turns the cache off. */
  readonly cacheSize?: number;
  /** Decoded keys that are kept. */
  readonly keyCacheSize?: number;
}

/**
 * Verifies signatures for one network. A transaction is verified in the mempool, again when the
 * block is proposed and again when it is executed: signatures found valid are remembered (by hash
 * of key, digest and signature), the blacklist is asked every time.
 */
export class SignatureVerifier {
  readonly blacklist: KeyBlacklist;
  readonly #keys: KeyCache;
  readonly #valid: LruMap<Hash, true> | undefined;
  #hits = 0;
  #misses = 0;

  constructor(options: VerifierOptions = {}) {
    const { blacklist = new KeyBlacklist(), cacheSize = 16384, keyCacheSize = 4096 } = options;
    this.blacklist = blacklist;
    this.#keys = new KeyCache(keyCacheSize);
    this.#valid = cacheSize === 0 ? undefined : new LruMap(cacheSize);
  }

  get stats(): VerifierStats {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** True if the signature over the digest is valid and the key not forbidden. Never throws. */
  verifyDigest(publicKey: PublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_SIZE || this.blacklist.has(publicKey)) return false;
    if (this.#valid === undefined) {
      this.#misses++;
      return verifyEd25519(publicKey, digest, signature, this.#keys);
    }
    const id = hashOf(bytesOf(publicKey), signature, digest);
    if (this.#valid.get(id) === true) {
      this.#hits++;
      return true;
    }
    this.#misses++;
    if (!verifyEd25519(publicKey, digest, signature, this.#keys)) return false;
    this.#valid.set(id, true);
    return true;
  }

  /** True if the signature over the message under this context is valid and the key not forbidden. */
  verify(publicKey: PublicKey, context: FullContext, message: Uint8Array, signature: Uint8Array): boolean {
    return this.verifyDigest(publicKey, messageDigest(context, message), signature);
  }

  /** As `verify`, and throws `verifyFailed` where it is false. */
  check(publicKey: PublicKey, context: FullContext, message: Uint8Array, signature: Uint8Array): void {
    if (!this.verify(publicKey, context, message, signature)) throw new CryptoError("verifyFailed");
  }

  /**
   * The verdict on each item, in order. Plain data in and out, so that the work can move to worker
   * threads without another interface.
   */
  verifyBatch(items: readonly DigestItem[]): boolean[] {
    return items.map((item) => this.verifyDigest(item.publicKey, item.digest, item.signature));
  }

  /**
   * True if every signature over the one message is valid. No signature at all is a failure: a
   * multi-signed blob nobody signed must not open.
   */
  verifyAll(context: FullContext, message: Uint8Array, signatures: readonly SignatureItem[]): boolean {
    if (signatures.length === 0) return false;
    const digest = messageDigest(context, message);
    return signatures.every((item) => this.verifyDigest(item.publicKey, digest, item.signature));
  }
}

/** True if the key may be used at all. It may still not be a point of the curve. */
export function isValidPublicKey(key: PublicKey, blacklist: KeyBlacklist): boolean {
  return !blacklist.has(key);
}

/** Throws `malformedSignature` or `publicKeyMismatch` unless the item is well formed and by this key. */
export function checkSignatureShape(item: SignatureItem, expected: PublicKey): void {
  if (item.publicKey !== expected) throw new CryptoError("publicKeyMismatch");
  if (item.signature.length !== SIGNATURE_SIZE) throw new CryptoError("malformedSignature");
}

/** True if one of the signatures claims to be by this key. Verifies nothing. */
export function isSignedBy(signatures: readonly SignatureItem[], key: PublicKey): boolean {
  return signatures.some((item) => item.publicKey === key);
}

/**
 * True if the signatures claim to be by exactly these keys. A key that signed twice counts once;
 * a key that is listed twice makes it false. Verifies nothing.
 */
export function isOnlySignedBy(signatures: readonly SignatureItem[], keys: readonly PublicKey[]): boolean {
  const signers = new Set(signatures.map((item) => item.publicKey));
  return signers.size === keys.length && keys.every((key) => signers.has(key));
}

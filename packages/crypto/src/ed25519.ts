// Ed25519 with exactly the reference's verification rule (curve25519-voi primitives/ed25519 with
// the options of go/common/crypto/signature/signature.go): cofactored equation, S below the group
// order, A and R of small order refused in any encoding, other non-canonical encodings accepted,
// the challenge hashed over the bytes as given. That is ZIP-215 without small orders. Consensus
// depends on every bit of it.
//
// How it is decided: S and the small orders are byte comparisons. What is left goes to OpenSSL,
// whose rule (R must be the canonical encoding of sB - hA) implies ours, so its yes is final. Its
// no is not: then the equation is computed in full. Honest signatures never get there.
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";

import { ed25519 } from "@noble/curves/ed25519.js";
import { LruMap, concatBytes, fromHex, toHex } from "@wadi/util";

import { PUBLIC_KEY_SIZE, SIGNATURE_SIZE, publicKeyFromBytes, type PublicKey } from "./brands.ts";
import { CryptoError } from "./errors.ts";
import { sha512 } from "./hash.ts";

export const SEED_SIZE = 32;

/** Order of the prime-order subgroup. */
export const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const ORDER_BYTES = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
const PKCS8_PREFIX = fromHex("302e020100300506032b657004220420");
const SPKI_PREFIX = fromHex("302a300506032b6570032100");

/**
 * All 14 encodings of the eight points of small order: y of 0, 1, -1 and the two values of order
 * eight, each with both signs, and the non-canonical p and p + 1.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set(
  [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ].flatMap((hex) => [hex, hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) | 0x80).toString(16)]),
);

/** First bytes of the above: seven values let nearly every honest R pass without making its hex. */
const SMALL_ORDER_FIRST_BYTE = new Set([0x00, 0x01, 0xec, 0xed, 0xee, 0x26, 0xc7]);

/** True if these 32 bytes encode, canonically or not, a point of small order. */
export function isSmallOrderEncoding(bytes: Uint8Array): boolean {
  return SMALL_ORDER_FIRST_BYTE.has(bytes[0] ?? 0) && SMALL_ORDER.has(toHex(bytes));
}

/** True if the 32 little-endian bytes are below the group order. */
export function isCanonicalScalar(bytes: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const a = bytes[i] ?? 0;
    const b = ORDER_BYTES[i] ?? 0;
    if (a !== b) return a < b;
  }
  return false;
}

/** The integer of little-endian bytes. */
export function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

/** Decoded OpenSSL keys by public key, bounded; decoding costs a fifth of a verification. */
export class KeyCache {
  readonly #keys: LruMap<PublicKey, KeyObject>;

  constructor(capacity = 4096) {
    this.#keys = new LruMap(capacity);
  }

  get(key: PublicKey): KeyObject {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const made = importPublicKey(fromHex(key));
    this.#keys.set(key, made);
    return made;
  }
}

function importPublicKey(raw: Uint8Array): KeyObject {
  const der = Buffer.concat([SPKI_PREFIX, raw]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/**
 * The rule written out: decodes A and R and computes [8](R + hA - sB). Slow (about a millisecond);
 * exported because it is what the fast path is tested against.
 */
export function verifyExact(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_KEY_SIZE || signature.length !== SIGNATURE_SIZE) return false;
  const r = signature.subarray(0, 32);
  const s = signature.subarray(32);
  if (!isCanonicalScalar(s)) return false;
  const pointR = decodePoint(r);
  const pointA = decodePoint(publicKey);
  if (pointA === undefined || pointR === undefined || pointA.isSmallOrder() || pointR.isSmallOrder()) return false;
  const h = littleEndian(sha512(r, publicKey, message)) % GROUP_ORDER;
  const sB = ed25519.Point.BASE.multiplyUnsafe(littleEndian(s));
  return pointR.add(pointA.multiplyUnsafe(h)).subtract(sB).clearCofactor().is0();
}

type Point = ReturnType<typeof ed25519.Point.fromBytes>;

/** The point of an encoding; non-canonical ones are taken (ZIP-215). */
function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return ed25519.Point.fromBytes(bytes, true);
  } catch {
    return undefined;
  }
}

/**
 * What a yes of OpenSSL does not cover of the rule: true if neither key nor R is of small order and
 * S is canonical. For whoever has OpenSSL asked elsewhere.
 */
export function passesByteRules(publicKey: PublicKey, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_SIZE || SMALL_ORDER.has(publicKey)) return false;
  return isCanonicalScalar(signature.subarray(32)) && !isSmallOrderEncoding(signature.subarray(0, 32));
}

/**
 * True if the signature is valid for the key over exactly this message (no context, no blacklist:
 * see `SignatureVerifier`). Never throws; another length than 64 is invalid. `keys` keeps decoded
 * keys between calls.
 */
export function verifyEd25519(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
  keys?: KeyCache,
): boolean {
  if (!passesByteRules(publicKey, signature)) return false;
  const key = keys === undefined ? importPublicKey(fromHex(publicKey)) : keys.get(publicKey);
  return verify(null, message, key, signature) || verifyExact(fromHex(publicKey), message, signature);
}

/** A private key: the seed and what is derived from it once. */
export class Ed25519PrivateKey {
  readonly publicKey: PublicKey;
  readonly #seed: Uint8Array;
  readonly #key: KeyObject;

  /** Copies the seed; throws `malformedPrivateKey` unless it has 32 bytes. */
  constructor(seed: Uint8Array) {
    if (seed.length !== SEED_SIZE) throw new CryptoError("malformedPrivateKey");
    this.#seed = Uint8Array.from(seed);
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.publicKey = publicKeyFromBytes(spki.subarray(SPKI_PREFIX.length));
  }

  /** Plain Ed25519 of RFC 8032 over the message: 64 fresh bytes. */
  signRaw(message: Uint8Array): Uint8Array {
    const signature = sign(null, message, this.#key);
    return new Uint8Array(signature.buffer, signature.byteOffset, signature.length);
  }

  /** A copy of the 32-byte seed. Keep it out of logs and errors. */
  exportSeed(): Uint8Array {
    return Uint8Array.from(this.#seed);
  }

  /** PKCS#8 version 1, 48 bytes. */
  exportPkcs8(): Uint8Array {
    return concatBytes(PKCS8_PREFIX, this.#seed);
  }

  toString(): string {
    return "[redacted private key]";
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The seed in a PKCS#8 version 1 Ed25519 key, or undefined for anything else. */
export function seedFromPkcs8(der: Uint8Array): Uint8Array | undefined {
  if (der.length !== PKCS8_PREFIX.length + SEED_SIZE) return undefined;
  for (const [i, b] of PKCS8_PREFIX.entries()) if (der[i] !== b) return undefined;
  return der.slice(PKCS8_PREFIX.length);
}

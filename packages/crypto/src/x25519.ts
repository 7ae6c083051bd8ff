// X25519 (RFC 7748) as curve25519-voi does it: no check for keys of low order on either side, the
// shared secret is then all zeros. Native implementations throw in that case; it is decided here
// before they are asked.
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

import { fromHex } from "@wadi/util";

import { X25519_KEY_SIZE, bytesOf, x25519KeyFromBytes, type X25519PublicKey } from "./brands.ts";
import { CryptoError } from "./errors.ts";

const PKCS8_PREFIX = fromHex("302e020100300506032b656e04220420");
const SPKI_PREFIX = fromHex("302a300506032b656e032100");

/** The u coordinates, below 2^255, that every clamped scalar takes to zero. */
const LOW_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** True if the shared secret with this key is always zero. The top bit does not count. */
export function isLowOrderX25519(key: X25519PublicKey): boolean {
  const top = Number.parseInt(key.slice(62), 16) & 0x7f;
  return LOW_ORDER.has(key.slice(0, 62) + top.toString(16).padStart(2, "0"));
}

/** An X25519 private key. */
export class X25519PrivateKey {
  readonly publicKey: X25519PublicKey;
  readonly #key: KeyObject;

  /** Takes 32 bytes (clamped by the function itself); throws `malformedPrivateKey` on another length. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== X25519_KEY_SIZE) throw new CryptoError("malformedPrivateKey");
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, bytes]), format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key).export({ format: "der", type: "spki" });
    this.publicKey = x25519KeyFromBytes(spki.subarray(SPKI_PREFIX.length));
  }

  /** The shared secret, 32 fresh bytes; all zeros for a peer key of low order. */
  sharedSecret(peer: X25519PublicKey): Uint8Array {
    if (isLowOrderX25519(peer)) return new Uint8Array(32);
    const der = Buffer.concat([SPKI_PREFIX, bytesOf(peer)]);
    const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
    const secret = diffieHellman({ privateKey: this.#key, publicKey });
    return Uint8Array.from(secret);
  }

  toString(): string {
    return "[redacted private key]";
  }

  toJSON(): string {
    return this.toString();
  }
}

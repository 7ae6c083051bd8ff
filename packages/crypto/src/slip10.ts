// SLIP-0010 key derivation for Ed25519, where every step is hardened. Rule:
// go/common/crypto/slip10/slip10.go.
import { createHmac } from "node:crypto";

import { HARDENED } from "./bip32-path.ts";
import { CryptoError } from "./errors.ts";

/** A derived private key (an Ed25519 seed) and what its children are derived with; 32 bytes each. */
export interface DerivedKey {
  readonly seed: Uint8Array;
  readonly chainCode: Uint8Array;
}

function split(digest: Buffer): DerivedKey {
  return { seed: Uint8Array.from(digest.subarray(0, 32)), chainCode: Uint8Array.from(digest.subarray(32)) };
}

/** The root of a tree of keys; throws `slip10` unless the seed has 16 to 64 bytes. */
export function slip10MasterKey(seed: Uint8Array): DerivedKey {
  if (seed.length < 16 || seed.length > 64) throw new CryptoError("slip10", "slip10: invalid seed");
  return split(createHmac("sha512", "ed25519 seed").update(seed).digest());
}

/** A child; throws `slip10` unless the index is hardened (2^31 to 2^32-1). */
export function slip10ChildKey(parent: DerivedKey, index: number): DerivedKey {
  if (!Number.isInteger(index) || index < HARDENED || index >= 2 * HARDENED) {
    throw new CryptoError("slip10", "slip10: non-hardened keys not supported");
  }
  const data = new Uint8Array(37);
  data.set(parent.seed, 1);
  new DataView(data.buffer).setUint32(33, index);
  return split(createHmac("sha512", parent.chainCode).update(data).digest());
}

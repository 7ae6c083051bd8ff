// SHA-512/256, the hash of everything in Oasis, and SHA-256 and SHA-512 beside it.
//
// The one-shot native call is two to three times cheaper than a hash object for the small inputs
// of trees and transactions, so every function here takes one piece or joins the pieces first;
// `Hasher` is for data that arrives over time.
import { createHash, hash as nativeHash, type Hash as NativeHash } from "node:crypto";

import { pooledBytes, utf8 } from "@wadi/util";

import { HASH_SIZE, NAMESPACE_TEST, namespaceFromBytes, type Hash, type Namespace } from "./brands.ts";

/** A plain Uint8Array over the same memory: Buffer differs under deep equality and in `slice`. */
function plain(b: Buffer): Uint8Array {
  return new Uint8Array(b.buffer, b.byteOffset, b.length);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  let length = 0;
  for (const part of parts) length += part.length;
  const all = pooledBytes(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A digest as bytes of its own. By way of a string, for which the native call takes half the time. */
function digestOf(algorithm: string, data: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(nativeHash(algorithm, data, "latin1"), "latin1"));
}

/** SHA-512/256 over the concatenation of the parts: 32 fresh bytes. */
export function sha512_256(...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf("sha512-256", joined(parts));
}

/** SHA-256 over the concatenation of the parts: 32 fresh bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf("sha256", joined(parts));
}

/** SHA-512 over the concatenation of the parts: 64 fresh bytes. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf("sha512", joined(parts));
}

/** SHA-512/256 over the concatenation of the parts, as the identifier the data model uses. */
export function hashOf(...parts: readonly Uint8Array[]): Hash {
  return nativeHash("sha512-256", joined(parts), "hex") as Hash;
}

/**
 * SHA-512/256 of each item, packed: digest i is at bytes 32i to 32i+31. One allocation for the
 * whole batch, which matters for a tree of many nodes. `out` may be given to reuse memory.
 */
export function sha512_256Batch(
  items: readonly Uint8Array[],
  out: Uint8Array = new Uint8Array(HASH_SIZE * items.length),
): Uint8Array {
  if (out.length < HASH_SIZE * items.length) throw new RangeError("output is shorter than 32 bytes per item");
  let at = 0;
  for (const item of items) {
    out.set(nativeHash("sha512-256", item, "buffer"), at);
    at += HASH_SIZE;
  }
  return out;
}

/** Incremental SHA-512/256. */
export class Hasher {
  readonly #state: NativeHash = createHash("sha512-256");

  update(bytes: Uint8Array): this {
    this.#state.update(bytes);
    return this;
  }

  /** 32 fresh bytes. The hasher cannot be used afterwards. */
  digest(): Uint8Array {
    return plain(this.#state.digest());
  }

  /** The digest as an identifier. The hasher cannot be used afterwards. */
  digestHash(): Hash {
    return this.#state.digest("hex") as Hash;
  }
}

/** The hash of no bytes at all: "nothing here", for instance the root of an empty tree. */
export const EMPTY_HASH = hashOf(new Uint8Array(0));

/** 32 zero bytes: a hash that was never set. Not the empty hash. */
export const ZERO_HASH = "0".repeat(2 * HASH_SIZE) as Hash;

/**
 * The namespace that tests derive from a seed text: identifier = first 24 bytes of the seed's
 * hash, test flag or-ed with `flags` (go/common/namespace.go, `NewTestNamespaceFromSeed`).
 */
export function testNamespace(seed: string | Uint8Array, flags = 0n): Namespace {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setBigUint64(0, flags | NAMESPACE_TEST);
  bytes.set(sha512_256(typeof seed === "string" ? utf8(seed) : seed).subarray(0, 24), 8);
  return namespaceFromBytes(bytes);
}

// Fixed-size identifiers of the data model are lower-case hex strings with a brand: `===` compares
// them, they serve as Map keys, and their string order is the order of their bytes. Signatures,
// proofs, blobs and intermediate digests stay Uint8Array.
//
// The functions here check length and nothing else, except for namespaces, whose reserved flag
// bits are part of being well formed.
import { fromHex, toBase64, toHex } from "@wadi/util";

import { CryptoError, type CryptoErrorKind } from "./errors.ts";

declare const brand: unique symbol;

/** SHA-512/256 digest, 32 bytes. */
export type Hash = string & { readonly [brand]: "Hash" };
/** Ed25519 public key, 32 bytes; not necessarily a point of the curve. */
export type PublicKey = string & { readonly [brand]: "PublicKey" };
/** Account address, 21 bytes: version, then 20 bytes of a hash. */
export type Address = string & { readonly [brand]: "Address" };
/** Runtime ID, 32 bytes: 8 bytes of flags (big-endian), then the identifier. */
export type Namespace = string & { readonly [brand]: "Namespace" };
/** X25519 public key, 32 bytes. */
export type X25519PublicKey = string & { readonly [brand]: "X25519PublicKey" };

export const HASH_SIZE = 32;
export const PUBLIC_KEY_SIZE = 32;
export const ADDRESS_SIZE = 21;
const NAMESPACE_SIZE = 32;
export const X25519_KEY_SIZE = 32;
export const SIGNATURE_SIZE = 64;

/** Namespace flag: a runtime for tests. */
export const NAMESPACE_TEST = 1n << 63n;
/** Namespace flag: a key manager. */
export const NAMESPACE_KEY_MANAGER = 1n << 62n;

function sized(bytes: Uint8Array, size: number, kind: CryptoErrorKind): string {
  if (bytes.length !== size) throw new CryptoError(kind);
  return toHex(bytes);
}

function parsed(hex: string, size: number, kind: CryptoErrorKind): string {
  if (hex.length !== 2 * size || !/^[0-9a-fA-F]*$/.test(hex)) throw new CryptoError(kind);
  return hex.toLowerCase();
}

/** Throws `malformedHash` unless 32 bytes. */
export function hashFromBytes(bytes: Uint8Array): Hash {
  return sized(bytes, HASH_SIZE, "malformedHash") as Hash;
}

/** Hex of either case; throws `malformedHash` on anything else than 64 hex characters. */
export function hashFromHex(hex: string): Hash {
  return parsed(hex, HASH_SIZE, "malformedHash") as Hash;
}

/** Throws `malformedPublicKey` unless 32 bytes. */
export function publicKeyFromBytes(bytes: Uint8Array): PublicKey {
  return sized(bytes, PUBLIC_KEY_SIZE, "malformedPublicKey") as PublicKey;
}

/** Hex of either case; throws `malformedPublicKey` on anything else than 64 hex characters. */
export function publicKeyFromHex(hex: string): PublicKey {
  return parsed(hex, PUBLIC_KEY_SIZE, "malformedPublicKey") as PublicKey;
}

/** Throws `malformedAddress` unless 21 bytes. */
export function addressFromBytes(bytes: Uint8Array): Address {
  return sized(bytes, ADDRESS_SIZE, "malformedAddress") as Address;
}

/** Throws `malformedX25519Key` unless 32 bytes. */
export function x25519KeyFromBytes(bytes: Uint8Array): X25519PublicKey {
  return sized(bytes, X25519_KEY_SIZE, "malformedX25519Key") as X25519PublicKey;
}

/** Hex of either case; throws `malformedX25519Key` on anything else than 64 hex characters. */
export function x25519KeyFromHex(hex: string): X25519PublicKey {
  return parsed(hex, X25519_KEY_SIZE, "malformedX25519Key") as X25519PublicKey;
}

function checkedNamespace(hex: string): Namespace {
  const flags = BigInt(`0x${hex.slice(0, 16)}`);
  if ((flags & ~(NAMESPACE_TEST | NAMESPACE_KEY_MANAGER)) !== 0n) throw new CryptoError("malformedNamespace");
  return hex as Namespace;
}

/** Throws `malformedNamespace` unless 32 bytes without reserved flag bits. */
export function namespaceFromBytes(bytes: Uint8Array): Namespace {
  return checkedNamespace(sized(bytes, NAMESPACE_SIZE, "malformedNamespace"));
}

/** Hex of either case; throws `malformedNamespace` on another length or a reserved flag bit. */
export function namespaceFromHex(hex: string): Namespace {
  return checkedNamespace(parsed(hex, NAMESPACE_SIZE, "malformedNamespace"));
}

/** True if the flag marks a runtime for tests. */
export function isTestNamespace(namespace: Namespace): boolean {
  return (BigInt(`0x${namespace.slice(0, 16)}`) & NAMESPACE_TEST) !== 0n;
}

/** True if the flag marks a key manager runtime. */
export function isKeyManagerNamespace(namespace: Namespace): boolean {
  return (BigInt(`0x${namespace.slice(0, 16)}`) & NAMESPACE_KEY_MANAGER) !== 0n;
}

/** The bytes of any branded identifier, freshly allocated. */
export function bytesOf(id: Hash | PublicKey | Address | Namespace | X25519PublicKey): Uint8Array {
  return fromHex(id);
}

/** Text form of a public key for people and JSON: base64. */
export function publicKeyText(key: PublicKey): string {
  return toBase64(fromHex(key));
}

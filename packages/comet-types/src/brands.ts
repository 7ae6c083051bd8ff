// Hashes and validator addresses are compared and used as keys everywhere, so they are lower-case
// hex text; their text order is their byte order. A value read from the wire may have any length:
// the basic validity rules check it, the brand only says what the text is meant to be.
import type { PublicKey } from "@wadi/crypto";
import { fromHex, toHex } from "@wadi/util";
import { sha256 } from "./sha256.ts";

declare const brand: unique symbol;

/** Hex of a hash: 64 characters, or empty where the protocol allows "none". */
export type HexHash = string & { readonly [brand]: "HexHash" };
/** Hex of a validator address (also a node ID), 40 characters; empty where unset. */
export type ConsensusAddress = string & { readonly [brand]: "ConsensusAddress" };

/** Bytes of a hash. */
export const HASH_SIZE = 32;
/** Bytes of a validator address. */
export const ADDRESS_SIZE = 20;
/** Longest chain id, in bytes. */
export const MAX_CHAIN_ID_LENGTH = 50;

export const NO_HASH = "" as HexHash;
export const NO_ADDRESS = "" as ConsensusAddress;

/** Lower-case hex of a hash; the size is not checked. */
export function hexHash(bytes: Uint8Array): HexHash {
  return toHex(bytes) as HexHash;
}

/** The first 20 bytes of SHA-256 of the raw key. */
export function addressOfKey(publicKey: PublicKey): ConsensusAddress {
  return toHex(sha256(fromHex(publicKey)).subarray(0, ADDRESS_SIZE)) as ConsensusAddress;
}

/** The engine's chain id: the first 50 characters of the chain context (64 hex characters). */
export function chainIdOfContext(chainContext: string): string {
  return chainContext.slice(0, MAX_CHAIN_ID_LENGTH);
}

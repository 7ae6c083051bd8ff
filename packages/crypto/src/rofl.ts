// ROFL application IDs have the shape of addresses under a prefix of their own. Rule: oasis-sdk
// runtime-sdk/src/modules/rofl/app_id.rs.
import { concatBytes, utf8 } from "@wadi/util";

import { addressFromText, addressToText, deriveAddress } from "./address.ts";
import { bytesOf, type Address } from "./brands.ts";

const PREFIX = "rofl";

function unsigned(size: 4 | 8, value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes.subarray(8 - size);
}

/** The ID of an application made by the `index`th transaction of a round. */
export function roflAppIdFromRound(creator: Address, round: bigint, index: number): Address {
  const data = concatBytes(bytesOf(creator), unsigned(8, round), unsigned(4, BigInt(index)));
  return deriveAddress("oasis-sdk/rofl: cri app id", data);
}

/** The ID of an application by its creator's nonce after the creating transaction. */
export function roflAppIdFromNonce(creator: Address, nonce: bigint): Address {
  return deriveAddress("oasis-sdk/rofl: cn app id", concatBytes(bytesOf(creator), unsigned(8, nonce)));
}

/** The ID behind a global name. */
export function roflAppIdFromName(name: string): Address {
  return deriveAddress("oasis-sdk/rofl: global name app id", utf8(name));
}

/** Bech32 text with the prefix `rofl`. */
export function roflAppIdToText(id: Address): string {
  return addressToText(id, PREFIX);
}

/** The ID of a text; throws as `addressFromText` does. */
export function roflAppIdFromText(text: string): Address {
  return addressFromText(text, PREFIX);
}

// Account addresses as members of structures. Reference: go/staking/api/address.go.
import { DecodeError, fixedHex, type Schema } from "@wadi/codec";
import type { Address as AddressText } from "@wadi/crypto";

import { formatAddressText, parseAddressText } from "./address-text.ts";

function parse(text: string): AddressText {
  try {
    return parseAddressText(text);
  } catch (cause) {
    throw new DecodeError(cause instanceof Error ? cause.message : "address: malformed address", undefined, cause);
  }
}

/** Account address; JSON and object keys are bech32 (`oasis1...`). */
export const Address: Schema<AddressText> = fixedHex<AddressText>("address", 21, {
  json: { format: (hex) => formatAddressText(hex as AddressText), parse },
  wrongLength: "address: malformed address",
});
export type Address = AddressText;

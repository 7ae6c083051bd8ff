// Account addresses as members of structures. Reference: go/staking/api/address.go.
import { fixedHex, type Schema } from "@wadi/codec";
import { formatAddress, parseAddress, type Address as AddressText } from "@wadi/crypto";

/** Account address; JSON and object keys are bech32 (`oasis1...`). */
export const Address: Schema<AddressText> = fixedHex<AddressText>("address", 21, {
  json: { format: formatAddress, parse: parseAddress },
  wrongLength: "address: malformed address",
});
export type Address = AddressText;

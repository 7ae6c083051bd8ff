// The elements of state keys: what follows the prefix byte. Integers are big-endian of fixed
// width, identifiers are their bytes, and some keys hold only the hash of an identifier.
// Reference: go/common/keyformat/key_format.go, hashed.go.
import type { Address, Hash, PublicKey } from "@wadi/crypto";
import { addressToText, hashOf, publicKeyText } from "@wadi/crypto";
import type { ConsensusAddress } from "@wadi/comet-types";
import { packedFromHex, packedToHex, type Packed } from "@wadi/mkvs";
import { fromHex } from "@wadi/util";

/** One element: `In` is what the rules put in, `Out` what can be read back from a key. */
export interface KeyElement<In, Out = In> {
  /** Bytes. */
  readonly size: number;
  /** What is read back is a hash of what was put in. */
  readonly hashed: boolean;
  encode(value: In): Packed;
  decode(packed: Packed): Out;
  /** For people. */
  format(value: Out): string;
}

const scratch = Buffer.alloc(8);

/** Big-endian u64. */
export const u64Element: KeyElement<bigint> = {
  size: 8,
  hashed: false,
  encode(value) {
    scratch.writeBigUInt64BE(value);
    return scratch.toString("latin1");
  },
  decode: (packed) => BigInt(`0x${packedToHex(packed)}`),
  format: String,
};

/** Big-endian i64 in two's complement, as the reference writes it: negative values sort last. */
export const i64Element: KeyElement<bigint> = {
  size: 8,
  hashed: false,
  encode(value) {
    scratch.writeBigInt64BE(value);
    return scratch.toString("latin1");
  },
  decode: (packed) => BigInt.asIntN(64, BigInt(`0x${packedToHex(packed)}`)),
  format: String,
};

export const u8Element: KeyElement<number> = {
  size: 1,
  hashed: false,
  encode: (value) => String.fromCharCode(value),
  decode: (packed) => packed.charCodeAt(0),
  format: String,
};

function identifier<T extends string>(size: number, format: (value: T) => string = String): KeyElement<T> {
  return {
    size,
    hashed: false,
    encode: packedFromHex,
    decode: (packed) => packedToHex(packed) as T,
    format,
  };
}

export const addressElement = identifier<Address>(21, (address) => addressToText(address));
export const publicKeyElement = identifier<PublicKey>(32, publicKeyText);
export const hashElement = identifier<Hash>(32);
export const consensusAddressElement = identifier<ConsensusAddress>(20);

/** Stands for the identifier with this hash where only the hash is known. */
export interface PreHashed {
  readonly hash: Hash;
}

export function preHashed(hash: Hash): PreHashed {
  return { hash };
}

/** SHA-512/256 of an identifier's bytes; iteration is then in order of hashes. */
export function hashedElement<T extends string>(): KeyElement<T | PreHashed, Hash> {
  return {
    size: 32,
    hashed: true,
    encode: (value) => packedFromHex(typeof value === "string" ? hashOf(fromHex(value)) : value.hash),
    decode: (packed) => packedToHex(packed) as Hash,
    format: String,
  };
}

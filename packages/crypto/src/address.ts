// Account addresses: version byte 0, then the first 20 bytes of SHA-512/256(context || version ||
// data). Rules: go/common/crypto/address/address.go, go/staking/api/address.go, go/vault/api/api.go.
import { concatBytes, utf8 } from "@wadi/util";

import { bech32Decode, bech32Encode } from "./bech32.ts";
import { reservedKeys } from "./blacklist.ts";
import { ADDRESS_SIZE, addressFromBytes, bytesOf, type Address, type Namespace, type PublicKey } from "./brands.ts";
import { CryptoError } from "./errors.ts";
import { hashOf } from "./hash.ts";

const VERSION = 0;

/** What an address can belong to; part of what is hashed. */
const addressContexts = {
  staking: "oasis-core/address: staking",
  runtime: "oasis-core/address: runtime",
  module: "oasis-core/address: module",
} as const;

/** Prefix of account addresses in text. */
const ADDRESS_PREFIX = "oasis";

/** The address of any context and data. */
export function deriveAddress(context: string, data: Uint8Array, version = VERSION): Address {
  const hash = hashOf(utf8(context), Uint8Array.of(version), data);
  return (version.toString(16).padStart(2, "0") + hash.slice(0, 2 * (ADDRESS_SIZE - 1))) as Address;
}

/** The account of an Ed25519 key: a person's or an entity's. */
export function stakingAddress(publicKey: PublicKey): Address {
  return deriveAddress(addressContexts.staking, bytesOf(publicKey));
}

/** The account of a runtime. */
export function runtimeAddress(runtimeId: Namespace): Address {
  return deriveAddress(addressContexts.runtime, bytesOf(runtimeId));
}

/** An account of a consensus module, by module name and kind. */
export function moduleAddress(module: string, kind: string): Address {
  return deriveAddress(addressContexts.module, utf8(`${module}.${kind}`));
}

/** The account of the vault that `creator` made as its `number`th (from 0). */
export function vaultAddress(creator: Address, number: bigint): Address {
  return moduleAddress("vault", `vault.${addressToText(creator)}.${number}`);
}

/** Bech32 text with the account prefix, or another one. */
export function addressToText(address: Address, prefix = ADDRESS_PREFIX): string {
  return bech32Encode(prefix, bytesOf(address));
}

/**
 * The address of a Bech32 text. Throws `addressText` (not Bech32), `addressPrefix` or
 * `malformedAddress` (another length than 21 bytes).
 */
export function addressFromText(text: string, prefix = ADDRESS_PREFIX): Address {
  let decoded: ReturnType<typeof bech32Decode>;
  try {
    decoded = bech32Decode(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CryptoError("addressText", `address: decoding from bech32 failed: ${reason}`, { cause });
  }
  if (decoded.prefix !== prefix) {
    throw new CryptoError(
      "addressPrefix",
      `address: incorrect bech32 human readable part: ${decoded.prefix} (expected: ${prefix})`,
    );
  }
  return addressFromBytes(decoded.data);
}

/** Accounts that nobody may use as their own. */
export const reservedAddresses = Object.freeze({
  /** `oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm` */
  commonPool: stakingAddress(reservedKeys.commonPool),
  /** `oasis1qqnv3peudzvekhulf8v3ht29z4cthkhy7gkxmph5` */
  feeAccumulator: stakingAddress(reservedKeys.feeAccumulator),
  /** `oasis1qp65laz8zsa9a305wxeslpnkh9x4dv2h2qhjz0ec` */
  governanceDeposits: stakingAddress(reservedKeys.governanceDeposits),
  /** `oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970`; what is sent there is gone. */
  burn: stakingAddress(reservedKeys.burn),
});

const reserved: ReadonlySet<Address> = new Set(Object.values(reservedAddresses));

/** True for the four reserved accounts. */
export function isReservedAddress(address: Address): boolean {
  return reserved.has(address);
}

/** 21 zero bytes; valid, although no key leads to it. */
export const ZERO_ADDRESS = "0".repeat(2 * ADDRESS_SIZE) as Address;

/** Contexts and prefix of the account kinds that only exist inside ParaTimes. */
const sdkAddressContexts = {
  secp256k1Eth: "oasis-runtime-sdk/address: secp256k1eth",
  sr25519: "oasis-runtime-sdk/address: sr25519",
  multisig: "oasis-runtime-sdk/address: multisig",
  module: "oasis-runtime-sdk/address: module",
} as const;

/** The account of a 20-byte Ethereum address. */
export function ethAccountAddress(ethAddress: Uint8Array): Address {
  if (ethAddress.length !== 20) throw new CryptoError("malformedAddress");
  return deriveAddress(sdkAddressContexts.secp256k1Eth, ethAddress);
}

/** The account of a 32-byte sr25519 key. */
export function sr25519Address(publicKey: Uint8Array): Address {
  if (publicKey.length !== 32) throw new CryptoError("malformedPublicKey");
  return deriveAddress(sdkAddressContexts.sr25519, publicKey);
}

/** The account of a multisig configuration, given as its canonical CBOR. */
export function multisigAddress(configCbor: Uint8Array): Address {
  return deriveAddress(sdkAddressContexts.multisig, configCbor);
}

/** An account of a runtime SDK module; the kind is raw bytes. */
export function sdkModuleAddress(module: string, kind: Uint8Array): Address {
  return deriveAddress(sdkAddressContexts.module, concatBytes(utf8(`${module}.`), kind));
}

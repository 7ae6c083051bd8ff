// Failures of this package. Where the reference registers a pair (module, code) the error carries
// it; everything else is a CryptoError, told apart by its `kind`. The texts that other
// programs and people compare are those of the reference.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError, registerError } from "@wadi/util";

/** `staking/token` 1: a display exponent above 20. */
export const invalidTokenExponent = registerError("staking/token", 1, "staking/token: invalid token's value exponent");

const kinds = {
  malformedHash: "hash: malformed hash",
  malformedNamespace: "malformed namespace",
  malformedX25519Key: "x25519: malformed public key",
  malformedAddress: "address: malformed address",
  addressText: "address: decoding from bech32 failed",
  addressPrefix: "address: incorrect bech32 human readable part",
  bech32: "decoding bech32 failed",
  malformedPublicKey: "signature: malformed public key",
  malformedPrivateKey: "signature: malformed private key",
  malformedSignature: "signature: malformed signature",
  publicKeyMismatch: "signature: public key mismatch",
  verifyFailed: "signed: signature verification failed",
  forbiddenPublicKey: "signature: public key forbidden",
  alreadyBlacklisted: "signature: public key already in blacklist",
  malformedContext: "signature: malformed context",
  noChainContext: "signature: chain domain separation context not set",
  noSuffixConfigured: "signature: domain separation context suffix not configured",
  noDynamicSuffix: "signature: dynamic context suffix not set",
  roleMismatch: "signature: signer factory role mismatch",
  invalidRole: "signature: invalid signer role",
  drbg: "drbg: invalid use",
  nonceExhausted: "This nonce has been exhausted, and a new one must be created",
  bip32Path: "invalid BIP-0032 path",
  slip10: "slip10: invalid input",
  invalidMnemonic: "sakg: invalid mnemonic",
  invalidKeyNumber: "sakg: invalid key number",
  pemNoBlock: "pem: data does not contain a block",
  pemTrailing: "pem: data has trailing garbage",
  pemType: "pem: malformed, unexpected type",
  signaturePem: "signature: error while decoding PEM block",
  der: "der: malformed data",
  tls: "tls: invalid certificate or key",
  keyNotFound: "file does not exist",
  keyExists: "signature/signer/file: key already exists",
  keyPermissions: "signature/signer/file: invalid PEM file permissions",
  publicPemMismatch: "signature: public key PEM is not for private key",
  sentryKey: "identity: unable to read sentry client key from file",
} as const;

export type CryptoErrorKind = keyof typeof kinds;

/** A failure without a registered pair; on a wire it reports (`unknown`, 1). */
export class CryptoError extends WadiError {
  override readonly name = "CryptoError";
  readonly kind: CryptoErrorKind;

  /** `message` replaces the kind's own text where the reference's text carries facts of the case. */
  constructor(kind: CryptoErrorKind, message?: string, options?: { readonly cause?: unknown }) {
    super({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text: message ?? kinds[kind] }, options);
    this.kind = kind;
  }
}

/** True for a CryptoError of this kind, also one of another copy of the package. */
export function isCryptoError(e: unknown, kind: CryptoErrorKind): boolean {
  return e instanceof Error && e.name === "CryptoError" && "kind" in e && e.kind === kind;
}

// The identity of an SGX enclave: what it is (MRENCLAVE) and who signed it (MRSIGNER).
// Reference: go/common/sgx/common.go.
import { base64ToHex, DecodeError, fixedHex, hexToBase64, struct, transform, withText, type Schema } from "@wadi/codec";

declare const brand: unique symbol;

/** MRENCLAVE then MRSIGNER: 128 lower-case hex characters. */
export type EnclaveIdentity = string & { readonly [brand]: "EnclaveIdentity" };

/** Hex characters of one half. */
const HALF = 64;

// No JSON holds one half alone.
export const MrEnclave = fixedHex("sgx.MrEnclave", 32, { wrongLength: "sgx: malformed MRENCLAVE" });
export const MrSigner = fixedHex("sgx.MrSigner", 32, { wrongLength: "sgx: malformed MRSIGNER" });

const pair = struct("sgx.EnclaveIdentity", { mrEnclave: MrEnclave, mrSigner: MrSigner });

function parse(text: string): EnclaveIdentity {
  const hex = base64ToHex(text);
  if (hex.length !== 2 * HALF) throw new DecodeError("sgx: malformed EnclaveIdentity");
  return hex as EnclaveIdentity;
}

/**
 * CBOR is a map, also where the identity is the key of a map; JSON is the base64 of both halves.
 * Here it is one string, so that it compares with `===` and serves as a Map key.
 */
export const EnclaveIdentity: Schema<EnclaveIdentity> = withText(
  transform(pair, {
    decode: (value) => (value.mrEnclave + value.mrSigner) as EnclaveIdentity,
    encode: (identity: EnclaveIdentity) => ({ mrEnclave: mrEnclaveOf(identity), mrSigner: mrSignerOf(identity) }),
  }),
  { format: (identity) => hexToBase64(identity), parse },
);

/** Hex of the first half. */
export function mrEnclaveOf(identity: EnclaveIdentity): string {
  return identity.slice(0, HALF);
}

/** Hex of the second half. */
export function mrSignerOf(identity: EnclaveIdentity): string {
  return identity.slice(HALF);
}

/** Hex of both halves, either case; throws DecodeError. */
export function enclaveIdentityFromHex(text: string): EnclaveIdentity {
  if (!/^[0-9a-fA-F]{128}$/.test(text)) throw new DecodeError("sgx: malformed EnclaveIdentity");
  return text.toLowerCase() as EnclaveIdentity;
}

// Signed envelopes: a blob, and who signed it. The signature covers the blob's bytes under a
// context, so a value is never re-encoded to be verified.
// Reference: go/common/crypto/signature/signature.go.
import { bytes, decodeCbor, encodeCbor, list, nullable, struct, type Schema, type TypeOf } from "@wadi/codec";
import { CryptoError, type FullContext, type SignatureVerifier, type Signer } from "@wadi/crypto";

import { PublicKey, RawSignature } from "../scalars/keys.ts";

export const Signature = struct("signature.Signature", {
  publicKey: PublicKey,
  signature: RawSignature,
});
export type Signature = TypeOf<typeof Signature>;

const signedMembers = { untrustedRawValue: nullable(bytes), signature: Signature };
const multiSignedMembers = { untrustedRawValue: nullable(bytes), signatures: nullable(list(Signature)) };

/** A blob with one signature. Its members are flattened into every kind of signed value. */
export const Signed = struct("signature.Signed", signedMembers);
export type Signed = TypeOf<typeof Signed>;

/** A blob with any number of signatures over the same bytes. */
export const MultiSigned = struct("signature.MultiSigned", multiSignedMembers);
export type MultiSigned = TypeOf<typeof MultiSigned>;

/** `Signed` under the name of what it carries. */
export function signedAs(name: string): Schema<Signed> & typeof Signed {
  return struct(name, signedMembers);
}

/** `MultiSigned` under the name of what it carries. */
export function multiSignedAs(name: string): Schema<MultiSigned> & typeof MultiSigned {
  return struct(name, multiSignedMembers);
}

/** The blob is the CBOR of the public key itself. */
export const SignedPublicKey = signedAs("signature.SignedPublicKey");
export type SignedPublicKey = Signed;

const noBytes = new Uint8Array(0);

/**
 * The value inside, without looking at signatures; strict, as on consensus input. A null blob is
 * the zero value, an empty one is an error, as the reference has it.
 */
export function decodeBlob<T>(schema: Schema<T>, envelope: { readonly untrustedRawValue: Uint8Array | null }): T {
  const blob = envelope.untrustedRawValue;
  return blob === null ? schema.zero() : decodeCbor(schema, blob);
}

/**
 * Verifies the signature, then decodes the blob. Throws the `CryptoError` `verifyFailed`, or the
 * `DecodeError` of the blob.
 */
export function openSigned<T>(schema: Schema<T>, signed: Signed, context: FullContext, verifier: SignatureVerifier): T {
  const { publicKey, signature } = signed.signature;
  verifier.check(publicKey, context, signed.untrustedRawValue ?? noBytes, signature);
  return decodeBlob(schema, signed);
}

/** As `openSigned`, with every signature; an envelope without signatures does not open. */
export function openMultiSigned<T>(
  schema: Schema<T>,
  signed: MultiSigned,
  context: FullContext,
  verifier: SignatureVerifier,
): T {
  if (!verifier.verifyAll(context, signed.untrustedRawValue ?? noBytes, signed.signatures ?? [])) {
    throw new CryptoError("verifyFailed");
  }
  return decodeBlob(schema, signed);
}

function signBlob(signer: Signer, context: FullContext, blob: Uint8Array): Signature {
  return { publicKey: signer.publicKey, signature: signer.sign(context, blob) };
}

/** Encodes and signs a value. */
export function signValue<T>(schema: Schema<T>, value: T, context: FullContext, signer: Signer): Signed {
  const untrustedRawValue = encodeCbor(schema, value);
  return { untrustedRawValue, signature: signBlob(signer, context, untrustedRawValue) };
}

/** Encodes a value and signs it with each key, in order. */
export function multiSignValue<T>(
  schema: Schema<T>,
  value: T,
  context: FullContext,
  signers: readonly Signer[],
): MultiSigned {
  const untrustedRawValue = encodeCbor(schema, value);
  return { untrustedRawValue, signatures: signers.map((signer) => signBlob(signer, context, untrustedRawValue)) };
}

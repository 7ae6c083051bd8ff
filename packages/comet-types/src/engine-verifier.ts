// The port through which signatures are checked, so that this package has no say in which
// Ed25519 implementation runs or on which thread.
import type { PublicKey } from "@wadi/crypto";
import { signaturePrehash } from "./sign-bytes.ts";

/** A signature to check: `message` is sign bytes, before the prehash. */
export interface SignedMessage {
  readonly publicKey: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Checks engine signatures. A signature of a wrong length does not verify; nothing throws. */
export interface EngineVerifier {
  verify(signed: SignedMessage): boolean;
  /** One answer for each, the same as `verify` would give. */
  verifyBatch(signed: readonly SignedMessage[]): readonly boolean[];
}

/** Ed25519 over a 32-byte digest, with the acceptance rules of the Oasis network. */
export type VerifyDigest = (publicKey: PublicKey, digest: Uint8Array, signature: Uint8Array) => boolean;

/** A verifier that applies the engine's domain separation in front of an Ed25519 implementation. */
export function engineVerifier(verifyDigest: VerifyDigest): EngineVerifier {
  const verify = ({ publicKey, message, signature }: SignedMessage): boolean =>
    signature.length === 64 && verifyDigest(publicKey, signaturePrehash(message), signature);
  return { verify, verifyBatch: (signed) => signed.map(verify) };
}

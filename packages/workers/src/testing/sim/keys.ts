// Signatures that cost one hash: the simulator knows all secrets. Nobody but the owner of a key signs
// with it.
import { SignatureVerifier, messageDigest, sha256, type FullContext, type PublicKey, type Signer } from "@wadi/crypto";
import { bytesEqual, concatBytes, must, toHex, utf8 } from "@wadi/util";

const secrets = new Map<PublicKey, Uint8Array>();

function signatureOf(secret: Uint8Array, digest: Uint8Array): Uint8Array {
  const half = sha256(secret, digest);
  return concatBytes(half, half);
}

/** The key of a node, by its number. */
export function simSigner(node: number): Signer {
  const secret = sha256(utf8(`secret of node ${node}`));
  const publicKey = toHex(sha256(secret)) as PublicKey;
  secrets.set(publicKey, secret);
  return {
    publicKey,
    sign: (context: FullContext, message: Uint8Array) =>
      signatureOf(must(secrets.get(publicKey)), messageDigest(context, message)),
  };
}

/** Accepts signatures of these keys only. */
export class SimVerifier extends SignatureVerifier {
  override verifyDigest(publicKey: PublicKey, digest: Uint8Array, signature: Uint8Array): boolean {
    const secret = secrets.get(publicKey);
    return secret !== undefined && bytesEqual(signatureOf(secret, digest), signature);
  }
}

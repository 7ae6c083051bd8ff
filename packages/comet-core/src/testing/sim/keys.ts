// Signatures that cost one hash: the simulator knows all secrets, so the verifier looks the
// secret up by the public key. Nobody but the owner of a `SimKey` signs with it.
import { sha256, type PublicKey, type Signer } from "@wadi/crypto";
import { bytesEqual, concatBytes, toHex, utf8 } from "@wadi/util";
import { addressOfKey, type ConsensusAddress, type EngineVerifier, type SignedMessage } from "@wadi/comet-types";

export class SimKey {
  readonly publicKey: PublicKey;
  readonly address: ConsensusAddress;
  readonly #secret: Uint8Array;

  constructor(label: string) {
    this.#secret = sha256(utf8(`secret of ${label}`));
    this.publicKey = toHex(sha256(this.#secret)) as PublicKey;
    this.address = addressOfKey(this.publicKey);
  }

  /** 64 bytes over sign bytes. */
  sign(message: Uint8Array): Uint8Array {
    const half = sha256(this.#secret, message);
    return concatBytes(half, half);
  }
}

/** The key as the engine has it; `onSign` hears of each message that is signed. */
export function simSigner(key: SimKey, onSign: (message: Uint8Array) => void): Signer {
  return {
    publicKey: key.publicKey,
    sign: (_context, message) => {
      onSign(message);
      return key.sign(message);
    },
  };
}

/** Accepts signatures of these keys only. */
export function simVerifier(keys: readonly SimKey[]): EngineVerifier {
  const byPublicKey = new Map(keys.map((key) => [key.publicKey, key]));
  const verify = ({ publicKey, message, signature }: SignedMessage): boolean => {
    const key = byPublicKey.get(publicKey);
    return key !== undefined && bytesEqual(key.sign(message), signature);
  };
  return { verify, verifyBatch: (signed) => signed.map(verify) };
}

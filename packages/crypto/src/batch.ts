// A batch whose entries keep their place whatever happens to them: a transaction that does not
// decode still has a result at its index. Rule: go/common/crypto/signature/batch_verification.go.
import { SIGNATURE_SIZE, type PublicKey } from "./brands.ts";
import type { FullContext } from "./context.ts";
import { CryptoError } from "./errors.ts";
import { messageDigest, type DigestItem, type SignatureVerifier } from "./verifier.ts";

export interface BatchResult {
  /** True if no entry failed; an empty batch succeeds. */
  readonly ok: boolean;
  /** Per entry, in order of adding: undefined if valid, else what is wrong. */
  readonly errors: readonly (Error | undefined)[];
}

/** Collects signatures, then verifies all of them. */
export class BatchVerifier {
  readonly #verifier: SignatureVerifier;
  #entries: (DigestItem | Error)[] = [];

  constructor(verifier: SignatureVerifier) {
    this.#verifier = verifier;
  }

  /** Adds a signature; a wrong length or a forbidden key becomes the entry's error. */
  add(publicKey: PublicKey, context: FullContext, message: Uint8Array, signature: Uint8Array): void {
    if (signature.length !== SIGNATURE_SIZE) this.addError(new CryptoError("malformedSignature"));
    else if (this.#verifier.blacklist.has(publicKey)) this.addError(new CryptoError("forbiddenPublicKey"));
    else this.#entries.push({ publicKey, digest: messageDigest(context, message), signature });
  }

  /** Adds an entry that has failed already. */
  addError(error: Error): void {
    this.#entries.push(error);
  }

  /** Verifies what was added and empties the batch. */
  verify(): BatchResult {
    const entries = this.#entries;
    this.#entries = [];
    const verdicts = this.#verifier.verifyBatch(
      entries.filter((entry): entry is DigestItem => !(entry instanceof Error)),
    );
    let next = 0;
    const errors = entries.map((entry) => {
      if (entry instanceof Error) return entry;
      return verdicts[next++] === true ? undefined : new CryptoError("verifyFailed");
    });
    return { ok: errors.every((error) => error === undefined), errors };
  }
}

// Remembers which signatures verified, so that a commit made of votes that were seen costs no
// second verification. What is remembered is the whole triple: nothing is taken on trust.
import type { EngineVerifier, SignedMessage } from "@wadi/comet-types";
import { LruMap, must } from "@wadi/util";

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** About half a kilobyte each: the votes of some rounds of a large set. */
const DEFAULT_CAPACITY = 4096;

/** A verifier that asks the other one only about signatures that have not verified before. Failures are not kept. */
export class CachingVerifier implements EngineVerifier {
  readonly #verifier: EngineVerifier;
  /** Signature to key and message. */
  readonly #verified: LruMap<string, string>;

  constructor(verifier: EngineVerifier, capacity: number = DEFAULT_CAPACITY) {
    this.#verifier = verifier;
    this.#verified = new LruMap(capacity);
  }

  verify(signed: SignedMessage): boolean {
    const key = latin1(signed.signature);
    const content = contentOf(signed);
    if (this.#verified.get(key) === content) return true;
    if (!this.#verifier.verify(signed)) return false;
    this.#verified.set(key, content);
    return true;
  }

  verifyBatch(signed: readonly SignedMessage[]): readonly boolean[] {
    const unknown: SignedMessage[] = [];
    const known = signed.map((item) => {
      const isKnown = this.#verified.get(latin1(item.signature)) === contentOf(item);
      if (!isKnown) unknown.push(item);
      return isKnown;
    });
    if (unknown.length === 0) return known;
    const answers = this.#verifier.verifyBatch(unknown);
    for (const [i, item] of unknown.entries()) {
      if (answers[i] === true) this.#verified.set(latin1(item.signature), contentOf(item));
    }
    let at = 0;
    return known.map((isKnown) => isKnown || must(answers[at++]));
  }

  /** Takes a signature as verified; for those that this process has just made. */
  remember(signed: SignedMessage): void {
    this.#verified.set(latin1(signed.signature), contentOf(signed));
  }

  /** Number of signatures that are remembered. */
  get size(): number {
    return this.#verified.size;
  }
}

const contentOf = ({ publicKey, message }: SignedMessage): string => publicKey + latin1(message);

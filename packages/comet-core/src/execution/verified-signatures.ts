// Remembers which signatures verified, so that a commit made of votes that were seen costs no
// second verification. What is remembered is the whole triple: nothing is taken on trust.
import type { EngineVerifier, SignedMessage } from "@wadi/comet-types";
import { LruMap } from "@wadi/util";

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
    const entry = entryOf(signed);
    if (this.#has(entry)) return true;
    if (!this.#verifier.verify(signed)) return false;
    this.#verified.set(entry.signature, entry.content);
    return true;
  }

  verifyBatch(signed: readonly SignedMessage[]): readonly boolean[] {
    const entries = signed.map(entryOf);
    const known = entries.map((entry) => this.#has(entry));
    const unknown = known.flatMap((isKnown, i) => (isKnown ? [] : [i]));
    if (unknown.length === 0) return known;
    const answers = this.#verifier.verifyBatch(unknown.map((i) => signed[i] as SignedMessage));
    for (const [at, i] of unknown.entries()) {
      if (answers[at] !== true) continue;
      known[i] = true;
      const { signature, content } = entries[i] as Entry;
      this.#verified.set(signature, content);
    }
    return known;
  }

  #has({ signature, content }: Entry): boolean {
    return this.#verified.get(signature) === content;
  }

  /** Takes a signature as verified; for those that this process has just made. */
  remember(signed: SignedMessage): void {
    const { signature, content } = entryOf(signed);
    this.#verified.set(signature, content);
  }

  /** Number of signatures that are remembered. */
  get size(): number {
    return this.#verified.size;
  }
}

interface Entry {
  readonly signature: string;
  /** Key and message. */
  readonly content: string;
}

function entryOf({ publicKey, message, signature }: SignedMessage): Entry {
  return { signature: latin1(signature), content: publicKey + latin1(message) };
}

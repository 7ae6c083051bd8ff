// Remembers which signatures verified, so that a commit made of votes that were seen costs no
// second verification. What is remembered is the whole triple: nothing is taken on trust.
import type { EngineVerifier, SignedMessage } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** About half a kilobyte each: the votes of some rounds of a large set. */
const DEFAULT_CAPACITY = 4096;

/** What verified under its signature. A string of its own: a view would keep the memory that it is part of. */
interface Verified {
  readonly publicKey: PublicKey;
  /** Latin-1. */
  readonly message: string;
}

/** A verifier that asks the other one only about signatures that have not verified before. Failures are not kept. */
export class CachingVerifier implements EngineVerifier {
  readonly #verifier: EngineVerifier;
  readonly #capacity: number;
  /** By signature; the oldest first. */
  readonly #verified = new Map<string, Verified>();

  constructor(verifier: EngineVerifier, capacity: number = DEFAULT_CAPACITY) {
    this.#verifier = verifier;
    this.#capacity = capacity;
  }

  verify(signed: SignedMessage): boolean {
    const name = latin1(signed.signature);
    if (this.#has(name, signed)) return true;
    if (!this.#verifier.verify(signed)) return false;
    this.#keep(name, signed);
    return true;
  }

  verifyBatch(signed: readonly SignedMessage[]): readonly boolean[] {
    const names = signed.map(({ signature }) => latin1(signature));
    const known = signed.map((one, i) => this.#has(names[i] as string, one));
    const unknown = known.flatMap((isKnown, i) => (isKnown ? [] : [i]));
    if (unknown.length === 0) return known;
    const answers = this.#verifier.verifyBatch(unknown.map((i) => signed[i] as SignedMessage));
    for (const [at, i] of unknown.entries()) {
      if (answers[at] !== true) continue;
      known[i] = true;
      this.#keep(names[i] as string, signed[i] as SignedMessage);
    }
    return known;
  }

  #has(name: string, { message, publicKey }: SignedMessage): boolean {
    const known = this.#verified.get(name);
    return known !== undefined && known.publicKey === publicKey && known.message === latin1(message);
  }

  #keep(name: string, { message, publicKey }: SignedMessage): void {
    this.#verified.delete(name);
    this.#verified.set(name, { publicKey, message: latin1(message) });
    if (this.#verified.size <= this.#capacity) return;
    for (const oldest of this.#verified.keys()) {
      this.#verified.delete(oldest);
      break;
    }
  }

  /** Takes a signature as verified; for those that this process has just made or had verified elsewhere. */
  remember(signed: SignedMessage): void {
    this.#keep(latin1(signed.signature), signed);
  }

  /** Number of signatures that are remembered. */
  get size(): number {
    return this.#verified.size;
  }
}

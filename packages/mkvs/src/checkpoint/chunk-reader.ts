// From the bytes of a chunk to the part of the tree that it proves.
import { createHash } from "node:crypto";
import { fail } from "../errors.ts";
import type { Child } from "../node.ts";
import type { Packed } from "../packed.ts";
import { ErrInvalidProof } from "../sync/errors.ts";
import { ProofVerifier } from "../sync/proof.ts";
import type { ProofEntry } from "../sync/proof.ts";
import { decodeSnappySteps } from "./snappy-decode.ts";

const DIGEST_STEP = 1 << 20;
/** Entries between two steps; a few hundred microseconds of work. */
const ENTRIES_PER_STEP = 256;

/** SHA-512/256 of the bytes as hex, in steps. */
export function* digestSteps(bytes: Uint8Array): Generator<void, string> {
  const digest = createHash("sha512-256");
  for (let at = 0; at < bytes.length; at += DIGEST_STEP) {
    digest.update(bytes.subarray(at, at + DIGEST_STEP));
    yield;
  }
  return digest.digest("hex");
}

/** Reads the proof entries, which are CBOR items in a row: definite byte strings or null. */
class EntryReader {
  readonly #content: Uint8Array;
  #at = 0;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  get done(): boolean {
    return this.#at >= this.#content.length;
  }

  /** The next entry, as a view. Throws ErrInvalidProof. */
  next(): ProofEntry {
    const first = this.#content[this.#at++] as number;
    if (first === 0xf6 || first === 0xf7) return null;
    if (first >> 5 !== 2) this.#malformed();
    const length = this.#length(first & 0x1f);
    const start = this.#at;
    if (length > this.#content.length - start) this.#malformed();
    this.#at = start + length;
    return this.#content.subarray(start, this.#at);
  }

  /** Longer forms of a length than necessary are valid. */
  #length(info: number): number {
    if (info < 24) return info;
    if (info > 27) this.#malformed();
    const end = this.#at + (1 << (info - 24));
    if (end > this.#content.length) this.#malformed();
    let length = 0;
    while (this.#at < end) length = length * 256 + (this.#content[this.#at++] as number);
    return length;
  }

  #malformed(): never {
    return fail(ErrInvalidProof, "malformed chunk item");
  }
}

/**
 * The tree with the root hash `root` as far as the chunk shows it, null if it is empty; everything
 * else is a reference. Accepts what the reference accepts, except for entries written as CBOR
 * lists of integers. Throws the errors of `decodeSnappySteps` and `ProofVerifier`.
 */
export function* readChunkSteps(bytes: Uint8Array, root: Packed, maxBytes: number): Generator<void, Child> {
  const entries = new EntryReader(yield* decodeSnappySteps(bytes, maxBytes));
  const verifier = new ProofVerifier(0, { lenient: true });
  for (let count = 1; !entries.done; count++) {
    verifier.add(entries.next());
    if (count % ENTRIES_PER_STEP === 0) yield;
  }
  return verifier.finish(root);
}

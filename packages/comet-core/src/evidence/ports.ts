// What the evidence pool needs of its surroundings; every call returns at once.
import type { Commit, Header, ValidatorSet } from "@wadi/comet-types";

/** Ordered storage of the pool's own; a write survives the death of the process. */
export interface EvidenceStorage {
  has(key: Uint8Array): boolean;
  put(key: Uint8Array, value: Uint8Array): void;
  /** Deleting a missing key does nothing. */
  delete(key: Uint8Array): void;
  /** From `start` (inclusive) to `end` (exclusive), ascending; not used across writes. */
  entries(range: {
    readonly start: Uint8Array;
    readonly end: Uint8Array;
  }): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
}

/** The chain behind us, as far as it is stored. */
export interface EvidenceChain {
  /** Of the latest stored block. */
  readonly height: number;
  loadHeader(height: number): Header | undefined;
  /** The commit that the next block carries, not the one seen: undefined for the latest block. */
  loadCommit(height: number): Commit | undefined;
  /** Who signed the block of this height. */
  loadValidators(height: number): ValidatorSet | undefined;
}

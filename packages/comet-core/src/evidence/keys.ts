// Database keys (evidence/pool.go of the fork): a byte for the kind, the height as 16 hex digits,
// and the hash, so that order of keys is order of heights.
import { evidenceHash, evidenceHeight, type Evidence } from "@wadi/comet-types";
import { concatBytes, utf8 } from "@wadi/util";

const COMMITTED = Uint8Array.of(0x00);
const PENDING = Uint8Array.of(0x01);

/** All keys of pending evidence. */
export const PENDING_RANGE = { start: PENDING, end: Uint8Array.of(0x02) };

/** What identifies evidence in the pool: `<height>/<hash>`, upper-case hex. */
export function evidenceId(evidence: Evidence): string {
  const height = evidenceHeight(evidence).toString(16).toUpperCase().padStart(16, "0");
  return `${height}/${evidenceHash(evidence).toUpperCase()}`;
}

export function committedKey(id: string): Uint8Array {
  return concatBytes(COMMITTED, utf8(id));
}

export function pendingKey(id: string): Uint8Array {
  return concatBytes(PENDING, utf8(id));
}

// What a node keeps in memory has limits, whatever its peers send.
import { DEFAULT_EVIDENCE_LIMITS } from "../../evidence/pool.ts";
import { DEFAULT_MEMPOOL_CONFIG } from "../../mempool/config.ts";
import type { RoundView } from "../../rounds/view.ts";
import { Violation } from "./judge.ts";
import type { OpenEngine } from "./open-engine.ts";

/** Rounds beyond the next one in which a peer's votes may be kept. */
const CATCH_UP_ROUNDS = 2;
/** How far ahead it is looked for votes. */
const FAR_ROUNDS = 60;
/** Of the cache of verified signatures. */
const MAX_VERIFIED = 4096;
/** Records of others that wait to be written. */
const MAX_UNWRITTEN_BYTES = 1 << 18;

/** Rounds above the next one for which there are votes. */
function laterRounds({ votes, round }: RoundView): number {
  let count = 0;
  for (let r = round + 2; r < round + FAR_ROUNDS; r++) {
    if (votes.prevotes(r) !== undefined || votes.precommits(r) !== undefined) count++;
  }
  return count;
}

/** Throws Violation for a node that keeps too much. `peers` counts all that it may ever have had. */
export function checkBounds(node: number, open: OpenEngine, peers: number): void {
  const { engine, evidence, mempool, verifier, wal } = open;
  const sizes: readonly (readonly [string, number, number])[] = [
    ["rounds of votes", laterRounds(engine.view), CATCH_UP_ROUNDS * peers],
    ["pieces of evidence", evidence.size, DEFAULT_EVIDENCE_LIMITS.maxPending],
    ["transactions", mempool.size, DEFAULT_MEMPOOL_CONFIG.maxTxs],
    ["verified signatures", verifier.size, MAX_VERIFIED],
    ["bytes of the log", wal.unwrittenBytes, MAX_UNWRITTEN_BYTES],
  ];
  for (const [what, size, max] of sizes) {
    if (size > max) throw new Violation("bounds", `node ${node} keeps ${size} ${what}, ${max} at most are allowed`);
  }
}

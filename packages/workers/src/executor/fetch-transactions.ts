// Brings the transactions that a proposal names and the pool does not have.
import { hashOf } from "@wadi/crypto";
import type { Logger } from "@wadi/telemetry";
import type { Hash, Namespace } from "@wadi/types";

import type { PeerNetwork } from "../peer-network.ts";
import type { TransactionPool } from "../txpool/transaction-pool.ts";
import type { RoundScope } from "./round-in-progress.ts";

/** Peers are asked again after so long, and then twice as long each time. */
const RETRY_MS = { first: 100, most: 2_000 } as const;

export interface FetchDeps {
  readonly pool: Pick<TransactionPool, "promote" | "propose" | "submit">;
  readonly peers: Pick<PeerNetwork, "fetchTransactions">;
  readonly runtimeId: Namespace;
  readonly log: Logger;
}

/** Asks peers until the pool has all of them. Rejects with the signal's reason only. */
export async function fetchTransactions(
  { log, peers, pool, runtimeId }: FetchDeps,
  round: RoundScope,
  hashes: readonly Hash[],
  signal: AbortSignal,
): Promise<void> {
  for (let delayMs: number = RETRY_MS.first; ; delayMs = Math.min(2 * delayMs, RETRY_MS.most)) {
    const { missing } = pool.promote(hashes);
    if (missing.length === 0) return;
    const wanted = new Set(missing);
    const found = await peers.fetchTransactions(runtimeId, missing, signal).catch((error: unknown) => {
      if (!signal.aborted) {
        log.warn("transactions could not be fetched", { round: round.setting.round, err: error as Error });
      }
      return [];
    });
    signal.throwIfAborted();
    for (const raw of found) {
      if (!wanted.has(hashOf(raw) as Hash)) continue;
      pool.propose(raw);
      // The proposal has it in any case; the pool says to nobody why it may not be scheduled.
      pool.submit(raw, { isRemote: true }).catch(() => undefined);
    }
    if (found.length > 0 && pool.promote(hashes).missing.length === 0) return;
    await round.pause(delayMs, signal);
  }
}

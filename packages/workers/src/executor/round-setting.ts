// What the committee and the descriptor say of a node's round.
import { schedulerApp } from "@wadi/apps";
import { roothash, type PublicKey, type scheduler } from "@wadi/types";
import { NO_RANK, type RoundSetting } from "@wadi/worker-core";

import type { RuntimeBlock } from "../runtime-block.ts";

const NANOS_PER_MS = 1_000_000n;
/** More than a timer can wait. */
export const MAX_TIMER_MS = 0x7fff_ffff;

/** A round that the node takes part in. */
export interface CommitteeRound extends RoundSetting {
  readonly committee: scheduler.Committee;
  /** A batch need not be full after this. */
  readonly flushTimeoutMs: number;
  /** How long each scheduler has before the next one may propose. */
  readonly proposerTimeoutMs: number;
}

/** The round after a block; undefined where the node has no part in it. */
export function committeeRound(
  { block, descriptor, state }: Pick<RuntimeBlock, "block" | "descriptor" | "state">,
  id: PublicKey,
): CommitteeRound | undefined {
  const { committee } = state;
  if (committee === null || state.suspended || !schedulerApp.isMember(committee, id)) return undefined;
  const { txnScheduler } = descriptor;
  const round = block.header.round + 1n;
  return {
    committee,
    round,
    previousHash: roothash.headerHash(block.header),
    isWorker: schedulerApp.isWorker(committee, id),
    isBackup: schedulerApp.isBackupWorker(committee, id),
    ownRank: schedulerApp.schedulerRank(committee, round, id) ?? NO_RANK,
    maxBatchSize: txnScheduler.maxBatchSize,
    maxBatchBytes: txnScheduler.maxBatchSizeBytes,
    flushTimeoutMs: timerMs(txnScheduler.batchFlushTimeout),
    proposerTimeoutMs: timerMs(txnScheduler.proposeBatchTimeout),
  };
}

/** Nanoseconds as milliseconds that a timer can wait. */
function timerMs(nanos: bigint): number {
  const ms = nanos / NANOS_PER_MS;
  return ms > MAX_TIMER_MS ? MAX_TIMER_MS : Number(ms);
}

// `roothash.ExecutorCommit`: commitments of a runtime's committee for the round in progress.
// Reference: go/consensus/cometbft/apps/roothash/transactions.go (executorCommit).
import { events, type Namespace, type roothash } from "@wadi/types";

import { blockSlot } from "../../framework/block-context.ts";
import type { Context } from "../../framework/context.ts";
import { attribute } from "../../framework/events.ts";
import { verifyCommitment } from "../commitment.ts";
import { addCommitment } from "../pool.ts";
import { runtimeAttribute } from "../runtime-block.ts";
import { parameters, rearmRoundTimeout, runningRuntime, setRuntimeState, type RunningRuntime } from "../state.ts";

/** Hears of commitments in the mempool, before anything about them is verified. */
export type CommitmentObserver = (runtimeId: Namespace, commitment: roothash.ExecutorCommitment) => void;

/** Runtimes that got commitments in this block and may be able to end their rounds. */
const pendingRuntimes = blockSlot("roothash: runtimes to finalize", () => new Set<Namespace>());

/** Runtimes with new commitments in this block, by ID. */
export function runtimesToFinalize(ctx: Context): Namespace[] {
  return [...ctx.block.get(pendingRuntimes)].sort((a, b) => (a < b ? -1 : 1));
}

export function executorCommit(
  ctx: Context,
  { id, commits }: roothash.ExecutorCommit,
  observe: CommitmentObserver | undefined,
): void {
  const commitments = commits ?? [];
  if (ctx.isCheck) {
    for (const commitment of commitments) observe?.(id, commitment);
    return;
  }
  ctx.useGas(1, "compute_commit", parameters(ctx.state).gasCosts);
  if (commitments.length === 0) return;
  const before = runningRuntime(ctx.state, id);
  const after = withCommitments(ctx, before, commitments);
  if (ctx.isSimulation) return;
  ctx.atomically((inner) => {
    store(inner, before, after);
    for (const commit of commitments) {
      inner.emitTogether(attribute(events.eventKinds.roothashExecutorCommit, { commit }), runtimeAttribute(id));
    }
  });
  ctx.block.get(pendingRuntimes).add(id);
}

/** All or none: a commitment that is refused refuses the transaction. */
function withCommitments(
  ctx: Context,
  before: RunningRuntime,
  commitments: readonly roothash.ExecutorCommitment[],
): RunningRuntime {
  let commitmentPool = before.commitmentPool;
  for (const commitment of commitments) {
    verifyCommitment(ctx, before, commitment);
    commitmentPool = addCommitment(commitmentPool, before.committee, commitment);
  }
  return { ...before, commitmentPool };
}

/** A scheduler that takes over gives the workers the whole round timeout again. */
function store(ctx: Context, before: RunningRuntime, after: RunningRuntime): void {
  if (before.commitmentPool.highestRank === after.commitmentPool.highestRank) {
    setRuntimeState(ctx.state, after);
    return;
  }
  const { id, executor } = after.runtime;
  const timeout = BigInt.asIntN(64, BigInt(ctx.currentHeight) + executor.roundTimeout);
  rearmRoundTimeout(ctx.state, id, before.timeout, timeout);
  setRuntimeState(ctx.state, { ...after, timeout });
}

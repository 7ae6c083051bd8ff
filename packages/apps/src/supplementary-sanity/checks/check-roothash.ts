// Runtimes have what running and suspended ones have, and the queue of timeouts is theirs.
// Reference: go/consensus/cometbft/apps/supplementarysanity/checks.go (checkRootHash).
import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { TIMEOUT_NEVER, roundTimeouts, runtimeStates, type RuntimeState } from "../../roothash/state.ts";

/** Seconds. */
const MAX_BLOCK_LEAD = 61n * 60n;

export function checkRoothash(ctx: Context): void {
  const states = runtimeStates(ctx.state);
  for (const { runtime, lastBlock } of states) {
    // The reference compares with the clock of the node.
    if (lastBlock.header.timestamp > ctx.now.seconds + MAX_BLOCK_LEAD) {
      refusePlain("block header timestamp is more than 1h1m in the future", { runtime: runtime.id });
    }
  }
  for (const one of states) {
    const problem = one.suspended ? suspendedProblem(one) : runningProblem(one);
    if (problem !== undefined) refusePlain(`runtime ${one.runtime.id} ${problem}`);
  }
  checkTimeouts(ctx.state, states, BigInt(ctx.currentHeight));
}

function suspendedProblem({ committee, commitmentPool, livenessStats, timeout }: RuntimeState): string | undefined {
  if (committee !== null) return "is suspended and should not have a committee";
  if (commitmentPool !== null) return "is suspended and should not gather executor commitments";
  if (livenessStats !== null) return "is suspended and should not gather statistics";
  return timeout === TIMEOUT_NEVER ? undefined : `is suspended and should have no round timeout at ${timeout}`;
}

function runningProblem({ committee, commitmentPool }: RuntimeState): string | undefined {
  if (committee === null) return "is not suspended and should have a committee";
  return commitmentPool === null ? "is not suspended and should gather executor commitments" : undefined;
}

function checkTimeouts(state: State, states: readonly RuntimeState[], height: bigint): void {
  const expected = new Map(states.map(({ runtime, timeout }) => [runtime.id, timeout]));
  for (const { runtimeId, height: scheduled } of roundTimeouts(state)) {
    if (scheduled < height) refusePlain(`round timeout of ${runtimeId} at ${scheduled} did not trigger`);
    const timeout = expected.get(runtimeId);
    if (timeout !== scheduled) {
      refusePlain(`round timeout of ${runtimeId} is scheduled at ${scheduled} instead of ${timeout ?? "never"}`);
    }
    expected.delete(runtimeId);
  }
  for (const [id, timeout] of expected) {
    if (timeout !== TIMEOUT_NEVER) refusePlain(`round timeout of ${id} is not scheduled at ${timeout}`);
  }
}

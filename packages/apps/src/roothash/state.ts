// Reading and writing the state of roothash, without rules. Incoming messages are in
// incoming-messages.ts. Reference: go/consensus/cometbft/apps/roothash/state/state.go.
import { roothash, type Hash, type Namespace, type registry, type scheduler } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

/** The state of a runtime as it is always stored: with its descriptor and blocks. */
export interface RuntimeState extends roothash.RuntimeState {
  readonly runtime: registry.Runtime;
  readonly genesisBlock: roothash.Block;
  readonly lastBlock: roothash.Block;
}

/** A runtime that can process rounds. */
export interface RunningRuntime extends RuntimeState {
  readonly committee: scheduler.Committee;
  readonly commitmentPool: roothash.Pool;
}

/** A round timeout that never comes. */
export const TIMEOUT_NEVER = 0n;

export function parameters(state: State): roothash.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: roothash.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`roothash parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

// Runtimes

export function findRuntimeState(state: State, runtime: Namespace): RuntimeState | undefined {
  const found = state.get(keys.runtimes.at({ runtime }));
  return found === undefined ? undefined : complete(found);
}

/** Refuses with (`roothash`, 3) for a runtime that roothash does not know. */
export function runtimeState(state: State, runtime: Namespace): RuntimeState {
  return findRuntimeState(state, runtime) ?? refuse(roothash.ErrInvalidRuntime, "unknown to roothash", { runtime });
}

/** Refuses with `roothash` 3, 5, 6, 4 for a runtime that cannot process rounds now. */
export function runningRuntime(state: State, runtime: Namespace): RunningRuntime {
  const found = runtimeState(state, runtime);
  const { suspended, committee, commitmentPool } = found;
  if (suspended) refuse(roothash.ErrRuntimeSuspended, "suspended since its last committee change", { runtime });
  if (committee === null) refuse(roothash.ErrNoCommittee, "no executor committee", { runtime });
  if (commitmentPool === null) refuse(roothash.ErrNoExecutorPool, "no round in progress", { runtime });
  return { ...found, committee, commitmentPool };
}

/** All runtimes, by hash of their ID. */
export function runtimeStates(state: State): RuntimeState[] {
  return state.list(keys.runtimes.all()).map(({ value }) => complete(value));
}

function complete(found: roothash.RuntimeState): RuntimeState {
  const { runtime, genesisBlock, lastBlock } = found;
  if (runtime === null || genesisBlock === null || lastBlock === null) {
    throw new CorruptedStateError("runtime state without descriptor or blocks");
  }
  return { ...found, runtime, genesisBlock, lastBlock };
}

/** Also keeps the copies of its roots, those of past rounds as far as the parameters ask for. */
export function setRuntimeState(state: State, changed: RuntimeState): void {
  const runtime = changed.runtime.id;
  const { round, stateRoot, ioRoot } = changed.lastBlock.header;
  state.set(keys.runtimes.at({ runtime }), changed);
  state.set(keys.stateRoots.at({ runtime }), stateRoot);
  state.set(keys.ioRoots.at({ runtime }), ioRoot);
  const { maxPastRootsStored } = parameters(state);
  if (maxPastRootsStored === 0n) return;
  if (round >= maxPastRootsStored) state.remove(keys.pastRoots.at({ runtime, round: round - maxPastRootsStored }));
  state.set(keys.pastRoots.at({ runtime, round }), { stateRoot, ioRoot });
}

export function stateRoot(state: State, runtime: Namespace): Hash | undefined {
  return state.get(keys.stateRoots.at({ runtime }));
}

export function ioRoot(state: State, runtime: Namespace): Hash | undefined {
  return state.get(keys.ioRoots.at({ runtime }));
}

/** Results of the last normal round; empty ones if there was none. */
export function lastRoundResults(state: State, runtime: Namespace): roothash.RoundResults {
  return state.get(keys.lastRoundResults.at({ runtime })) ?? roothash.RoundResults.zero();
}

export function setLastRoundResults(state: State, runtime: Namespace, results: roothash.RoundResults): void {
  state.set(keys.lastRoundResults.at({ runtime }), results);
}

// Past roots

export function roundRoots(state: State, runtime: Namespace, round: bigint): roothash.RoundRoots | undefined {
  return state.get(keys.pastRoots.at({ runtime, round }));
}

/** Roots of the rounds that are still kept, by round. */
export function pastRoundRoots(state: State, runtime: Namespace): Map<bigint, roothash.RoundRoots> {
  const found = state.list(keys.pastRoots.under({ runtime }));
  return new Map(found.map(({ fields, value }) => [fields.round, value]));
}

/** Removes the oldest roots of every runtime that has more than `limit`. */
export function shrinkPastRoots(state: State, limit: bigint): void {
  for (const { runtime } of runtimeStates(state)) {
    const rounds = Array.from(state.keys(keys.pastRoots.under({ runtime: runtime.id })), ({ round }) => round);
    const excess = BigInt(rounds.length) - limit;
    if (excess <= 0n) continue;
    for (const round of rounds.slice(0, Number(excess)))
      state.remove(keys.pastRoots.at({ runtime: runtime.id, round }));
  }
}

// Round timeouts

export interface RoundTimeout {
  readonly height: bigint;
  readonly runtimeId: Namespace;
}

/** The whole queue, by height and hash of the runtime's ID. */
export function roundTimeouts(state: State): RoundTimeout[] {
  return state.list(keys.roundTimeouts.all()).map(({ fields, value }) => ({ height: fields.height, runtimeId: value }));
}

/** Runtimes whose round times out at this height, by hash of their ID. */
export function runtimesTimingOut(state: State, height: number): Namespace[] {
  return state.list(keys.roundTimeouts.under({ height: BigInt(height) })).map(({ value }) => value);
}

/** Moves a runtime's timeout in the queue. */
export function rearmRoundTimeout(state: State, runtime: Namespace, previous: bigint, next: bigint): void {
  if (previous === next) return;
  if (previous !== TIMEOUT_NEVER) state.remove(keys.roundTimeouts.at({ height: previous, runtime }));
  if (next !== TIMEOUT_NEVER) state.set(keys.roundTimeouts.at({ height: next, runtime }), runtime);
}

// Evidence

export function hasEvidence(state: State, runtime: Namespace, round: bigint, evidence: Hash): boolean {
  return state.has(keys.evidence.at({ runtime, round, evidence }));
}

export function setEvidence(state: State, runtime: Namespace, round: bigint, evidence: Hash): void {
  state.set(keys.evidence.at({ runtime, round, evidence }), true);
}

/** Removes what was recorded for rounds before `firstKept`. */
export function removeExpiredEvidence(state: State, runtime: Namespace, firstKept: bigint): void {
  const expired: { readonly round: bigint; readonly evidence: Hash }[] = [];
  for (const { round, evidence } of state.keys(keys.evidence.under({ runtime }))) {
    if (round >= firstKept) break;
    expired.push({ round, evidence });
  }
  for (const place of expired) state.remove(keys.evidence.at({ runtime, ...place }));
}

// Reading and writing the state of the scheduler, without rules.
// Reference: go/consensus/cometbft/apps/scheduler/state/state.go.
import type { Namespace, PublicKey, scheduler } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

type Committee = scheduler.Committee;

/** By consensus key. */
export type Validators = ReadonlyMap<PublicKey, scheduler.Validator>;

export function parameters(state: State): scheduler.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: scheduler.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`scheduler parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

/** The committee of this kind; undefined where the last election found none. */
export function committee(state: State, kind: scheduler.CommitteeKind, runtime: Namespace): Committee | undefined {
  return state.get(keys.committees.at({ kind, runtime }));
}

/** All committees by kind and hash of the runtime ID. */
export function committees(state: State): Committee[] {
  return state.list(keys.committees.all()).map(({ value }) => value);
}

/** Committees of these kinds, in order of the argument. */
export function committeesOfKinds(state: State, kinds: readonly scheduler.CommitteeKind[]): Committee[] {
  return kinds.flatMap((kind) => state.list(keys.committees.under({ kind })).map(({ value }) => value));
}

export function setCommittee(state: State, elected: Committee): void {
  state.set(keys.committees.at({ kind: elected.kind, runtime: elected.runtimeId }), elected);
}

export function removeCommittee(state: State, kind: scheduler.CommitteeKind, runtime: Namespace): void {
  state.remove(keys.committees.at({ kind, runtime }));
}

/** What the engine was told last; it acts on it two blocks later. */
export function currentValidators(state: State): Validators | undefined {
  return state.get(keys.currentValidators.at());
}

export function setCurrentValidators(state: State, validators: Validators): void {
  state.set(keys.currentValidators.at(), validators);
}

/** What was elected in this block and the engine is to be told. */
export function pendingValidators(state: State): Validators | undefined {
  return state.get(keys.pendingValidators.at());
}

export function setPendingValidators(state: State, validators: Validators): void {
  state.set(keys.pendingValidators.at(), validators);
}

export function clearPendingValidators(state: State): void {
  state.remove(keys.pendingValidators.at());
}

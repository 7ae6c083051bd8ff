// The consensus parameters as applications see them. Hooks and the pipeline work with the copy of
// the last commit (`ctx.environment.parameters`); what is here is the state being worked on.
// Reference: go/consensus/cometbft/apps/consensus/state/state.go, features/features.go.
import { hasFeature, type Version, type consensusGenesis } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { parametersKey } from "../framework/core-state.ts";
import { CorruptedStateError } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";

export function consensusParameters(state: State): consensusGenesis.Parameters {
  return state.must(parametersKey.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setConsensusParameters(ctx: Context, parameters: consensusGenesis.Parameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`consensus parameters set in ${ctx.mode}`);
  }
  ctx.state.set(parametersKey.at(), parameters);
}

/**
 * True if the network has the feature. In InitChain the parameters are not stored yet, so hooks
 * of InitChain must not ask: they always behave as the newest version.
 */
export function isFeatureActive(state: State, feature: Version): boolean {
  return hasFeature(consensusParameters(state), feature);
}

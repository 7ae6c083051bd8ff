// Changes of the parameters by proposal. Reference: go/consensus/cometbft/apps/roothash/messages.go
// (changeParameters), go/roothash/api/sanity_check.go.
import { genesis, governance, roothash } from "@wadi/types";

import type { ParameterRules } from "../parameter-changes.ts";
import { parameters, setParameters, shrinkPastRoots } from "./state.ts";

const problem = genesis.problemsOf("roothash: failed to validate consensus parameters", "roothash.params");

export const parameterRules: ParameterRules<roothash.ConsensusParameters, roothash.ConsensusParameterChanges> = {
  module: "roothash",
  changes: roothash.ConsensusParameterChanges,
  current: parameters,
  apply: governance.applyParameterChanges,
  check(ctx, changed) {
    genesis.checkRoothashParameters(changed, ctx.debug, problem);
  },
  set(ctx, changed) {
    const { maxPastRootsStored } = changed;
    if (maxPastRootsStored < parameters(ctx.state).maxPastRootsStored) shrinkPastRoots(ctx.state, maxPastRootsStored);
    setParameters(ctx, changed);
  },
};

// Parameter changes by governance. Reference: go/consensus/cometbft/apps/scheduler/messages.go.
import { genesis, governance, scheduler } from "@wadi/types";

import { refusePlain } from "../framework/errors.ts";
import type { Subscription } from "../framework/messages.ts";
import { parameterChanges, type ParameterRules } from "../parameter-changes.ts";
import { parameters, setParameters } from "./state.ts";

const MODULE = "scheduler";

/** Nothing keeps a minimum from being above the maximum. */
const parameterRules: ParameterRules<scheduler.ConsensusParameters, scheduler.ConsensusParameterChanges> = {
  module: MODULE,
  changes: scheduler.ConsensusParameterChanges,
  current: parameters,
  apply: governance.applyParameterChanges,
  check(ctx, changed) {
    genesis.checkSchedulerParameters(changed, ctx.debug, (member, what) => refusePlain(`${member}: ${what}`));
  },
  set: setParameters,
};

export const subscriptions: readonly Subscription[] = parameterChanges(parameterRules);

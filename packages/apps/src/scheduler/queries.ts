// What others ask about the scheduler at a height. Reference: go/consensus/cometbft/apps/scheduler/query.go.
import type { scheduler } from "@wadi/types";

import type { State } from "../framework/state.ts";
import { committee, committees, committeesOfKinds, currentValidators, parameters } from "./state.ts";

/** Answers about one state. */
export const schedulerQueries = {
  validators,
  committee,
  allCommittees: committees,
  committeesOfKinds,
  consensusParameters: parameters,
} as const;

/** Validators by consensus key; the reference has no order. */
function validators(state: State): scheduler.Validator[] {
  return [...(currentValidators(state) ?? new Map<never, scheduler.Validator>()).values()];
}

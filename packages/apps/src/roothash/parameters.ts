// Changes of the parameters by proposal. Reference: go/consensus/cometbft/apps/roothash/messages.go
// (changeParameters), go/roothash/api/sanity_check.go.
import { genesis, governance, roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { decodeParameterChanges } from "../framework/parameter-changes.ts";
import { taken, type Taken } from "../message-kinds.ts";
import { parameters, setParameters, shrinkPastRoots } from "./state.ts";

const problem = genesis.problemsOf("roothash: failed to validate consensus parameters", "roothash.params");

/** Applies the changes of a proposal that passed; undefined if it is for another module. */
export function changeParameters(ctx: Context, proposal: governance.ChangeParametersProposal): Taken | undefined {
  const changed = changedParameters(ctx, proposal);
  if (changed === undefined) return undefined;
  const { maxPastRootsStored } = changed;
  if (maxPastRootsStored < parameters(ctx.state).maxPastRootsStored) shrinkPastRoots(ctx.state, maxPastRootsStored);
  setParameters(ctx, changed);
  return taken;
}

/** Only checks the changes; refuses with (`unknown`, 1). */
export function validateParameterChanges(
  ctx: Context,
  proposal: governance.ChangeParametersProposal,
): Taken | undefined {
  return changedParameters(ctx, proposal) === undefined ? undefined : taken;
}

function changedParameters(
  ctx: Context,
  proposal: governance.ChangeParametersProposal,
): roothash.ConsensusParameters | undefined {
  if (proposal.module !== "roothash") return undefined;
  const changes = decodeParameterChanges(roothash.ConsensusParameterChanges, proposal);
  const current = parameters(ctx.state);
  governance.validateParameterChanges("roothash", changes);
  const changed = governance.applyParameterChanges(current, changes);
  genesis.checkRoothashParameters(changed, ctx.debug, problem);
  return changed;
}

// Doing what a proposal that passed asks for.
// Reference: go/consensus/cometbft/apps/governance/governance.go (executeProposal).
import { events, governance, type upgrade } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { isRefusal, refuse } from "../framework/errors.ts";
import { messages } from "../message-kinds.ts";
import { parameters, pendingUpgradeOf, proposal, removePendingUpgrade, setPendingUpgrade } from "./state.ts";
import { requireDistance } from "./upgrade-distance.ts";

/**
 * Refuses where it cannot be done, for instance because the state has changed since it was
 * submitted. What was written before stays.
 */
export function executeProposal(ctx: Context, { id, content }: governance.Proposal): void {
  if (content.upgrade !== null) scheduleUpgrade(ctx, id, content.upgrade);
  else if (content.cancelUpgrade !== null) cancelUpgrade(ctx, content.cancelUpgrade.proposalId);
  else if (content.changeParameters !== null) changeParameters(ctx, content.changeParameters);
  else refuse(governance.ErrInvalidArgument, "the proposal is empty");
  ctx.emit(events.eventKinds.governanceProposalExecuted, { id });
}

function scheduleUpgrade(ctx: Context, id: bigint, descriptor: upgrade.Descriptor): void {
  requireDistance(ctx.state, descriptor.epoch, parameters(ctx.state));
  setPendingUpgrade(ctx.state, id, descriptor.epoch);
  locally(() => ctx.upgrader?.submitDescriptor(descriptor));
}

function cancelUpgrade(ctx: Context, id: bigint): void {
  if (proposal(ctx.state, id).content.upgrade === null) {
    refuse(governance.ErrNoSuchUpgrade, "the proposal to cancel is no upgrade", { id });
  }
  const descriptor = pendingUpgradeOf(ctx.state, id);
  removePendingUpgrade(ctx.state, id, descriptor.epoch);
  locally(() => ctx.upgrader?.cancelUpgrade(descriptor));
}

function changeParameters(ctx: Context, changes: governance.ChangeParametersProposal): void {
  if (!parameters(ctx.state).enableChangeParametersProposal) {
    refuse(governance.ErrInvalidArgument, "enable_change_parameters_proposal is false");
  }
  if (ctx.publish(messages.changeParameters, changes) === undefined) {
    refuse(governance.ErrInvalidArgument, `module ${changes.module} takes no parameter changes`);
  }
}

/** What the upgrade manager of this node refuses is no matter of consensus. */
export function locally(body: () => void): void {
  try {
    body();
  } catch (e) {
    if (!isRefusal(e)) throw e;
  }
}

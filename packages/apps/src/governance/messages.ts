// What other applications ask of governance.
// Reference: go/consensus/cometbft/apps/governance/governance.go (ExecuteMessage), messages.go.
import { encodeCbor } from "@wadi/codec";
import { genesis, governance, type roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { decodeParameterChanges } from "../framework/parameter-changes.ts";
import { stateSyncCompleted } from "../framework/system-messages.ts";
import { messages, taken, type RuntimeMessage, type Taken } from "../message-kinds.ts";
import { locally } from "./execute-proposal.ts";
import { parameters, pendingUpgrades, setParameters } from "./state.ts";
import { castVote } from "./transactions/cast-vote.ts";
import { submitProposal } from "./transactions/submit-proposal.ts";

const MODULE = "governance";
/** CBOR null. */
const NO_RESULT: Uint8Array = Uint8Array.of(0xf6);

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.runtimeGovernance, executeRuntimeMessage),
  subscribe(stateSyncCompleted, submitPendingUpgrades),
  subscribe(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
  subscribe(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
];

/** A vote has no result, a proposal is its own. */
function executeRuntimeMessage(
  ctx: Context,
  { message, fromRuntime }: RuntimeMessage<roothash.GovernanceMessage>,
): Uint8Array | undefined {
  if (message.castVote !== null) {
    castVote(ctx, message.castVote, fromRuntime);
    return undefined;
  }
  if (message.submitProposal !== null) {
    const proposal = submitProposal(ctx, message.submitProposal);
    return proposal === undefined ? NO_RESULT : encodeCbor(governance.Proposal, proposal);
  }
  return refuse(governance.ErrInvalidArgument, "the message names no action");
}

/** A node that was given the state did not see how its upgrades were decided. */
function submitPendingUpgrades(ctx: Context): undefined {
  const { upgrader } = ctx;
  if (upgrader === undefined) return;
  for (const descriptor of pendingUpgrades(ctx.state)) locally(() => upgrader.submitDescriptor(descriptor));
}

/** All refusals here are (`unknown`, 1). */
function changeParameters(
  ctx: Context,
  proposal: governance.ChangeParametersProposal,
  apply: boolean,
): Taken | undefined {
  if (proposal.module !== MODULE) return undefined;
  const changes = decodeParameterChanges(governance.ConsensusParameterChanges, proposal);
  governance.validateParameterChanges(MODULE, changes);
  const changed = governance.applyParameterChanges(parameters(ctx.state), changes);
  genesis.checkGovernanceParameters(changed, (member, what) => refusePlain(`${member}: ${what}`));
  if (apply) setParameters(ctx, changed);
  return taken;
}

// What other applications ask of governance.
// Reference: go/consensus/cometbft/apps/governance/governance.go (ExecuteMessage), messages.go.
import { encodeCbor } from "@wadi/codec";
import { genesis, governance, type roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { stateSyncCompleted } from "../framework/system-messages.ts";
import { messages, type RuntimeMessage } from "../message-kinds.ts";
import { parameterChanges, type ParameterRules } from "../parameter-changes.ts";
import { locally } from "./execute-proposal.ts";
import { parameters, pendingUpgrades, setParameters } from "./state.ts";
import { castVote } from "./transactions/cast-vote.ts";
import { submitProposal } from "./transactions/submit-proposal.ts";

const MODULE = "governance";
/** CBOR null. */
const NO_RESULT: Uint8Array = Uint8Array.of(0xf6);

const parameterRules: ParameterRules<governance.ConsensusParameters, governance.ConsensusParameterChanges> = {
  module: MODULE,
  changes: governance.ConsensusParameterChanges,
  current: parameters,
  apply: governance.applyParameterChanges,
  check(_ctx, changed) {
    genesis.checkGovernanceParameters(changed, (member, what) => refusePlain(`${member}: ${what}`));
  },
  set: setParameters,
};

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.runtimeGovernance, executeRuntimeMessage),
  subscribe(stateSyncCompleted, submitPendingUpgrades),
  ...parameterChanges(parameterRules),
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

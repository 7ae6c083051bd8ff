// What other applications ask of the registry. Reference: go/consensus/cometbft/apps/registry/registry.go
// (ExecuteMessage), messages.go.
import { encodeCbor } from "@wadi/codec";
import { genesis, governance, registry, type roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { decodeParameterChanges } from "../framework/parameter-changes.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages, taken, type RuntimeMessage, type Taken } from "../message-kinds.ts";
import { isFeatureVersion261 } from "./lookup.ts";
import { parameters, setParameters } from "./state.ts";
import { registerRuntime } from "./transactions/runtimes.ts";

const MODULE = "registry";

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.runtimeRegistry, executeRuntimeMessage),
  subscribe(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
  subscribe(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
];

/** A runtime updates its own descriptor; the result is the descriptor, null in simulation. */
function executeRuntimeMessage(ctx: Context, { message }: RuntimeMessage<roothash.RegistryMessage>): Uint8Array {
  const { updateRuntime } = message;
  if (updateRuntime === null) refuse(registry.ErrInvalidArgument, "the message names no action");
  const stored = registerRuntime(ctx, updateRuntime);
  return stored === undefined ? Uint8Array.of(0xf6) : encodeCbor(registry.Runtime, stored);
}

/** All refusals here are (`unknown`, 1). */
function changeParameters(
  ctx: Context,
  proposal: governance.ChangeParametersProposal,
  apply: boolean,
): Taken | undefined {
  if (proposal.module !== MODULE) return undefined;
  const changes = decodeParameterChanges(registry.ConsensusParameterChanges, proposal);
  governance.validateParameterChanges(MODULE, changes);
  const changed = governance.applyParameterChanges(parameters(ctx.state), changes);
  genesis.checkRegistryParameters(changed, ctx.debug, isFeatureVersion261(ctx), (member, what) =>
    refusePlain(`registry.params.${member}: ${what}`),
  );
  if (apply) setParameters(ctx, changed);
  return taken;
}

// What other applications ask of the registry. Reference: go/consensus/cometbft/apps/registry/registry.go
// (ExecuteMessage), messages.go.
import { encodeCbor } from "@wadi/codec";
import { genesis, governance, registry, type roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refuse, refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages, type RuntimeMessage } from "../message-kinds.ts";
import { parameterChanges, type ParameterRules } from "../parameter-changes.ts";
import { isFeatureVersion261 } from "./lookup.ts";
import { parameters, setParameters } from "./state.ts";
import { registerRuntime } from "./transactions/runtimes.ts";

const MODULE = "registry";

const parameterRules: ParameterRules<registry.ConsensusParameters, registry.ConsensusParameterChanges> = {
  module: MODULE,
  changes: registry.ConsensusParameterChanges,
  current: parameters,
  apply: governance.applyParameterChanges,
  check(ctx, changed) {
    genesis.checkRegistryParameters(changed, ctx.debug, isFeatureVersion261(ctx), (member, what) =>
      refusePlain(`registry.params.${member}: ${what}`),
    );
  },
  set: setParameters,
};

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.runtimeRegistry, executeRuntimeMessage),
  ...parameterChanges(parameterRules),
];

/** A runtime updates its own descriptor; the result is the descriptor, null in simulation. */
function executeRuntimeMessage(ctx: Context, { message }: RuntimeMessage<roothash.RegistryMessage>): Uint8Array {
  const { updateRuntime } = message;
  if (updateRuntime === null) refuse(registry.ErrInvalidArgument, "the message names no action");
  const stored = registerRuntime(ctx, updateRuntime);
  return stored === undefined ? Uint8Array.of(0xf6) : encodeCbor(registry.Runtime, stored);
}

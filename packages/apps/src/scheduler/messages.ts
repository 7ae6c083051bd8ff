// Parameter changes by governance. Reference: go/consensus/cometbft/apps/scheduler/messages.go.
import { decodeCbor } from "@wadi/codec";
import { genesis, governance, scheduler } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { refusePlain } from "../framework/errors.ts";
import { subscribe, type Subscription } from "../framework/messages.ts";
import { messages, taken, type Taken } from "../message-kinds.ts";
import { parameters, setParameters } from "./state.ts";

const MODULE = "scheduler";

export const subscriptions: readonly Subscription[] = [
  subscribe(messages.changeParameters, (ctx, proposal) => changeParameters(ctx, proposal, true)),
  subscribe(messages.validateParameterChanges, (ctx, proposal) => changeParameters(ctx, proposal, false)),
];

/** All refusals here are (`unknown`, 1). Nothing keeps a minimum from being above the maximum. */
function changeParameters(
  ctx: Context,
  { module, changes: raw }: governance.ChangeParametersProposal,
  apply: boolean,
): Taken | undefined {
  if (module !== MODULE) return undefined;
  const changes = decodeCbor(scheduler.ConsensusParameterChanges, raw ?? new Uint8Array(0), "strict", {
    emptyIsZero: raw === null,
  });
  governance.validateParameterChanges(MODULE, changes);
  const changed = governance.applyParameterChanges(parameters(ctx.state), changes);
  genesis.checkSchedulerParameters(changed, ctx.debug, (member, what) => refusePlain(`${member}: ${what}`));
  if (apply) setParameters(ctx, changed);
  return taken;
}

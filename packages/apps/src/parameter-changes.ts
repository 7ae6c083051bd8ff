// The changes that a proposal makes to the parameters of a module.
// Reference: changeParameters in go/consensus/cometbft/apps/*/messages.go.
import { decodeCbor, type Schema } from "@wadi/codec";
import { governance } from "@wadi/types";

import type { Context } from "./framework/context.ts";
import { subscribe, type Subscription } from "./framework/messages.ts";
import type { State } from "./framework/state.ts";
import { messages, taken } from "./message-kinds.ts";

/** What a module says about changes of its parameters. */
export interface ParameterRules<P, C extends object> {
  readonly module: Parameters<typeof governance.validateParameterChanges>[0];
  readonly changes: Schema<C>;
  current(state: State): P;
  apply(parameters: P, changes: C): P;
  /** Refuses parameters that no genesis document could have. */
  check(ctx: Context, parameters: P): void;
  /** Makes them the parameters in force, with whatever has to follow them. */
  set(ctx: Context, parameters: P, changes: C): void;
}

/**
 * Takes the proposals for the module: one subscription only checks the changes, the other applies
 * them too. All refusals of the recipe are (`unknown`, 1).
 */
export function parameterChanges<P, C extends object>(rules: ParameterRules<P, C>): readonly Subscription[] {
  const changed = (ctx: Context, { changes: raw }: governance.ChangeParametersProposal): readonly [P, C] => {
    // Absent changes are the zero value, empty ones do not decode.
    const changes = raw === null ? rules.changes.zero() : decodeCbor(rules.changes, raw);
    governance.validateParameterChanges(rules.module, changes);
    const parameters = rules.apply(rules.current(ctx.state), changes);
    rules.check(ctx, parameters);
    return [parameters, changes];
  };
  return [
    subscribe(messages.changeParameters, (ctx, proposal) => {
      if (proposal.module !== rules.module) return undefined;
      rules.set(ctx, ...changed(ctx, proposal));
      return taken;
    }),
    subscribe(messages.validateParameterChanges, (ctx, proposal) => {
      if (proposal.module !== rules.module) return undefined;
      changed(ctx, proposal);
      return taken;
    }),
  ];
}
